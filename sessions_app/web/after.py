"""Pages after the current: record and signature, or why nothing was given."""

from typing import Any

from clinic.jinja import second_text
from clinic.quantities import ma_text
from devices.core.programme import Programme
from devices.models import Run, Trace
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import LegRun, TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_of
from sessions_app.selectors.harm import electrodes_of, reusable
from sessions_app.selectors.sessions import doses_of, leg_runs_of
from sessions_app.web.adjunct_cards import adjunct_cards
from sessions_app.web.dose_words import dose_view, outcome
from sessions_app.web.events import event_rows
from sessions_app.web.facts import Facts, limit_rows
from sessions_app.web.harm import harm_of_session
from sessions_app.web.note import note_of
from sessions_app.web.outcomes import results_of_visit
from sessions_app.web.rests import rest_cards
from sessions_app.web.skin import skin_rows
from sessions_app.web.words import END

Page = tuple[str, dict[str, Any]]


def closed_page(session: TreatmentSession) -> Page:
    return "session/closed.jinja", {"harm": harm_of_session(session)}


def record_page(session: TreatmentSession) -> Page:
    doses = doses_of(sessions=[session]).get(session.pk, [])
    to_sign = session.state == SessionState.TO_SIGN
    electrodes = electrodes_of(session) if to_sign else []
    context = {
        "to_sign": to_sign,
        "unrecorded": not doses,
        "doses": [dose_view(dose) for dose in doses],
        "outcome": outcome(doses[-1]) if doses else None,
        "beside": adjunct_cards(adjuncts_of(session)),
        "may_step": to_sign,
        "note": note_of(session) if doses else "",
        **results_of_visit(session),
        "skin_note": "",
        "skin": skin_rows(electrodes),
        "cleaning": reusable(electrodes),
        "harm": harm_of_session(session),
        "rests": rest_cards(session) if to_sign else [],
        "rest_ticked": set(),
        "open_swap": None,
        "swap_typed": {},
        "runs": [_run(row) for row in leg_runs_of(session)],
    }
    return "session/record.jinja", context


def _run(tie: LegRun) -> dict[str, Any]:
    run = tie.run
    trace = Trace.objects.defer("blob").filter(run=run).first()
    label = run.stimulator.label
    has_trace = trace is not None and trace.count > 0
    return {
        "id": run.pk,
        "stimulator": label,
        "place": run.stimulator.place,
        "facts": _run_facts(run, trace),
        "has_trace": has_trace,
        "chart_text": f"Current of the run on {label} over its time. "
        "Dose above, readings by the minute below.",
        "ohm_text": f"Impedance of the run on {label} over its time. "
        "Readings by the minute below.",
        "limits": limit_rows(tie.plan),
        "events": event_rows(run),
    }


def _run_facts(run: Run, trace: Trace | None) -> Facts:
    programme = Programme.from_dict(run.programme)
    facts = [
        ("Started", second_text(run.started_at)),
        ("Ended", second_text(run.ended_at)),
        ("Why it ended", END.get(run.end_reason, run.reject_reason or "not started")),
        ("Allowed current", ma_text(programme.window.ceiling_ua)),
    ]
    if trace is not None:
        gaps = "no gap" if not trace.gaps else f"{trace.gaps} missing"
        facts.append(("Samples", f"{trace.count:,}, {gaps}"))
        facts.append(("Seal (SHA-256)", trace.sha256[:12]))
    return facts
