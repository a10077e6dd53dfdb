"""Where the addresses of courses, ladders, closed days and visits lead."""

from django.urls import path
from django.urls.resolvers import URLPattern

from sessions_app.web import closures, visits

_SESSION = "sessions/<uuid:session_id>/"

urlpatterns: list[URLPattern] = [
    path("closures/", closures.closures, name="closures"),
    path("closures/<int:closure_id>/remove", closures.remove, name="closure-remove"),
    path(f"{_SESSION}no-show", visits.no_show, name="session-no-show"),
    path(f"{_SESSION}cancel", visits.cancel, name="session-cancel"),
    path(f"{_SESSION}move", visits.move, name="session-move"),
]
