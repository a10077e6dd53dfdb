"""A test to be done again: proposed by a rule, decided by a person."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import date_text
from clinic.models import Role, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.diagnostics import ENGINE, repeat_of
from sessions_app.models import Course, Prescription, Proposal, Task, TreatmentSession
from sessions_app.selectors.checks import spec_of
from sessions_app.selectors.diagnostics import (
    PlaceOfTest,
    diagnostic_of,
    places_of_test,
)
from sessions_app.selectors.prescribing import sessions_pending, sessions_used
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.tasks import task_make

D = Proposal.Decision
REASON_CHARS = 300
ANCHOR = "#repeat-1"


def repeat_propose(*, session: TreatmentSession) -> Proposal | None:
    """Propose to do a test again where it did not suffice, in the caller's transaction.

    What was proposed before and nobody decided gives way. Returns the open one.
    """
    order = session.prescription
    test = diagnostic_of(order)
    if test is None:
        return None
    places = places_of_test(session)
    inputs = {
        "repeats": test.repeats,
        "on": site_day(session.site).isoformat(),
        "gap_days": spec_of(order).schedule.min_gap_days,
        "places": [_inputs_of(one) for one in places],
    }
    answer = repeat_of(inputs)
    rows = Proposal.objects.filter(session=session, kind=Proposal.Kind.REPEAT)
    standing = rows.filter(decision=D.OPEN).first()
    if standing is not None:
        if standing.inputs == inputs:
            return standing
        _supersede(standing)
    decided = rows.exclude(decision__in=[D.OPEN, D.SUPERSEDED])
    if answer is None or decided.exists():
        return None
    course = _course_of(order, session)
    _give_way(course)
    proposal = Proposal.objects.create(
        course=course,
        session=session,
        kind=Proposal.Kind.REPEAT,
        after=f"session:{session.pk}",
        rule=answer.rule,
        engine=ENGINE,
        inputs=inputs,
        result=answer.to_dict(),
        why=answer.why[:400],
    )
    task_make(
        site=session.site,
        kind=Task.Kind.RESULT,
        text=f"{test.title}: decide whether it is repeated. {answer.why}"[:300],
        due_at=timezone.now(),
        patient=session.patient,
        session=session,
        link=_link(session),
    )
    return proposal


def _link(session: TreatmentSession) -> str:
    """Where the decision is taken; it tells these tasks from those of results."""
    return f"{reverse('session', args=[session.pk])}{ANCHOR}"


def _task_end(proposal: Proposal, by: Staff | None, outcome: str) -> None:
    """Take the decision off the list."""
    Task.objects.filter(
        session=proposal.session_id, link__endswith=ANCHOR, done_at__isnull=True
    ).update(done_at=timezone.now(), done_by=by, outcome=outcome)


def _give_way(course: Course) -> None:
    """One that an earlier session left open is answered by the newer one."""
    for row in Proposal.objects.filter(
        course=course, body_site="", kind=Proposal.Kind.REPEAT, decision=D.OPEN
    ):
        _supersede(row)


def _supersede(row: Proposal) -> None:
    Proposal.objects.filter(pk=row.pk).update(decision=D.SUPERSEDED)
    _task_end(row, None, "superseded")


def _course_of(order: Prescription, session: TreatmentSession) -> Course:
    course, _ = Course.objects.get_or_create(
        number=order.number,
        defaults={
            "site": order.site,
            "patient": order.patient,
            "started_on": session.due_on,
        },
    )
    return course


def _inputs_of(place: PlaceOfTest) -> dict[str, Any]:
    row, container = place.collection, place.container
    return {
        "place": place.name,
        "phase": place.phase.value,
        "verdict": "" if row is None else row.result,
        "amount_milli": 0 if row is None else row.amount_milli or 0,
        "minimum_milli": 0 if row is None else row.minimum_milli,
        "unit": "" if container is None else container.unit,
        "over_ms": place.over_ms if row is not None and row.ended_at else 0,
        "note": "" if row is None else row.note,
    }


def repeat_book(
    *, proposal: Proposal, by: Staff, due_on: dt.date, reason: str = ""
) -> TreatmentSession | None:
    """Do the test again: as proposed, or with a reason on another day.

    Books a session under the order; with none left the prescriber is asked for a
    new order, and nothing is booked. Raises Refusal without a reason or by what the
    schedule refuses, Conflict when it is decided.
    """
    _require(by, proposal)
    as_proposed = proposal.result["due_on"] == due_on.isoformat()
    words = _words(reason, needed=not as_proposed)
    with transaction.atomic():
        row = _locked(proposal)
        session = _session_of(row)
        order = session.prescription
        used = sessions_used(order.number) + sessions_pending(order.number)
        booked = None
        decided: dict[str, Any] = {**row.result, "due_on": due_on.isoformat()}
        if used >= order.sessions_planned:
            task = _ask(session, used, by)
            decided["asked"] = str(task.pk)
        else:
            booked = session_schedule(
                prescription=order, due_on=due_on, due_at=session.due_at, by=by
            )
            decided["session"] = str(booked.pk)
        decision = D.ACCEPTED if as_proposed else D.CHANGED
        _decide(row, decision, decided, words, by)
    return booked


def repeat_reject(*, proposal: Proposal, by: Staff, reason: str) -> None:
    """No repeat, with the reason. Raises Conflict when it is decided."""
    _require(by, proposal)
    words = _words(reason, needed=True)
    with transaction.atomic():
        row = _locked(proposal)
        _decide(row, D.REJECTED, {"act": "none"}, words, by)


def _require(by: Staff, proposal: Proposal) -> None:
    require(by, "course.decide", proposal.course.site)
    if proposal.kind != Proposal.Kind.REPEAT:
        raise Conflict("other_kind", "This proposes no repeat of a test.")


def _words(reason: str, *, needed: bool) -> str:
    words = reason.strip()
    if needed and not words:
        raise Refusal("no_reason", "Write why not as proposed.", field="repeat_reason")
    if len(words) > REASON_CHARS:
        raise Refusal(
            "reason_long",
            f"{len(words)} letters; at most {REASON_CHARS}. Shorten it.",
            field="repeat_reason",
        )
    return words


def _locked(proposal: Proposal) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.decision != D.OPEN:
        raise Conflict(
            "decided",
            f"This is {row.get_decision_display().lower()} already; reload the page.",
        )
    return row


def _session_of(row: Proposal) -> TreatmentSession:
    session = row.session
    if session is None:
        raise Conflict("no_session", "This proposal names no test.")
    return session


def _ask(session: TreatmentSession, used: int, by: Staff) -> Task:
    """Ask the prescribers for a new order, which the repeat needs."""
    order = session.prescription
    return task_make(
        site=session.site,
        kind=Task.Kind.COURSE,
        text=f"{by.name} asks for a new order: the test of "
        f"{date_text(site_day(session.site))} is to be repeated, and {used} of "
        f"{order.sessions_planned} sessions stand.",
        due_at=timezone.now(),
        patient=session.patient,
        session=session,
        for_role=Role.PRESCRIBER,
        link=reverse("prescription", args=[order.pk]),
    )


def _decide(
    row: Proposal, decision: str, decided: dict[str, Any], reason: str, by: Staff
) -> None:
    row.decision, row.decided = decision, decided
    row.decided_by, row.decided_at, row.reason = by, timezone.now(), reason
    row.save(
        update_fields=["decision", "decided", "decided_by", "decided_at", "reason"]
    )
    _task_end(row, by, str(decision))
    audit_record(
        action=f"repeat.{decision}",
        subject=row,
        by=by,
        site=row.course.site,
        data={"reason": reason, "decided": decided},
    )
