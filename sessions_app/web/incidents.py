"""`/incidents/<uuid>/`: what happened, what was stopped, and the decision."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Refusal
from clinic.jinja import date_text, dose_text, second_text
from clinic.permissions import allowed
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.models import Delivery, Incident
from sessions_app.selectors.harm import (
    found,
    incidents_seen,
    log_is_whole,
    place_of,
)
from sessions_app.services.incidents import incident_decide
from sessions_app.web.facts import Facts


def _incident(request: HttpRequest, incident_id: uuid.UUID) -> Incident:
    return get_object_or_404(incidents_seen(staff=request.user), pk=incident_id)


@require_GET
def incident(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    return _page(request, _incident(request, incident_id))


@require_POST
def decide(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    row = _incident(request, incident_id)
    answer = {"yes": True, "no": False}.get(request.POST.get("reportable", ""))
    words = request.POST.get("decision", "")
    try:
        incident_decide(
            incident=row, by=request.user, reportable=answer, decision=words
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        field = str(refusal.extra.get("field", ""))
        typed = {"typed": request.POST.dict(), **errors_of((field, refusal.text))}
        return _page(request, row, typed, 422)
    return redirect("incident", incident_id=row.pk)


def _page(
    request: HttpRequest,
    row: Incident,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    # An engineer decides about the stimulator without seeing whom it hurt.
    sees_patient = allowed(request.user, "session.view", row.site_id)
    context = {
        "incident": row,
        "what": found(row.event).text,
        "facts": _facts(row),
        "log_facts": _log_facts(row),
        "log_events": _log_events(row),
        "simulated": row.event.session.is_simulated,
        "patient": row.event.patient if sees_patient else None,
        "may_decide": row.decided_at is None
        and allowed(request.user, "incident.decide", row.site_id),
        "typed": {},
    }
    return page(
        request, "harm/incident.jinja", {**context, **(extra or {})}, status=status
    )


def _facts(row: Incident) -> Facts:
    event = row.event
    box = row.stimulator
    facts = [
        ("What", found(event).text),
        ("Where", place_of(event) or "not at an electrode"),
        ("Began", f"{date_text(event.onset_at)} {second_text(event.onset_at)}"),
        ("Noticed", event.get_noticed_display()),
        ("Words", event.text or "–"),
        ("Recorded by", f"{row.opened_by.name}, {date_text(row.opened_at)}"),
        ("Course", f"stopped: {row.prescription.stop_reason or 'no signed version'}"),
    ]
    if box is not None:
        state = "in quarantine" if box.quarantined_at else "released"
        facts.append(("Stimulator", f"{box.label}, {box.serial}: {state}"))
    return facts


def _log_events(row: Incident) -> list[dict[str, Any]]:
    return [
        {
            "at": dt.datetime.fromisoformat(event["at"]),
            "text": " ".join([event["kind"].replace("_", " "), event["to"]]).strip(),
        }
        for event in row.device_log.get("events", [])
    ]


def _log_facts(row: Incident) -> Facts:
    log = row.device_log
    if not log:
        return []
    whole = "✓ as copied" if log_is_whole(row) else "✕ CHANGED since it was copied"
    facts = [("Copy (SHA-256)", f"{row.device_log_sha256[:16]} {whole}")]
    for one in log.get("deliveries", []):
        device = one["home_device"] or one["serial"] or "no serial entered"
        facts.append(
            ("Entered by hand", f"{Delivery.Source(one['source']).label}, {device}")
        )
    return [*facts, *(_run_facts(log) if "run" in log else [])]


def _run_facts(log: dict[str, Any]) -> Facts:
    trace = log["trace"] or {}
    return [
        ("Run", log["run"]),
        ("Ended", log["end_reason"] or log["state"]),
        ("Device counter", dose_text(log["device_counter_nc"], 2)),
        ("Confirmed", dose_text(trace.get("confirmed_nc"), 2)),
        ("Samples", str(trace.get("count", "not sealed yet"))),
        ("Seal of the trace", str(trace.get("sha256", "–"))[:16]),
    ]
