"""Where each address leads."""

from django.urls import path
from django.urls.resolvers import URLPattern

from devices.web import run_acts, settle
from devices.web.live import events
from devices.web.stop import press_only
from devices.web.trace import trace

urlpatterns: list[URLPattern] = [
    path("stop", press_only, name="stop"),
    path("live/events", events, name="live-events"),
    path("runs/<uuid:run_id>/adjust", run_acts.adjust, name="run-adjust"),
    path("runs/<uuid:run_id>/hold", run_acts.hold, name="run-hold"),
    path("runs/<uuid:run_id>/resume", run_acts.resume, name="run-resume"),
    path("runs/<uuid:run_id>/pain", run_acts.pain, name="run-pain"),
    path(
        "runs/<uuid:run_id>/commands/<uuid:command_id>",
        run_acts.command,
        name="run-command",
    ),
    path("runs/<uuid:run_id>/made-safe", settle.made_safe, name="run-made-safe"),
    path("runs/<uuid:run_id>/settle", settle.settle, name="run-settle"),
    path("runs/<uuid:run_id>/trace.json", trace, name="run-trace"),
]
