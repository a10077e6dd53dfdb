"""The next visit of a course on a day, with the places that are due then."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from clinic.errors import Refusal
from clinic.models import Staff
from sessions_app.domain.course.engine import Next
from sessions_app.domain.course.proposal import Proposal as Offered
from sessions_app.models import Proposal, TreatmentSession
from sessions_app.selectors.courses import CourseView, time_proposed
from sessions_app.services.scheduling import session_schedule


@dataclass(frozen=True, slots=True)
class Booking:
    """The day of the next visit and its time, None for the one proposed."""

    due_on: dt.date
    due_at: dt.time | None = None


def visit_book(
    *, view: CourseView, booking: Booking, by: Staff, place: str
) -> TreatmentSession:
    """The visit of all places that may come that day; the others keep their own.

    Raises Refusal when no place may come, as `session_schedule` does otherwise.
    """
    due = [one.place for one in view.places if _may_come(one.next, booking.due_on)]
    if not due:
        step = view.at(place)
        raise Refusal(
            "none_due",
            f"No place is to be treated on {booking.due_on:%d-%b-%Y}"
            f"{_earliest(step.next) if step else ''}. Choose another day.",
            field="due_on",
        )
    offered = time_proposed(view)
    at = booking.due_at
    if at is None and offered is not None:
        at = _local(offered).time()
    session = session_schedule(
        prescription=view.order, due_on=booking.due_on, due_at=at, by=by, places=due
    )
    if offered is not None:
        _keep(view, session, offered, by)
    return session


def _keep(
    view: CourseView, session: TreatmentSession, offered: Offered, by: Staff
) -> None:
    """What day and time were proposed, and which were taken."""
    local, at = _local(offered), session.due_at
    kept = (local.date(), local.time()) == (session.due_on, at)
    Proposal.objects.create(
        course=view.course,
        session=session,
        kind=Proposal.Kind.DATE,
        rule=offered.rule,
        engine=offered.engine,
        ladder=view.course.ladder,
        inputs=dict(offered.inputs),
        result=dict(offered.result),
        why=offered.why,
        decision=Proposal.Decision.ACCEPTED if kept else Proposal.Decision.CHANGED,
        decided={
            "due_on": session.due_on.isoformat(),
            "due_at": "" if at is None else at.isoformat("minutes"),
        },
        decided_by=by,
        decided_at=timezone.now(),
    )


def _local(offered: Offered) -> dt.datetime:
    return dt.datetime.fromisoformat(offered.result["local"])


def _may_come(step: Next, day: dt.date) -> bool:
    return step.dates is not None and step.dates.earliest <= day


def _earliest(step: Next) -> str:
    if step.dates is None:
        return f": {step.why}"
    return f", the earliest day is {step.dates.earliest:%d-%b-%Y}"
