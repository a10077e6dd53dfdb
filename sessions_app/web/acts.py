"""Acts on a session: parse, call one service, go back to its page."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from clinic.errors import Refusal
from devices.models import Run
from devices.web.run_acts import whole
from sessions_app.models import TreatmentSession
from sessions_app.services import treating
from sessions_app.services.current import Wish
from sessions_app.web.lookup import session_for, stimulator_for
from sessions_app.web.lot_fields import lot_fields, lots_from, typed_lots
from sessions_app.web.parsing import current_ua
from sessions_app.web.session import again


def _back(session: TreatmentSession) -> HttpResponse:
    return redirect("session", session_id=session.pk)


def _ticked(request: HttpRequest, names: object) -> set[str]:
    return {name for name in names if request.POST.get(name) == "yes"}  # type: ignore[attr-defined]


@require_POST
def prepare(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    leg = get_object_or_404(session.legs, order=whole(request, "leg"))
    asked = {name: request.POST.get(name, "") for name in _CEILING}
    try:
        treating.session_prepare(
            session=session,
            leg=leg,
            stimulator=stimulator_for(request, session),
            by=request.user,
            version=whole(request, "version"),
            lots=lots_from(request, leg),
            turned=request.POST.get("red") == "return",
            wish=_wish(request, asked),
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "stimulator-1")
        typed = lot_fields(leg, typed_lots(request))
        return again(request, session, refusal, field, lots=typed, ceiling_typed=asked)
    return _back(session)


_CEILING = ("ceiling_ma", "ceiling_reason")


def _wish(request: HttpRequest, asked: dict[str, str]) -> Wish | None:
    """Another ceiling than proposed; with nothing typed it is as proposed."""
    if not any(text.strip() for text in asked.values()):
        return None
    ua = current_ua(request, "ceiling_ma", "Highest current today")
    return Wish(ua, asked["ceiling_reason"])


# Which field a refusal of START is about.
_START_FIELDS = {
    "identity": "identity",
    "electrodes": "electrodes",
    "drug_pad": "drug_pad",
    "return_pad": "return_pad",
    "chair_code_missing": "chair_code",
    "chair_code_wrong": "chair_code",
}
_START_TICKS = ("identity", "electrodes", "drug_pad", "return_pad")


@require_POST
def start(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    run = get_object_or_404(
        Run.objects.select_related("stimulator__chair", "stimulator__room"),
        pk=request.POST.get("run"),
        leg_run__leg__session=session,
    )
    ticked = _ticked(request, _START_TICKS)
    confirmation = treating.Confirmation(
        **{name: name in ticked for name in _START_TICKS},
        chair_code=request.POST.get("chair_code", ""),
        second_email=request.POST.get("second_email", ""),
        second_password=request.POST.get("second_password", ""),
    )
    try:
        treating.session_start(
            session=session,
            run=run,
            by=request.user,
            version=whole(request, "version"),
            confirmation=confirmation,
        )
    except Refusal as refusal:
        field = refusal.extra.get("field") or _START_FIELDS.get(refusal.code, "")
        typed = {"ticked": ticked, "second_email": confirmation.second_email}
        return again(request, session, refusal, field, **typed)
    return _back(session)
