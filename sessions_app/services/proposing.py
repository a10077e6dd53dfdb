"""Next steps of courses, proposed anew whenever a fact comes in."""

import uuid

from django.db import transaction

from clinic.models import Staff
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.course.engine import propose
from sessions_app.domain.course.history import Kind
from sessions_app.domain.course.proposal import Proposal as Proposed
from sessions_app.domain.course.replay import replay
from sessions_app.models import Course, Prescription, Proposal
from sessions_app.selectors.course_history import holds
from sessions_app.selectors.courses import (
    CourseView,
    PlaceView,
    ladder_for_site,
    view_now,
)

Decision = Proposal.Decision
# A person's own word, after which nobody is asked again.
_SAID = (Kind.HOLD, Kind.STOP)


def course_open(*, order: Prescription, by: Staff | None) -> Course:
    """The course of a signed prescription, begun with its first version."""
    ladder = ladder_for_site(order.site, order.adoption.protocol.code)
    course, made = Course.objects.get_or_create(
        number=order.number,
        defaults={
            "site": order.site,
            "patient": order.patient,
            "ladder": ladder,
            "started_on": site_day(order.site, order.signed_at),
        },
    )
    if made:
        audit_record(
            action="course.open",
            subject=course,
            by=by,
            site=order.site,
            data={"ladder": str(ladder) if ladder else ""},
            process="" if by else "sessions_app",
        )
    course_touched(number=order.number)
    return course


def courses_open_missing() -> int:
    """Begin a course for each signed prescription that has none; how many."""
    known = Course.objects.values("number")
    orders = (
        Prescription.objects.filter(signed_at__isnull=False)
        .exclude(number__in=known)
        .select_related("site", "patient", "adoption__protocol", "signed_by")
        .order_by("version")
    )
    made = 0
    for order in orders:
        if not Course.objects.filter(number=order.number).exists():
            with transaction.atomic():
                course_open(order=order, by=None)
            made += 1
    return made


def course_touched(*, number: uuid.UUID) -> None:
    """Propose the next step anew for every place, in the caller's transaction.

    One that says the same stays open; an outdated one is superseded. Nothing
    happens without a course or without a ladder.
    """
    with transaction.atomic():
        course = course_locked(number)
        if course is not None:
            propose_anew(view_now(course))


def course_locked(number: uuid.UUID) -> Course | None:
    """The course under its row lock, None without a ladder."""
    return (
        Course.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site", "patient__site", "ladder")
        .filter(pk=number, ladder__isnull=False)
        .first()
    )


def propose_anew(view: CourseView) -> None:
    """Write what is proposed at each place; the course is locked."""
    for place in view.places:
        fresh = proposed_at(view, place)
        if place.open is not None:
            if same(place.open, place, fresh):
                continue
            Proposal.objects.filter(pk=place.open.pk, decision=Decision.OPEN).update(
                decision=Decision.SUPERSEDED
            )
        if not _settled(view, place, fresh):
            _write(view.course, place, fresh)


def proposed_at(view: CourseView, place: PlaceView) -> Proposed:
    """What the engine says today of a place with a ladder."""
    assert view.spec is not None  # noqa: S101  # a view without one has no places
    today = site_day(view.course.site)
    return propose(view.spec, place.history, today, sorted(view.closures))


def same(row: Proposal, place: PlaceView, fresh: Proposed) -> bool:
    """Whether a proposal says what the engine says, from the same facts."""
    return (
        row.after == place.after
        and row.rule == fresh.rule
        and row.result == fresh.result
        and row.inputs["history"] == fresh.inputs["history"]
        and row.inputs["ladder"] == fresh.inputs["ladder"]
    )


def _settled(view: CourseView, place: PlaceView, fresh: Proposed) -> bool:
    """Whether a person has decided on this already, and nothing new is said."""
    assert view.spec is not None  # noqa: S101  # a view without one has no places
    if place.after.startswith("event:") and place.history.events[-1].kind in _SAID:
        return True
    for row in view.decided:
        if row.kind != Proposal.Kind.STEP or row.body_site != place.place:
            continue
        if row.after != place.after or not holds(row, view.spec, place.history):
            continue
        return set(fresh.rules) <= set(replay(row.inputs).rules)
    return False


def _write(course: Course, place: PlaceView, fresh: Proposed) -> None:
    Proposal.objects.create(
        course=course,
        body_site=place.place,
        kind=Proposal.Kind.STEP,
        after=place.after,
        rule=fresh.rule,
        engine=fresh.engine,
        ladder=course.ladder,
        inputs=dict(fresh.inputs),
        result=dict(fresh.result),
        why=fresh.why,
    )
