"""Where each address of the device plane's API leads."""

from django.urls import path

from clinic.api.problems import answer_with
from devices.api import acts, runs, stimulators
from devices.core.programme import ProgrammeError
from devices.core.run_lifecycle import RunStateError
from devices.core.trace_codec import TraceError

answer_with(ProgrammeError, 422, "programme")
answer_with(RunStateError, 409, "wrong_state")
answer_with(TraceError, 500, "trace_broken")

urlpatterns = [
    path("stimulators/", stimulators.StimulatorList.as_view(), name="stimulators"),
    path(
        "stimulators/<uuid:pk>/",
        stimulators.StimulatorDetail.as_view(),
        name="stimulator",
    ),
    path(
        "stimulators/<uuid:pk>/quarantine/",
        stimulators.Quarantine.as_view(),
        name="stimulator-quarantine",
    ),
    path(
        "stimulators/<uuid:pk>/release/",
        stimulators.Release.as_view(),
        name="stimulator-release",
    ),
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/<uuid:pk>/", runs.RunDetail.as_view(), name="run"),
    path("runs/<uuid:pk>/events/", runs.RunEvents.as_view(), name="run-events"),
    path("runs/<uuid:pk>/live/", runs.RunLiveDetail.as_view(), name="run-live"),
    path("runs/<uuid:pk>/trace/", runs.RunTrace.as_view(), name="run-trace"),
    path("runs/<uuid:pk>/samples/", runs.RunSamples.as_view(), name="run-samples"),
    path(
        "runs/<uuid:pk>/commands/<uuid:command_id>/",
        runs.RunCommandDetail.as_view(),
        name="run-command",
    ),
    path("runs/<uuid:pk>/adjust/", acts.Adjust.as_view(), name="run-adjust"),
    path("runs/<uuid:pk>/hold/", acts.Hold.as_view(), name="run-hold"),
    path("runs/<uuid:pk>/resume/", acts.Resume.as_view(), name="run-resume"),
    path("runs/<uuid:pk>/pain/", acts.Pain.as_view(), name="run-pain"),
    path("runs/<uuid:pk>/tingling/", acts.Tingling.as_view(), name="run-tingling"),
    path("runs/<uuid:pk>/stop/", acts.Stop.as_view(), name="run-stop"),
    path("runs/<uuid:pk>/made-safe/", acts.MadeSafe.as_view(), name="run-made-safe"),
    path("runs/<uuid:pk>/settle/", acts.Settle.as_view(), name="run-settle"),
]
