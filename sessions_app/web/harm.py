"""Adverse events: added in any state after the check-in, corrected, listed."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.errors import Refusal
from clinic.models import Patient
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.harm import VOCABULARY, Finding, picklist
from sessions_app.models import AdverseEvent, TreatmentSession
from sessions_app.selectors.harm import (
    advice_for,
    electrodes_at,
    event_visible,
    events_of,
    found,
    incidents_of,
    is_valid,
    newest_begun,
    open_call_back,
    place_of,
    skin_checks_of,
)
from sessions_app.services.harm import event_record, finding_asked
from sessions_app.web.lookup import session_for
from sessions_app.web.skin import check_rows, session_frame

ELSEWHERE = "elsewhere"


def harm_of_session(session: TreatmentSession) -> dict[str, Any]:
    """What the page of a session shows of skin and harm."""
    return {
        "checks": check_rows(skin_checks_of(session)),
        "events": [_row(event) for event in events_of(session=session)],
        "call_back": open_call_back(session),
    }


def harm_of_patient(patient: Patient) -> dict[str, Any]:
    """What the patient's page shows: events, incidents, and the stop rule."""
    events = events_of(patient=patient)
    return {
        "events": [_row(event) for event in events],
        "incidents": incidents_of(patient),
        "advice": advice_for(events),
        "newest": newest_begun(patient),
    }


def _row(event: AdverseEvent) -> dict[str, Any]:
    incident = getattr(event, "incident", None)
    return {
        "id": event.pk,
        "session": event.session,
        "text": found(event).text,
        "grade": event.grade,
        "where": place_of(event) or "not at an electrode",
        "onset": event.onset_at,
        "noticed": event.get_noticed_display(),
        "words": event.text,
        "by": event.by.name,
        "at": event.at,
        "valid": is_valid(event),
        "incident": incident and incident.pk,
    }


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    return _form(request, session_for(request, session_id), None)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    event = event_visible(staff=request.user, event_id=event_id)
    if event is None:
        raise Http404(f"no adverse event {event_id}")
    return _form(request, session_for(request, event.session_id), event)


def _form(
    request: HttpRequest, session: TreatmentSession, corrects: AdverseEvent | None
) -> HttpResponse:
    faults: list[tuple[str, str]] = []
    typed = _typed(corrects)
    if request.method == "POST":
        typed = request.POST.dict()
        read, faults = _read(session, typed)
        if not faults:
            faults = _record(request, session, corrects, read)
        if not faults:
            return redirect("session", session_id=session.pk)
    context = {
        **session_frame(session),
        **errors_of(*faults),
        "typed": typed,
        "corrects": corrects and found(corrects).text,
        "groups": _groups(session),
        "places": _places(session),
        "noticed": AdverseEvent.Noticed.choices,
    }
    return page(request, "harm/event.jinja", context, status=422 if faults else 200)


def _record(
    request: HttpRequest,
    session: TreatmentSession,
    corrects: AdverseEvent | None,
    read: dict[str, Any],
) -> list[tuple[str, str]]:
    """Record it, or say what was refused; conflicts go further up."""
    try:
        event_record(session=session, by=request.user, supersedes=corrects, **read)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return [(str(refusal.extra.get("field", "")), refusal.text)]
    return []


def _typed(event: AdverseEvent | None) -> dict[str, str]:
    if event is None:
        return {}
    onset = timezone.localtime(event.onset_at)
    where = f"{event.leg.order}-{event.lead}" if event.leg and event.lead else ELSEWHERE
    return {
        "finding": f"{event.code}-{event.grade}",
        "where": where,
        "onset_date": onset.date().isoformat(),
        "onset_time": f"{onset:%H:%M}",
        "noticed": event.noticed,
        "text": event.text,
    }


def _groups(session: TreatmentSession) -> list[dict[str, Any]]:
    """Codes with the meaning of each grade, the likely ones first."""
    tap_water = not any(leg.prescribed.drug_pole for leg in session.legs.all())
    return [
        {
            "label": f"{code} {VOCABULARY[code].label}",
            "options": [
                (f"{code}-{grade}", f"{code} {grade}: {meaning}")
                for grade, meaning in enumerate(VOCABULARY[code].grades)
            ],
        }
        for code in picklist(tap_water=tap_water)
    ]


def _places(session: TreatmentSession) -> list[tuple[str, str]]:
    found = [
        (one.key, one.name) for leg in session.legs.all() for one in electrodes_at(leg)
    ]
    return [*found, (ELSEWHERE, "Not at an electrode")]


def _read(
    session: TreatmentSession, typed: dict[str, str]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Arguments of the service, and each (field, text) that is missing or wrong."""
    read: dict[str, Any] = {"text": typed.get("text", "")}
    faults: list[tuple[str, str]] = []
    parts: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: {"finding": _finding(typed.get("finding", ""))},
        lambda: _where(session, typed.get("where", "")),
        lambda: {"onset_at": _onset(typed)},
        lambda: {"noticed": _noticed(typed.get("noticed", ""))},
    )
    for part in parts:
        try:
            read |= part()
        except Refusal as refusal:
            faults.append((str(refusal.extra["field"]), refusal.text))
    return read, faults


def _noticed(value: str) -> str:
    if value not in AdverseEvent.Noticed.values:
        raise Refusal("noticed", "Choose how it was noticed.", field="noticed")
    return value


def _finding(value: str) -> Finding:
    code, _, grade = value.partition("-")
    if not grade.isdecimal():
        raise Refusal("finding", "Choose what it is and its grade.", field="finding")
    return finding_asked(code, int(grade))


def _where(session: TreatmentSession, value: str) -> dict[str, Any]:
    if value == ELSEWHERE:
        return {"leg": None, "lead": ""}
    for leg in session.legs.all():
        for one in electrodes_at(leg):
            if one.key == value:
                return {"leg": leg, "lead": one.lead.value}
    raise Refusal("where", "Choose where it is.", field="where")


def _onset(typed: dict[str, str]) -> dt.datetime:
    text = f"{typed.get('onset_date', '')}T{typed.get('onset_time', '')}"
    try:
        return timezone.make_aware(dt.datetime.fromisoformat(text))
    except ValueError as error:
        raise Refusal(
            "onset", "Give the date and time at which it began.", field="onset_date"
        ) from error
