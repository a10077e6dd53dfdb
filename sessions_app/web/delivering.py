"""Entering a treatment that no networked stimulator reported."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.errors import Conflict, Refusal
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from devices.web.run_acts import whole
from sessions_app.domain.estimates import MeterReading
from sessions_app.domain.planning import Plan
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import Delivery, Leg, TreatmentSession
from sessions_app.selectors.sessions import newest_run
from sessions_app.services.delivering import Told, delivery_enter
from sessions_app.services.weighing import leg_claim
from sessions_app.web.before import next_leg
from sessions_app.web.facts import limit_rows, programme_facts
from sessions_app.web.lookup import session_for
from sessions_app.web.lot_fields import lot_fields, lots_from, typed_lots
from sessions_app.web.parsing import charge_nc, current_ua, moment_of, span_ms
from sessions_app.web.words import place_name, places_of, state_of

# Readings asked for, with the minute at which each is usual.
READINGS = (("Start", "0"), ("At 5 min", "5"), ("Middle", ""), ("End", ""))
SOURCES = (
    (Delivery.Source.HAND, "Meter read by hand", "Four readings off the meter"),
    (Delivery.Source.COUNTER, "Total of the device", "Only the mA·min that it shows"),
    (Delivery.Source.DEVICE, "Log of the device", "The total that its own log has"),
    (Delivery.Source.WORN, "Worn patch", "Put on, taken off, its rating"),
)
TICKS = ("drug_pad", "return_pad", "despite")


@require_http_methods(["GET", "POST"])
def delivery(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    require(request.user, "delivery.enter", session.site)
    if request.method == "GET":
        if session.state != SessionState.CLEARED:
            raise Conflict(
                "wrong_state",
                f"The session is {session.state.replace('_', ' ')}; a treatment is "
                "entered once it is cleared.",
            )
        return _form(request, session, next_leg(session), {})
    leg = get_object_or_404(session.legs, order=whole(request, "leg"))
    try:
        delivery_enter(
            session=session,
            leg=leg,
            told=_told(request, leg),
            by=request.user,
            version=whole(request, "version"),
            lots=lots_from(request, leg),
            despite=request.POST.get("despite") == "yes",
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return _form(request, session, leg, request.POST.dict(), refusal)
    return redirect("session", session_id=session.pk)


def _told(request: HttpRequest, leg: Leg) -> Told:
    """What the form tells; raises Refusal at the field that cannot be read."""
    source = request.POST.get("source", "")
    if source not in {value for value, _, _ in SOURCES}:
        raise Refusal("no_source", "Say how the dose is known.", field="source-1")
    began = moment_of(request, "happened_at", "Began")
    worn = source == Delivery.Source.WORN
    if worn:
        ended = moment_of(request, "removed_at", "Taken off")
    else:
        on_ms = span_ms(request, "minutes", "How long the current was on")
        ended = began + dt.timedelta(milliseconds=on_ms)
    total = source in {Delivery.Source.COUNTER, Delivery.Source.DEVICE}
    seen = (request.POST.get("drug_pad"), request.POST.get("return_pad"))
    return Told(
        source=source,
        happened_at=began,
        ended_at=ended,
        why=request.POST.get("why", ""),
        readings=_readings(request) if source == Delivery.Source.HAND else (),
        counter_nc=charge_nc(request, "counter", "Total") if total else None,
        rating_nc=charge_nc(request, "rating", "Rating") if worn else None,
        serial=request.POST.get("serial", ""),
        leads_seen=bool(leg.prescribed.drug_pole) and seen == ("yes", "yes"),
    )


def _readings(request: HttpRequest) -> tuple[MeterReading, ...]:
    return tuple(
        MeterReading(
            span_ms(request, f"minute-{number}", f"{name}, minute"),
            current_ua(request, f"ua-{number}", f"{name}, current"),
        )
        for number, (name, _) in enumerate(READINGS, start=1)
    )


def _form(
    request: HttpRequest,
    session: TreatmentSession,
    leg: Leg,
    typed: dict[str, str],
    refusal: Refusal | None = None,
) -> HttpResponse:
    weighed = leg_claim(leg=leg, day=site_day(session.site))
    shown = {"happened_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}", **typed}
    prescribed = leg.prescribed
    context = {
        "session": session,
        "patient": session.patient,
        "simulated": session.is_simulated,
        "state": state_of(session, newest_run(session)),
        "what": places_of(session),
        "planned": session.prescription.sessions_planned,
        "leg": leg,
        "place": place_name(prescribed),
        "sources": [
            {"value": value, "text": text, "hint": hint}
            for value, text, hint in SOURCES
        ],
        "readings": [
            {
                "name": name,
                "minute": shown.get(f"minute-{number}", usual),
                "ua": shown.get(f"ua-{number}", ""),
            }
            for number, (name, usual) in enumerate(READINGS, start=1)
        ],
        "typed": shown,
        "ticked": {name for name in TICKS if typed.get(name) == "yes"},
        "lots": lot_fields(leg, typed_lots(request)),
        "pads": _pads(weighed.plan),
        "programme": programme_facts(weighed.plan.programme) if weighed.plan else [],
        "limits": limit_rows(weighed.to_dict()),
        "broken": refusal is not None and refusal.code == "limits",
        "back": {"href": f"/sessions/{session.pk}/", "text": "Prepare"},
    }
    if refusal is not None:
        context |= errors_of((refusal.extra.get("field", ""), refusal.text))
    status = 200 if refusal is None else 422
    return page(request, "delivery/form.jinja", context, status=status)


def _pads(plan: Plan | None) -> list[dict[str, Any]]:
    """Both leads in words, where a drug makes them matter."""
    if plan is None or not (plan.layout.red.drug or plan.layout.black.drug):
        return []
    pads = sorted((plan.layout.red, plan.layout.black), key=lambda pad: not pad.drug)
    return [
        {
            "name": name,
            "text": f"{pad.lead.upper()} lead, "
            f"{f'{pad.drug} pad' if pad.drug else 'return pad'}, {pad.place}",
            "pole": pad.pole,
        }
        for name, pad in zip(("drug_pad", "return_pad"), pads, strict=True)
    ]
