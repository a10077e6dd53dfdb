"""A page with STOP in reach for every run that may flow."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from clinic.permissions import sites_of
from clinic.web.pages import page as plain_page
from devices.core.run_lifecycle import RunState
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


def live_runs(request: HttpRequest) -> list[Run]:
    """Live runs at the sites of the person, by room and stimulator."""
    return list(
        Run.objects.filter(
            site__in=sites_of(request.user, "run.view"), state__in=LIVE_STATES
        )
        .select_related("stimulator__chair", "stimulator__room", "patient")
        .order_by("stimulator__room__name", "stimulator__label")
    )


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    run: Run | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page with STOP for each live run; with `run` for this one alone.

    A run that is possibly live is shouted on every page until it is made safe.
    """
    context = dict(context or {})
    live = live_runs(request)
    by = str(request.user.pk)
    shown = live if run is None else [one for one in live if one.pk == run.pk]
    context["stops"] = [stop_of(one, by) for one in shown]
    context["possibly_live"] = [
        one
        for one in live
        if one.state == RunState.UNCERTAIN and one.made_safe_at is None
    ]
    return plain_page(request, template, context, status)
