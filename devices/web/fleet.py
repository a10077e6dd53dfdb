"""`/stimulators/`: where they are, which are free, and which are out of use."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Refusal
from clinic.permissions import sites_of
from clinic.web.pages import errors_of
from devices.models import Stimulator
from devices.selectors.fleet import Standing, fleet, stimulator_visible
from devices.services.fleet import stimulator_quarantine, stimulator_release
from devices.web.page import page


@require_GET
def stimulators(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _list(
    request: HttpRequest, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    rows = fleet(staff=request.user)
    serviced = set(sites_of(request.user, "stimulator.service"))
    context = {
        "rows": [_row(row, serviced) for row in rows],
        "simulated": any(row.stimulator.is_simulated for row in rows),
        "typed": {},
        "back": None,
    }
    return page(
        request, "stimulators.jinja", {**context, **(extra or {})}, status=status
    )


def _row(standing: Standing, serviced: set[uuid.UUID]) -> dict[str, Any]:
    box = standing.stimulator
    state = ("Free", "green")
    if box.quarantined_at is not None:
        state = ("In quarantine", "red")
    elif standing.is_busy:
        state = ("In use", "blue")
    return {
        "id": box.pk,
        "label": box.label,
        "serial": box.serial,
        "place": f"{box.site.name}, {box.room.name}, {box.place}",
        "simulated": box.is_simulated,
        "state": {"label": state[0], "colour": state[1]},
        "reason": box.quarantine_reason,
        "since": box.quarantined_at,
        "is_out": box.quarantined_at is not None,
        "is_busy": standing.is_busy,
        "may": box.site_id in serviced,
    }


Act = Callable[[Stimulator, str], None]


def _act(request: HttpRequest, stimulator_id: uuid.UUID, act: Act) -> HttpResponse:
    box = stimulator_visible(staff=request.user, stimulator_id=stimulator_id)
    if box is None:
        raise Http404(f"no stimulator {stimulator_id}")
    reason = request.POST.get("reason", "")
    try:
        act(box, reason)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        wrong = errors_of((f"reason-{box.pk}", refusal.text))
        return _list(request, {**wrong, "typed": {box.pk: reason}}, 422)
    return redirect("stimulators")


@require_POST
def quarantine(request: HttpRequest, stimulator_id: uuid.UUID) -> HttpResponse:
    def act(box: Stimulator, reason: str) -> None:
        stimulator_quarantine(stimulator=box, reason=reason, by=request.user)

    return _act(request, stimulator_id, act)


@require_POST
def release(request: HttpRequest, stimulator_id: uuid.UUID) -> HttpResponse:
    def act(box: Stimulator, reason: str) -> None:
        stimulator_release(stimulator=box, reason=reason, by=request.user)

    return _act(request, stimulator_id, act)
