"""The draft of a note (S, O, A, P) from what is recorded; a person reads it."""

from collections.abc import Iterator

from clinic.jinja import date_text, dose_text, kohm_text, second_text, time_text
from clinic.quantities import cm2_text, density_text, ma_text
from devices.core.trace_codec import TraceError
from devices.models import Run, RunEvent
from devices.selectors.trace import ohm_figures
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import DoseRecord, Leg, Proposal, TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_of
from sessions_app.selectors.attended import attendance_stands
from sessions_app.selectors.harm import events_of, found, is_valid, skin_checks_of
from sessions_app.selectors.sessions import doses_of, leg_runs_of
from sessions_app.web.adjunct_cards import done_text
from sessions_app.web.course_words import step_text
from sessions_app.web.dose_words import OUTCOMES
from sessions_app.web.skin import check_rows
from sessions_app.web.words import END, place_name


def note_of(session: TreatmentSession) -> str:
    """The whole draft, one fact a line. What is not recorded is not written."""
    parts = {
        "S": _said(session),
        "O": _seen(session),
        "A": _judged(session),
        "P": _planned(session),
    }
    return "\n".join(
        f"{letter}: {line}" if number == 0 else f"   {line}"
        for letter, lines in parts.items()
        for number, line in enumerate(list(lines) or ["nothing recorded"])
    )


def _said(session: TreatmentSession) -> Iterator[str]:
    scores = RunEvent.objects.filter(run__leg_run__leg__session=session, kind="pain")
    told = [f"{score.data['score']}" for score in scores.order_by("id")]
    if told:
        yield f"Pain during treatment, 0 to 10: {', '.join(told)}."
    standing = session.measurements.filter(superseded_by__isnull=True)
    for row in standing.order_by("measured_on", "at"):
        yield f"{row.measure}: {row.value} {row.unit}".strip() + "."


def _seen(session: TreatmentSession) -> Iterator[str]:
    doses = doses_of(sessions=[session]).get(session.pk, [])
    for leg in session.legs.all():
        yield from _leg(leg)
    for dose in doses:
        yield _dose(dose)
    for tie in leg_runs_of(session):
        if tie.run.started_at is not None:
            yield from _run(tie.run)
    for one in adjuncts_of(session):
        if one.standing is not None:
            said = f" {one.standing.note}" if one.standing.note else ""
            yield f"{one.step.name.capitalize()}: {done_text(one.standing)}.{said}"
    for row in check_rows(skin_checks_of(session)):
        yield f"Skin {row['moment'].lower()}, {row['where']}: {row['found']}."
    if attendance_stands(session):
        yield "Constant attendance, minutes as stated."


def _leg(leg: Leg) -> Iterator[str]:
    for use in leg.lot_uses.select_related("lot").order_by("id"):
        what = f"{use.lot} {use.lot.concentration}".strip()
        yield f"{use.get_role_display()}: {what}."


def _dose(dose: DoseRecord) -> str:
    upper = ""
    if dose.upper_nc != dose.confirmed_nc:
        upper = f", upper bound {dose_text(dose.upper_nc, 2)}"
    tolerated = f", {ma_text(dose.tolerated_ua)} tolerated" if dose.tolerated_ua else ""
    return (
        f"{place_name(dose.leg.prescribed)}: {dose_text(dose.confirmed_nc, 2)} of"
        f" {dose_text(dose.prescribed_nc, 2)}{upper}{tolerated}"
        f" ({dose.get_evidence_display().lower()})."
    )


def _run(run: Run) -> Iterator[str]:
    channel = run.channels.filter(index=0).first()
    if channel is not None:
        for lead in ("red", "black"):
            yield _pad(run, channel.__dict__, lead)
    yield (
        f"Start {second_text(run.started_at)}, stop {second_text(run.ended_at)}"
        f" ({END.get(run.end_reason, 'not ended')}), {run.stimulator.label}."
    )
    try:
        figures = ohm_figures(run)
    except TraceError:
        yield "Impedance: the seal of the trace does not hold."
        return
    if figures is not None:
        first, least, last = map(kohm_text, figures)
        yield f"Impedance first {first}, least {least}, last {last}."


def _pad(run: Run, channel: dict[str, object], lead: str) -> str:
    mm2 = int(str(channel[f"{lead}_mm2"]))
    ceiling_ua = run.programme["window"]["ceiling_ua"]
    drug = f", {channel[f'{lead}_drug']}" if channel[f"{lead}_drug"] else ""
    dense = density_text(ceiling_ua * 100 // mm2) if mm2 else "not known"
    return (
        f"{lead.upper()}, {channel[f'{lead}_place']}: {channel[f'{lead}_electrode']}"
        f" {cm2_text(mm2)}{drug}, allowed up to {dense}."
    )


def _decision(step: Proposal) -> str:
    if step.decided_by is None:
        return "proposed, not decided"
    return f"{step.get_decision_display().lower()}, {step.decided_by.name}"


def _judged(session: TreatmentSession) -> Iterator[str]:
    for dose in doses_of(sessions=[session]).get(session.pk, []):
        label = OUTCOMES[dose.completeness].label
        yield f"{place_name(dose.leg.prescribed)}: {label.lower()}."
    harm = [found(one).text for one in events_of(session=session) if is_valid(one)]
    yield f"Adverse events: {'; '.join(harm) or 'none recorded'}."


def _planned(session: TreatmentSession) -> Iterator[str]:
    steps = Proposal.objects.filter(
        kind=Proposal.Kind.STEP, after=f"session:{session.pk}"
    ).exclude(decision=Proposal.Decision.SUPERSEDED)
    for step in steps.order_by("body_site", "made_at"):
        place = f"{step.body_site}: " if step.body_site else ""
        yield f"{place}{step_text(step.decided or step.result)} ({_decision(step)})."
    later = TreatmentSession.objects.filter(
        prescription__number=session.prescription.number,
        state=SessionState.PLANNED.value,
    ).order_by("due_on", "due_at")
    for one in later[:1]:
        at = f" {one.due_at:%H:%M}" if one.due_at else ""
        yield f"Next session {date_text(one.due_on)}{at}."
    if session.signed_at is not None and session.signed_by is not None:
        signed = f"{date_text(session.signed_at)} {time_text(session.signed_at)}"
        yield f"Signed by {session.signed_by.name}, {signed}."
