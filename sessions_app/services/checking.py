"""From the check-in to the clearance: who is here, what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.precheck import (
    NOTE_CHARS,
    Answer,
    Finding,
    Question,
    bars,
    changed,
    evaluate,
    never,
    unanswered,
    unexplained,
)
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PreCheck, TreatmentSession, VisitPeople
from sessions_app.selectors import checks
from sessions_app.selectors.checks import Outcome, Step, Tier
from sessions_app.services.gates import (
    require_consent,
    require_not_barred_elsewhere,
    require_nothing_new,
    require_people,
)
from sessions_app.services.transitions import session_transition
from sessions_app.services.treating import session_check_in

S = SessionState
# What each step that is no clearance asks for, in words.
_NOT_YET = {
    Step.VISIT: "The questions of the visit are not answered yet.",
    Step.COURSE: "The whole list of questions is not answered yet.",
    Step.NEVER: "An answer bars treatment; nobody can override it. Choose “Not today”.",
    Step.BARRED: "An answer bars treatment: “Not today”, or ask a prescriber.",
    Step.WAITING: "A prescriber has been asked and has not decided yet.",
    Step.DECLINED: "The prescriber declined: choose “Not today”.",
    Step.LAPSED: "Nobody answered before the end of the day: choose “Not today”.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who is with the patient. `interpreter` and `chaperone` as in VisitPeople."""

    interpreter: str
    interpreter_name: str = ""
    escort_name: str = ""
    escort_relation: str = ""
    chaperone: str = VisitPeople.Chaperone.NOT_ASKED
    chaperone_name: str = ""


def session_arrive(
    *, session: TreatmentSession, by: Staff, version: int, people: People
) -> None:
    """Check a patient in, with who came along."""
    with transaction.atomic():
        session_check_in(session=session, by=by, version=version)
        people_record(session=session, by=by, people=people)


def people_record(
    *, session: TreatmentSession, by: Staff, people: People
) -> VisitPeople:
    """Note who is with the patient; the newest row holds.

    Raises Refusal for an answer that is missing or has no name to it, Conflict
    once current may have flowed.
    """
    require(by, "session.treat", session.site)
    _require_whole(session, people)
    with transaction.atomic():
        row = TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        if row.state not in {S.PLANNED, S.CHECKED_IN, S.CLEARED}:
            raise Conflict("wrong_state", "This visit has gone on; reload the page.")
        made = VisitPeople.objects.create(
            session=session,
            by=by,
            interpreter=people.interpreter,
            interpreter_name=people.interpreter_name.strip(),
            escort_name=people.escort_name.strip(),
            escort_relation=people.escort_relation.strip(),
            chaperone=people.chaperone,
            chaperone_name=people.chaperone_name.strip(),
        )
        audit_record(action="session.people", subject=made, by=by, site=session.site)
    return made


def _require_whole(session: TreatmentSession, people: People) -> None:
    if people.interpreter not in VisitPeople.Interpreter.values:
        raise Refusal(
            "interpreter",
            "Say whether an interpreter is needed.",
            field="interpreter",
        )
    if people.chaperone not in VisitPeople.Chaperone.values:
        raise Refusal(
            "chaperone", "Offer a chaperone, and note the answer.", field="chaperone"
        )
    if people.chaperone == VisitPeople.Chaperone.PRESENT and not (
        people.chaperone_name.strip()
    ):
        raise Refusal(
            "chaperone_name", "Write the chaperone's name.", field="chaperone_name"
        )
    escorted = people.escort_name.strip() and people.escort_relation.strip()
    if checks.escort_needed(session, site_day(session.site)) and not escorted:
        raise Refusal(
            "escort",
            f"{session.patient.given_name} is a minor: write who came along, and how "
            "they are related.",
            field="escort_name",
        )


def check_record(
    *,
    session: TreatmentSession,
    by: Staff,
    version: int,
    tier: str,
    answers: Mapping[str, Answer],
) -> PreCheck:
    """Keep the answers of a tier and clear the session when nothing stands against.

    Answers belong to this session alone. Raises Refusal that names each question
    without an answer or without its words; Conflict for a stale page, and for
    questions that are not due.
    """
    require(by, "session.treat", session.site)
    day = site_day(session.site)
    with transaction.atomic():
        _claim(session, version)
        require_people(session, day)
        require_consent(session.prescription, day)
        require_not_barred_elsewhere(session, day)
        now = checks.standing_of(session, day)
        # A step that asks has the name of its tier.
        if tier not in Tier.values or now.step.value != tier:
            raise Conflict(
                "not_due", "These questions are not to be answered now; reload."
            )
        asked = checks.questions_of(session, tier, day)
        _require_answered(asked, answers, tier)
        found = evaluate(asked, answers, checks.context_of(session, day))
        row = PreCheck.objects.create(
            session=session,
            tier=tier,
            by=by,
            answers={one.name: answers[one.name].to_dict() for one in asked},
            **_outcome(session, now, asked, answers, found),
        )
        audit_record(
            action=f"check.{tier}",
            subject=row,
            by=by,
            site=session.site,
            data={"outcome": row.outcome},
        )
        _pass_on(session)
        if checks.standing_of(session, day).step is Step.CLEAR:
            session_clear(session=session, by=by, version=session.version)
    return row


def _claim(session: TreatmentSession, version: int) -> None:
    """Lock the session for answers: one page wins, a stale one is told."""
    row = TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
    if row.version != version or row.state != S.CHECKED_IN:
        raise Conflict(
            "stale_page",
            f"This page shows version {version}, the visit is at {row.version}: "
            "somebody went on with it. Reload the page and look again.",
        )


def _pass_on(session: TreatmentSession) -> None:
    """From now on pages from before these answers are stale."""
    TreatmentSession.objects.filter(pk=session.pk).update(version=F("version") + 1)
    session.refresh_from_db()


def _require_answered(
    asked: Sequence[Question], answers: Mapping[str, Answer], tier: str
) -> None:
    if unknown := sorted(set(answers) - {one.name for one in asked}):
        raise Refusal("unknown_question", f"Not asked: {', '.join(unknown)}.")
    if missing := unanswered(asked, answers):
        texts = [one.text for one in asked if one.name in missing]
        raise Refusal(
            "unanswered", f"Not answered: {' · '.join(texts)}", missing=missing
        )
    if long := [n for n, said in answers.items() if len(said.note) > NOTE_CHARS]:
        raise Refusal("long", f"At most {NOTE_CHARS} characters.", missing=long)
    if tier == Tier.COURSE and (bare := unexplained(asked, answers)):
        texts = [one.text for one in asked if one.name in bare]
        raise Refusal(
            "no_note",
            f"Write what it is, and what you do about it: {' · '.join(texts)}",
            missing=bare,
        )


def _outcome(
    session: TreatmentSession,
    now: checks.Standing,
    asked: Sequence[Question],
    answers: Mapping[str, Answer],
    found: list[Finding],
) -> dict[str, object]:
    """Outcome and findings; the whole list carries on what the visit found."""
    if now.visit is not None:
        before = checks.findings_in(now.visit)
        found = before + [one for one in found if one not in before]
        outcome = _worst(found)
    elif not never(found) and (changed(asked, answers) or checks.course_open(session)):
        # The whole list follows, and is judged with these findings at once.
        any_change = bool(changed(asked, answers))
        outcome = Outcome.CHANGED if any_change else Outcome.CLEAR
    else:
        outcome = _worst(found)
    return {"outcome": outcome, "findings": [one.to_dict() for one in found]}


def _worst(found: list[Finding]) -> str:
    if bars(found):
        return Outcome.BARRED
    return Outcome.NOTED if found else Outcome.CLEAR


def session_clear(*, session: TreatmentSession, by: Staff, version: int) -> None:
    """Clear a session whose people, consents and answers leave nothing open.

    After an override it is the clinician at the chair who takes note and clears.
    Raises Refusal that says what stands against it.
    """
    require(by, "session.treat", session.site)
    day = site_day(session.site)
    with transaction.atomic():
        require_people(session, day)
        require_consent(session.prescription, day)
        require_not_barred_elsewhere(session, day)
        now = checks.standing_of(session, day)
        if now.step is not Step.CLEAR:
            raise Refusal("not_clear", _NOT_YET[now.step], step=now.step.value)
        require_nothing_new(session, day)
        session_transition(
            session=session,
            sources=(S.CHECKED_IN,),
            target=S.CLEARED,
            by=by,
            version=version,
            data={"request": str(now.request.pk)} if now.request else {},
        )
