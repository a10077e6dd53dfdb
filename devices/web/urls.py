"""Where each address leads."""

from django.urls import path
from django.urls.resolvers import URLPattern

from devices.web import fleet, run_acts, settle
from devices.web.live import events
from devices.web.stop import press_only
from devices.web.trace import trace

urlpatterns: list[URLPattern] = [
    path("stop", press_only, name="stop"),
    path("stimulators/", fleet.stimulators, name="stimulators"),
    path(
        "stimulators/<uuid:stimulator_id>/quarantine",
        fleet.quarantine,
        name="stimulator-quarantine",
    ),
    path(
        "stimulators/<uuid:stimulator_id>/release",
        fleet.release,
        name="stimulator-release",
    ),
    path("live/events", events, name="live-events"),
    path("runs/<uuid:run_id>/adjust", run_acts.adjust, name="run-adjust"),
    path("runs/<uuid:run_id>/hold", run_acts.hold, name="run-hold"),
    path("runs/<uuid:run_id>/resume", run_acts.resume, name="run-resume"),
    path("runs/<uuid:run_id>/pain", run_acts.pain, name="run-pain"),
    path("runs/<uuid:run_id>/tingling", run_acts.tingling, name="run-tingling"),
    path(
        "runs/<uuid:run_id>/commands/<uuid:command_id>",
        run_acts.command,
        name="run-command",
    ),
    path("runs/<uuid:run_id>/made-safe", settle.made_safe, name="run-made-safe"),
    path("runs/<uuid:run_id>/settle", settle.settle, name="run-settle"),
    path("runs/<uuid:run_id>/trace.json", trace, name="run-trace"),
]
