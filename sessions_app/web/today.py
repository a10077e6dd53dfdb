"""Today's worklist, the home page: one row per session, what runs on top."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from devices.core.run_lifecycle import MAY_FLOW, RunState
from devices.models import Run
from devices.selectors.live import live_figures
from devices.web.page import page
from sessions_app.models import TreatmentSession
from sessions_app.selectors.sessions import newest_run, worklist
from sessions_app.web.words import RUN, next_of, places_of, state_of

FLOWING = {state.value for state in MAY_FLOW}


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    sessions = worklist(staff=request.user)
    paired = [(session, newest_run(session)) for session in sessions]
    running = [
        _card(session, run)
        for session, run in paired
        if run is not None and run.state in FLOWING
    ]
    rows = [
        _row(session, run)
        for session, run in paired
        if run is None or run.state not in FLOWING
    ]
    context = {
        "running": running,
        "rows": rows,
        "simulated": any(session.is_simulated for session in sessions),
        "sites": sorted({session.site.name for session in sessions}),
        "back": None,
    }
    return page(request, "today.jinja", context)


def _name(session: TreatmentSession) -> str:
    patient = session.patient
    return f"{patient.family_name.upper()}, {patient.given_name}"


def first_figures(run: Run) -> tuple[dict[str, Any], str]:
    """Figures at the time of the page, as values and as its scripts take them."""
    figures = live_figures(run)
    text = json.dumps({"at": timezone.now().isoformat(), "run": figures})
    return figures, text


def ask_of(alarms: list[dict[str, Any]]) -> dict[str, Any]:
    """The question that waits for the person at the chair, the urged one first."""
    urged = [one["text"] for one in alarms if one["code"] == "UNANSWERED"]
    plain = [one["text"] for one in alarms if one["code"].startswith("ASK_")]
    return {"text": " ".join(urged or plain), "urged": bool(urged)}


def _card(session: TreatmentSession, run: Run) -> dict[str, Any]:
    figures, first = first_figures(run)
    return {
        "session": session.pk,
        "run": run.pk,
        "first": first,
        "place": run.stimulator.place,
        "stimulator": run.stimulator.label,
        "patient": _name(session),
        "protocol": places_of(session),
        "state": RUN[run.state],
        "possibly_live": run.state == RunState.UNCERTAIN and run.made_safe_at is None,
        "action": next_of(session, run).label,
        **{name: figures[name] for name in ("mean_ua", "charge_nc", "expected_nc")},
        "left_ms": figures["left_ms"],
        "ask": ask_of(figures["alarms"]),
    }


def _row(session: TreatmentSession, run: Run | None) -> dict[str, Any]:
    action = next_of(session, run)
    return {
        "session": session.pk,
        "time": session.due_at.strftime("%H:%M") if session.due_at else "–",
        "patient_id": session.patient_id,
        "patient": _name(session),
        "protocol": places_of(session),
        "number": session.number,
        "planned": session.prescription.sessions_planned,
        "place": run.stimulator.place if run is not None else "–",
        "state": state_of(session, run),
        "action": action.label,
        "primary": action.primary,
    }
