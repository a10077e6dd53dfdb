"""Pages from the dispatch to the live console."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.jinja import date_text, second_text
from devices.core.programme import Programme
from devices.core.reading import Phase
from devices.core.run_lifecycle import RunState
from devices.models import Run
from devices.services.titration import last_pain, looks_for, resume_ceiling_ua
from sessions_app.models import TreatmentSession
from sessions_app.selectors.sessions import newest_run
from sessions_app.services.poles import pads_of, second_checker_required
from sessions_app.web.current_words import last_shown
from sessions_app.web.facts import lead_rows, limit_rows, programme_facts
from sessions_app.web.lookup import session_for
from sessions_app.web.today import ask_of, first_figures
from sessions_app.web.words import RUN

Page = tuple[str, dict[str, Any]]

STEPS_UA = (200, 500, 1000, 2000)
PHASES = {
    Phase.RAMP_UP: "Ramping up",
    Phase.PLATEAU: "Plateau",
    Phase.REVERSING: "Reversing",
    Phase.HOLDING: "Going to hold",
    Phase.HELD: "Held",
    Phase.ENDING: "Ending",
    Phase.STOPPING: "Stopping",
    Phase.ENDED: "Ended",
}


def on_its_way(run: Run) -> bool:
    """Whether the page waits for the stimulator: dispatch, or a press of START."""
    if run.state == RunState.READY:
        return run.start_requested_at is not None
    return run.state in {RunState.QUEUED, RunState.VERIFYING, RunState.ARMED}


def _steps(run: Run) -> list[dict[str, Any]]:
    label = run.stimulator.label
    order = [RunState.QUEUED, RunState.VERIFYING, RunState.READY, RunState.ARMED]
    reached = order.index(RunState(run.state)) if run.state in order else len(order)
    texts = [
        ("Sent", f"A supervisor takes {label}"),
        ("Read back", f"{label} tells what it holds; it must be the same to the bit"),
        ("Ready", "Nothing is energised"),
    ]
    if run.start_requested_at is not None:
        texts.append(("Start asked", f"{second_text(run.start_requested_at)}, for 5 s"))
        reached = max(reached, 3)
    return [
        {"text": text, "note": note, "done": place < reached, "now": place == reached}
        for place, (text, note) in enumerate(texts)
    ]


def _path(session: TreatmentSession, run: Run) -> dict[str, Any]:
    return {
        "session": session,
        "steps": _steps(run),
        "status": f"{RUN[run.state].label}. This page follows by itself.",
    }


def verifying_page(session: TreatmentSession, run: Run) -> Page:
    context = {**_path(session, run), "stimulator": run.stimulator.label}
    return "session/verifying.jinja", context


@require_GET
def path_fragment(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """The steps again; once nothing is waited for, the page itself reloads."""
    session = session_for(request, session_id)
    run = newest_run(session)
    if run is None or not on_its_way(run):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "session/path.jinja", _path(session, run))


def start_page(session: TreatmentSession, run: Run) -> Page:
    if on_its_way(run):
        return verifying_page(session, run)
    programme = Programme.from_dict(run.programme)
    lapsed = run.events.filter(kind="start_lapsed").exists()
    context = {
        "run": run,
        "place": run.stimulator.place,
        "born": date_text(session.patient.born_on),
        "leads": lead_rows(run.channels.get(index=0), programme),
        "programme": programme_facts(programme),
        "limits": limit_rows(run.leg_run.plan),
        "lapsed": lapsed,
        "pads": pads_of(run),
        "second_checker": second_checker_required(session.site),
        "second_email": "",
    }
    return "session/start.jinja", context


def console_page(session: TreatmentSession, run: Run) -> Page:
    if run.state == RunState.ARMED:
        return verifying_page(session, run)
    figures, first = first_figures(run)
    phase = figures["phase"]
    window = Programme.from_dict(run.programme).window
    context = {
        "run": run,
        "place": run.stimulator.place,
        "first": first,
        "alarms": [a for a in figures["alarms"] if not a["code"].startswith("ASK_")],
        "ask": ask_of(figures["alarms"]),
        "look_at_skin": looks_for(run),
        "live": {
            **figures,
            "phase_text": PHASES[Phase(phase)] if phase else RUN[run.state].label,
            "age_text": f"Data of {second_text(run.live.data_at)}",
        },
        "window": window,
        "last_shown": last_shown(run.leg_run.leg),
        "steps": [step for step in STEPS_UA if step <= window.max_step_up_ua]
        or [window.max_step_up_ua],
        "last_pain": last_pain(run),
        "held_because": _held_because(run),
        "resume_levels": _levels(resume_ceiling_ua(run), window.lowest_ua),
    }
    return "session/console.jinja", context


_CAUSES = {"unanswered": "a question was not answered"}


def _held_because(run: Run) -> str:
    event = run.events.filter(to_state=RunState.HELD.value).last()
    cause = str(event.data.get("cause", "")) if event is not None else ""
    return _CAUSES.get(cause, cause.replace("_", " "))


def _levels(highest_ua: int, lowest_ua: int) -> list[int]:
    """Levels to resume at, the highest allowed first, down in steps of 1 mA."""
    levels = list(range(highest_ua, max(lowest_ua, 0), -1000))
    return levels or [highest_ua]
