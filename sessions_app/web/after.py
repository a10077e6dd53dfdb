"""Pages after the current: record and signature, or why nothing was given."""

from typing import Any

from clinic.jinja import dose_text, second_text
from clinic.quantities import clock_text, ma_text
from devices.core.programme import Programme
from devices.models import Run, Trace
from sessions_app.domain.completeness import Verdict
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import DoseRecord, LegRun, TreatmentSession
from sessions_app.selectors.sessions import doses_of, leg_runs_of
from sessions_app.web.events import event_rows
from sessions_app.web.facts import Facts, limit_rows
from sessions_app.web.words import END, Word, place_name

Page = tuple[str, dict[str, Any]]

OUTCOMES: dict[str, Word] = {
    Verdict.COMPLETE: Word("Complete", "green"),
    Verdict.PARTIAL: Word("Partial", "yellow"),
    Verdict.ATTEMPTED: Word("Attempted, does not count", "orange"),
    Verdict.OVER: Word("Over the dose: incident", "red"),
}


def closed_page(session: TreatmentSession) -> Page:
    return "session/closed.jinja", {}


def record_page(session: TreatmentSession) -> Page:
    doses = doses_of(sessions=[session]).get(session.pk, [])
    context = {
        "to_sign": session.state == SessionState.TO_SIGN,
        "unrecorded": not doses,
        "doses": [_dose(dose) for dose in doses],
        "outcome": _outcome(doses[-1]) if doses else None,
        "skin_note": "",
        "runs": [_run(row) for row in leg_runs_of(session)],
    }
    return "session/record.jinja", context


def _outcome(dose: DoseRecord) -> dict[str, str]:
    word = OUTCOMES[dose.completeness]
    flowed = clock_text(dose.flow_ms)
    text = (
        f"{dose_text(dose.confirmed_nc, 2)} confirmed in {flowed} of flow, "
        f"{ma_text(dose.tolerated_ua)} tolerated."
    )
    return {"label": word.label, "colour": word.colour, "text": text}


def dose_bar(dose: DoseRecord) -> dict[str, Any]:
    """Delivered against target; hatched at the upper bound when not measured."""
    measured = dose.evidence in {DoseRecord.Evidence.TRACE, DoseRecord.Evidence.COUNTER}
    given_nc = dose.confirmed_nc if measured else dose.upper_nc
    words = "delivered" if measured else "at most, not measured"
    return {
        "delivered": given_nc,
        "target": dose.prescribed_nc,
        "hatched": not measured,
        "text": f"{dose_text(given_nc)} of {dose_text(dose.prescribed_nc)} {words}",
    }


def _dose(dose: DoseRecord) -> dict[str, Any]:
    evidence = dose.get_evidence_display()
    channel = dose.run.channels.get(index=0)
    rows = [
        {
            "what": "Whole run",
            "prescribed": dose_text(dose.prescribed_nc, 2),
            "confirmed": dose_text(dose.confirmed_nc, 2),
            "upper": dose_text(dose.upper_nc, 2),
            "evidence": evidence,
        },
        _pole("RED", channel.red_place, dose.red_anode_nc, evidence),
        _pole("BLACK", channel.black_place, dose.black_anode_nc, evidence),
    ]
    if dose.credit_nc is not None:
        drug = f"Credit of {channel.drugs}: charge that drives it in"
        rows.append(_row(drug, dose.credit_nc, evidence))
    return {
        "place": place_name(dose.leg.prescribed),
        "bar": dose_bar(dose),
        "rows": rows,
        "facts": _agreement(dose),
    }


def _row(what: str, charge_nc: int, evidence: str) -> dict[str, str]:
    return {
        "what": what,
        "prescribed": "–",
        "confirmed": dose_text(charge_nc, 2),
        "upper": "–",
        "evidence": evidence,
    }


def _pole(lead: str, place: str, charge_nc: int, evidence: str) -> dict[str, str]:
    return _row(f"While {lead} was anode ({place})", charge_nc, evidence)


_AGREES = {
    True: "✓ yes",
    False: "✕ NO: look into it",
    None: "not compared",
}


def _agreement(dose: DoseRecord) -> Facts:
    facts = [
        ("Device counter", dose_text(dose.device_counter_nc, 2)),
        ("Counter agrees with trace", _AGREES[dose.counter_agrees]),
        ("Flow time", _flow(dose)),
        ("Tolerated", ma_text(dose.tolerated_ua)),
    ]
    if dose.recorded_by is not None:
        facts.append((f"Stated by {dose.recorded_by.name}", dose.reason))
    return facts


def _flow(dose: DoseRecord) -> str:
    """`19:58 of 20:00`; a charge-led run has no planned flow time."""
    flowed = clock_text(dose.flow_ms)
    planned = dose.planned_flow_ms
    return f"{flowed} of {clock_text(planned)}" if planned else flowed


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
