"""Addresses of results and of what they add up to."""

from django.urls import path
from django.urls.resolvers import URLPattern

from sessions_app.web import outcomes
from sessions_app.web.course_summary import summary

urlpatterns: list[URLPattern] = [
    path(
        "sessions/<uuid:session_id>/results", outcomes.at_visit, name="session-results"
    ),
    path("courses/<uuid:course>/results", outcomes.by_telephone, name="course-results"),
    path("courses/<uuid:number>/summary/", summary, name="course-summary"),
    path(
        "results/<uuid:measurement_id>/correct", outcomes.correct, name="result-correct"
    ),
]
