"""Acts on the doses of a session: the leads were swapped, the rest is given."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from clinic.errors import Refusal
from devices.web.run_acts import whole
from sessions_app.models import DoseRecord
from sessions_app.services.continuing import FRESH_CHECKS, session_continue
from sessions_app.services.correcting import dose_swap
from sessions_app.web.lookup import session_for, stimulator_for
from sessions_app.web.lot_fields import lots_from
from sessions_app.web.parsing import clock_ms
from sessions_app.web.session import again


@require_POST
def swap(request: HttpRequest, session_id: uuid.UUID, dose_id: int) -> HttpResponse:
    """The leads were swapped: score the dose of this session again."""
    session = session_for(request, session_id)
    rows = DoseRecord.objects.select_related(
        "run", "leg__session__site", "leg__session__prescription__adoption"
    )
    dose = get_object_or_404(rows, pk=dose_id, leg__session=session)
    try:
        dose_swap(
            dose=dose,
            swapped=_spans(request),
            noticed_by=request.POST.get("noticed_by", ""),
            reason=request.POST.get("swap_reason", ""),
            by=request.user,
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "")
        typed = {"open_swap": dose.pk, "swap_typed": request.POST.dict()}
        return again(request, session, refusal, field and f"{field}-{dose.pk}", **typed)
    return redirect("session", session_id=session.pk)


def _spans(request: HttpRequest) -> list[tuple[int, int]] | None:
    if request.POST.get("extent") == "whole":
        return None
    if request.POST.get("extent") != "part":
        raise Refusal(
            "no_extent", "Say for how long they were swapped.", field="extent"
        )
    begin = clock_ms(request.POST.get("from", ""), "from")
    return [(begin, clock_ms(request.POST.get("to", ""), "to"))]


@require_POST
def go_on(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Sign the proposal for the rest of a place, and send it to a stimulator."""
    session = session_for(request, session_id)
    leg = get_object_or_404(session.legs, order=whole(request, "leg"))
    ticked = {name for name in FRESH_CHECKS if request.POST.get(name) == "yes"}
    try:
        session_continue(
            session=session,
            leg=leg,
            stimulator=stimulator_for(request, session),
            by=request.user,
            version=whole(request, "version"),
            ticked=ticked,
            lots=lots_from(request, leg),
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "")
        return again(request, session, refusal, field, rest_ticked=ticked)
    return redirect("session", session_id=session.pk)
