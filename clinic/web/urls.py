"""Where each address leads."""

from django.urls import path
from django.urls.resolvers import URLPattern

from clinic.web.health import livez, readyz

urlpatterns: list[URLPattern] = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]
