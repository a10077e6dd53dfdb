"""A page with STOP in reach for every run that may flow."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from clinic.permissions import sites_of
from clinic.web.pages import page as plain_page
from devices.models import Run
from devices.models.run import LIVE_STATES
from devices.services.stop import ticket_issue


def stop_of(run: Run, by: str) -> dict[str, str]:
    """What the STOP bar shows and sends for one run."""
    return {
        "run": str(run.pk),
        "stimulator": run.stimulator.label,
        "place": run.stimulator.place,
        "patient": f"{run.patient.family_name.upper()}, {run.patient.given_name}",
        "ticket": ticket_issue(run=run, by=by),
    }


def stops_for(request: HttpRequest) -> list[dict[str, str]]:
    """STOP for each live run at the sites of the person, by chair."""
    runs = (
        Run.objects.filter(
            site__in=sites_of(request.user, "run.view"), state__in=LIVE_STATES
        )
        .select_related("stimulator__chair", "stimulator__room", "patient")
        .order_by("stimulator__room__name", "stimulator__label")
    )
    return [stop_of(run, str(request.user.pk)) for run in runs]


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    run: Run | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page; with `run` its STOP bar is that of this run alone."""
    context = dict(context or {})
    if run is None:
        context["stops"] = stops_for(request)
    elif run.is_live:
        context["stops"] = [stop_of(run, str(request.user.pk))]
    return plain_page(request, template, context, status)
