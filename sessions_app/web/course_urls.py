"""Where the addresses of courses, ladders, closed days and visits lead."""

from django.urls import path
from django.urls.resolvers import URLPattern

from sessions_app.web import closures, courses, ladders, visits

_SESSION = "sessions/<uuid:session_id>/"
_COURSE = "courses/<uuid:number>/"

urlpatterns: list[URLPattern] = [
    path(_COURSE, courses.course, name="course"),
    path(f"{_COURSE}accept", courses.accept, name="course-accept"),
    path(f"{_COURSE}change", courses.change, name="course-change"),
    path(f"{_COURSE}reject", courses.reject, name="course-reject"),
    path(f"{_COURSE}act", courses.act, name="course-act"),
    path(f"{_COURSE}ladder", courses.ladder, name="course-ladder"),
    path("ladders/", ladders.ladders, name="ladders"),
    path("ladders/<slug:code>/", ladders.ladder, name="ladder"),
    path("ladders/<slug:code>/edit", ladders.edit, name="ladder-edit"),
    path("closures/", closures.closures, name="closures"),
    path("closures/<int:closure_id>/remove", closures.remove, name="closure-remove"),
    path(f"{_SESSION}no-show", visits.no_show, name="session-no-show"),
    path(f"{_SESSION}cancel", visits.cancel, name="session-cancel"),
    path(f"{_SESSION}move", visits.move, name="session-move"),
]
