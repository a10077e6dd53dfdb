"""What was seen at the skin and what else went wrong: rows, and what follows."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from devices.core.run_lifecycle import ENERGISED
from devices.models import Run
from devices.services.titration import skin_check_note
from sessions_app.domain.harm import (
    CALL_BACK_HOURS,
    Finding,
    HarmError,
    finding,
    is_incident,
    needs_call_back,
    worst,
)
from sessions_app.domain.poles import Lead
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    Leg,
    SkinCheck,
    Task,
    TreatmentSession,
)
from sessions_app.selectors.harm import (
    Electrode,
    electrodes_at,
    electrodes_of,
    open_call_back,
    place_of,
)
from sessions_app.services.incidents import incident_open
from sessions_app.services.proposing import course_touched
from sessions_app.services.tasks import task_make

Noticed = AdverseEvent.Noticed
Moment = SkinCheck.Moment
NOTE_CHARS = 300
TEXT_CHARS = 600


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw under one electrode; no finding means nothing to see.

    `key` names the electrode as `selectors.harm.Electrode.key` does, `1-red`.
    """

    key: str
    findings: tuple[Finding, ...] = ()
    note: str = ""


def finding_asked(code: str, grade: int) -> Finding:
    """A finding as a person names it. Raises Refusal for what is no finding."""
    try:
        return finding(code, grade)
    except HarmError as error:
        raise Refusal("finding", str(error), field="finding") from error


def skin_checks_write(
    *,
    electrodes: Sequence[Electrode],
    moment: SkinCheck.Moment,
    seen: Sequence[Seen],
    by: Staff,
) -> list[SkinCheck]:
    """One row for each electrode; a finding of grade 1 or more is an adverse event.

    Call it inside the transaction of the act, which asks for the permission.
    Raises Refusal that names the first electrode not looked at, or an answer
    for an electrode that is none of these.
    """
    answers = answers_of(electrodes, seen)
    rows = []
    with transaction.atomic():
        for one in electrodes:
            answer = answers[one.key]
            rows.append(_check_write(one, moment, answer, by))
            for one_finding in filter(needs_call_back, answer.findings):
                _event_write(
                    session=one.leg.session,
                    leg=one.leg,
                    lead=one.lead,
                    finding=one_finding,
                    onset_at=timezone.now(),
                    noticed=_noticed(moment),
                    text=answer.note,
                    by=by,
                )
    return rows


def answers_of(
    electrodes: Sequence[Electrode], seen: Sequence[Seen]
) -> dict[str, Seen]:
    """One answer for each electrode, by its key.

    Raises Refusal as `skin_checks_write` does; it writes nothing.
    """
    answers = {one.key: one for one in seen}
    for one in electrodes:
        if one.key not in answers:
            raise Refusal(
                "skin_not_seen",
                f"Look at the skin under {one.name}, and answer: nothing to see, or "
                "what you found.",
                field=f"seen-{one.key}",
            )
        _require_plain(one, answers[one.key])
    unknown = sorted(set(answers) - {one.key for one in electrodes})
    if unknown or len(answers) != len(seen):
        raise Refusal(
            "skin_elsewhere",
            f"Not one answer for each electrode: {', '.join(unknown) or 'one twice'}.",
        )
    return answers


def _require_plain(one: Electrode, answer: Seen) -> None:
    codes = [found.code for found in answer.findings]
    if len(codes) != len(set(codes)):
        raise Refusal(
            "code_twice",
            f"A code stands twice for {one.name}.",
            field=f"seen-{one.key}",
        )
    _short(answer.note, NOTE_CHARS, f"note-{one.key}")


def _check_write(
    one: Electrode, moment: SkinCheck.Moment, answer: Seen, by: Staff
) -> SkinCheck:
    return SkinCheck.objects.create(
        leg=one.leg,
        run=one.run,
        moment=moment,
        lead=one.lead.value,
        place=one.place,
        findings=[found.to_dict() for found in answer.findings],
        note=answer.note.strip(),
        by=by,
    )


def _noticed(moment: SkinCheck.Moment) -> AdverseEvent.Noticed:
    return Noticed.PHONE if moment is Moment.CALL_BACK else Noticed.AT_CHAIR


def _short(text: str, most: int, field: str) -> str:
    words = text.strip()
    if len(words) > most:
        raise Refusal(
            "text_long",
            f"{len(words)} characters; at most {most}. Shorten it.",
            field=field,
        )
    return words


def skin_check_during(
    *, session: TreatmentSession, run: Run, by: Staff, seen: Sequence[Seen]
) -> None:
    """Note the look at the skin after 2 to 5 min; it answers what the run asks.

    Raises Conflict when the run is over, Refusal for an electrode not looked at.
    """
    require(by, "session.treat", session.site)
    if run.state not in {state.value for state in ENERGISED}:
        raise Conflict(
            "run_over", "The run is over: enter what you see when you sign it."
        )
    leg = session.legs.get(leg_runs__run=run)
    with transaction.atomic():
        skin_checks_write(
            electrodes=electrodes_at(leg), moment=Moment.DURING, seen=seen, by=by
        )
        skin_check_note(
            run=run, by=by, worst=max((worst(one.findings) for one in seen), default=0)
        )


def event_record(
    *,
    session: TreatmentSession,
    by: Staff,
    finding: Finding,
    onset_at: dt.datetime,
    noticed: str,
    leg: Leg | None = None,
    lead: str = "",
    text: str = "",
    supersedes: AdverseEvent | None = None,
) -> AdverseEvent:
    """Record an adverse event, in any state after the check-in, days later too.

    Grade 1 or more makes a call-back after 24 h, a burn of grade 2 or more an
    incident, all in one transaction. `supersedes` is the event it corrects.
    Raises Refusal for an onset in the future or before the session's day,
    Conflict for a session that has not begun or an event corrected already.
    """
    require(by, "harm.record", session.site)
    _require_begun(session)
    _require_onset(session, onset_at)
    _require_place(session, leg, lead)
    with transaction.atomic():
        if supersedes is not None:
            _require_correctable(session, supersedes)
        return _event_write(
            session=session,
            leg=leg,
            lead=lead,
            finding=finding,
            onset_at=onset_at,
            noticed=noticed,
            text=text,
            by=by,
            supersedes=supersedes,
        )


def _require_begun(session: TreatmentSession) -> None:
    if session.state == SessionState.PLANNED:
        raise Conflict("not_begun", "The session has not begun: nothing was given yet.")


def _require_onset(session: TreatmentSession, onset_at: dt.datetime) -> None:
    if onset_at > timezone.now():
        raise Refusal(
            "onset_future",
            "The onset lies in the future; correct it.",
            field="onset_date",
        )
    if timezone.localdate(onset_at) < session.due_on:
        raise Refusal(
            "onset_early",
            f"The onset lies before the session of {session.due_on:%d-%b-%Y}; choose "
            "the session after which it began.",
            field="onset_date",
        )


def _require_place(session: TreatmentSession, leg: Leg | None, lead: str) -> None:
    if leg is not None and leg.session_id != session.pk:
        raise Refusal("leg", "That place belongs to another session.", field="where")
    if lead not in {"", *(one.value for one in Lead)} or (lead and leg is None):
        raise Refusal("lead", f"“{lead}” is no lead of a place.", field="where")


def _require_correctable(session: TreatmentSession, event: AdverseEvent) -> None:
    if event.session_id != session.pk:
        raise Refusal("other_session", "That event belongs to another session.")
    # Corrections of a session come one after the other.
    TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
    if AdverseEvent.objects.filter(supersedes=event).exists():
        raise Conflict("corrected", "That event was corrected already; reload.")


def _event_write(
    *,
    session: TreatmentSession,
    leg: Leg | None,
    lead: str,
    finding: Finding,
    onset_at: dt.datetime,
    noticed: str,
    text: str,
    by: Staff,
    supersedes: AdverseEvent | None = None,
) -> AdverseEvent:
    event = AdverseEvent.objects.create(
        site=session.site,
        patient=session.patient,
        session=session,
        leg=leg,
        lead=lead,
        code=finding.code.value,
        grade=finding.grade,
        onset_at=onset_at,
        noticed=Noticed(noticed),
        text=_short(text, TEXT_CHARS, "text"),
        by=by,
        supersedes=supersedes,
    )
    audit_record(
        action="harm.record",
        subject=event,
        by=by,
        site=session.site,
        data={**finding.to_dict(), "noticed": str(noticed)},
    )
    if needs_call_back(finding):
        _call_back_make(event, finding)
    if is_incident(finding) and not _has_incident(supersedes):
        incident_open(event=event, by=by)
    course_touched(number=session.prescription.number)
    return event


def _has_incident(event: AdverseEvent | None) -> bool:
    """Whether what is corrected has opened one already."""
    while event is not None:
        if hasattr(event, "incident"):
            return True
        event = event.supersedes
    return False


def _call_back_make(event: AdverseEvent, finding: Finding) -> None:
    """One call for each session, whatever it had."""
    if open_call_back(event.session) is not None:
        return
    where = place_of(event)
    task_make(
        site=event.site,
        kind=Task.Kind.CALL_BACK,
        text=f"Call back: {finding.text}{f', {where}' if where else ''}"[:300],
        due_at=timezone.now() + dt.timedelta(hours=CALL_BACK_HOURS),
        patient=event.patient,
        session=event.session,
        link=reverse("session-call-back", args=[event.session_id]),
    )


def call_back_record(
    *, session: TreatmentSession, by: Staff, seen: Sequence[Seen], text: str
) -> Collection[SkinCheck]:
    """Note what the patient says by phone; it closes the call or raises another.

    Nothing to see closes it; a finding of grade 1 or more is an adverse event
    and makes the next call. Raises Conflict when no call is open.
    """
    require(by, "harm.record", session.site)
    words = _short(text, NOTE_CHARS, "text")
    with transaction.atomic():
        task = open_call_back(session)
        closed = task and Task.objects.filter(pk=task.pk, done_at__isnull=True).update(
            done_at=timezone.now(), done_by=by, outcome=_outcome(seen, words)
        )
        if not closed:
            raise Conflict("no_call", "No call is open for this session; reload.")
        rows = skin_checks_write(
            electrodes=electrodes_of(session),
            moment=Moment.CALL_BACK,
            seen=seen,
            by=by,
        )
        audit_record(action="harm.call_back", subject=session, by=by, site=session.site)
    return rows


def _outcome(seen: Sequence[Seen], words: str) -> str:
    findings = [one.text for answer in seen for one in answer.findings if one.grade]
    first = "Nothing to see" if not findings else "; ".join(findings)
    return f"{first}. {words}".strip()[:400]
