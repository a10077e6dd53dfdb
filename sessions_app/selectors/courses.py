"""Courses as pages and services read them: each place by its rung, the next visit."""

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from clinic.models import Site, SiteMembership, Staff
from clinic.permissions import ACTIONS, sites_of
from clinic.selectors.site_time import site_day
from sessions_app.domain.course.engine import Next, next_step, standing_of
from sessions_app.domain.course.history import History, Standing
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.proposal import Proposal as Proposed
from sessions_app.domain.course.sites import Visit, visit_of
from sessions_app.domain.course.timing import propose_time
from sessions_app.models import (
    Closure,
    Course,
    Ladder,
    Prescription,
    PrescriptionLeg,
    Proposal,
)
from sessions_app.selectors.course_facts import SIGNED, CourseRows
from sessions_app.selectors.course_history import past_of
from sessions_app.selectors.places import place_key as place_key
from sessions_app.selectors.prescribing import course_sessions

Decision = Proposal.Decision
DECIDED = (Decision.ACCEPTED, Decision.CHANGED, Decision.REJECTED)
# Site policy: weekdays without treatment, 0 is Monday; no day is proposed on them.
SHUT_WEEKDAYS = (5, 6)
# Further than any rhythm reaches from one visit to the next.
HORIZON_DAYS = 120
CLOCK = dt.time(9, 0)


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place of a course: its history, the name of each event's row, what follows,
    and the proposal that waits. `before` is where it stood before the last event."""

    place: str
    leg: PrescriptionLeg
    history: History
    keys: tuple[str, ...]
    before: Standing
    next: Next
    open: Proposal | None

    @property
    def after(self) -> str:
        """The event that the next step rests on; empty before the first."""
        return self.keys[-1] if self.keys else ""


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course as seen on a day; without a ladder it has no places. `order` is the
    newest signed version, `decided` the newest first."""

    course: Course
    order: Prescription
    spec: LadderSpec | None
    places: tuple[PlaceView, ...]
    visit: Visit
    closures: frozenset[dt.date]
    decided: list[Proposal]

    def at(self, place: str) -> PlaceView | None:
        return next((one for one in self.places if one.place == place), None)


def course_visible(*, staff: Staff, number: uuid.UUID) -> Course | None:
    """The course when it is at a site of `staff`, else None."""
    return (
        Course.objects.filter(pk=number, site__in=sites_of(staff, "course.view"))
        .select_related("site", "patient__site", "ladder")
        .first()
    )


def order_of(number: uuid.UUID) -> Prescription:
    """The newest signed version of an order, with its legs."""
    return (
        Prescription.objects.filter(number=number, signed_at__isnull=False)
        .select_related("site", "patient__site", "adoption__protocol", "adoption__site")
        .prefetch_related("legs__active_electrode", "legs__return_electrode")
        .order_by("-version")[0]
    )


def course_view(course: Course, today: dt.date) -> CourseView:
    """Where a course stands at each place, and the next visit, as seen on a day."""
    order = order_of(course.number)
    rows = course.proposals.select_related("decided_by").order_by("-decided_at")
    proposals = list(rows)
    decided = [row for row in proposals if row.decision in DECIDED]
    closures = closures_of(course.site, today)
    if course.ladder is None:
        return CourseView(course, order, None, (), visit_of({}), closures, decided)
    spec = LadderSpec.from_dict(course.ladder.spec)
    facts = CourseRows(course, order)
    legs = {place_key(leg): leg for leg in reversed(order.legs.all())}
    places = tuple(
        _place(spec, facts, place, legs[place], proposals, closures, today)
        for place in reversed(legs)
    )
    visit = visit_of({one.place: one.next for one in places})
    return CourseView(course, order, spec, places, visit, closures, decided)


def _place(
    spec: LadderSpec,
    facts: CourseRows,
    place: str,
    leg: PrescriptionLeg,
    proposals: list[Proposal],
    closures: frozenset[dt.date],
    today: dt.date,
) -> PlaceView:
    here = [
        row
        for row in proposals
        if row.body_site == place and row.kind == Proposal.Kind.STEP
    ]
    pins = [row for row in here if row.decision in DECIDED]
    past = past_of(spec, facts, leg, place, pins, today)
    found = standing_of(spec, past.history)
    step = next_step(spec, past.history.baseline, found, today, closures)
    waiting = next((row for row in here if row.decision == Decision.OPEN), None)
    return PlaceView(place, leg, past.history, past.keys, past.before, step, waiting)


def proposals_open(staff: Staff) -> list[Proposal]:
    """Next steps that wait for a person at the sites of `staff`; the plain first
    session of a course waits for nobody."""
    rows = proposals_waiting(staff).select_related("course__patient__site")
    return list(rows.order_by("made_at"))


def proposals_waiting(staff: Staff) -> QuerySet[Proposal]:
    """The same, not asked for yet: every page counts them."""
    return Proposal.objects.filter(
        ~Q(after="", result__treats=True),
        decision=Decision.OPEN,
        kind=Proposal.Kind.STEP,
        course__site__in=SiteMembership.objects.filter(
            staff=staff, role__in=ACTIONS["course.decide"]
        ).values("site"),
    )


# Ladders and days


def ladder_for_site(site: Site, protocol_code: str) -> Ladder | None:
    """The newest ladder of a site for a protocol, else the product's."""
    for owner in (Q(site=site), Q(site__isnull=True)):
        rows = Ladder.objects.filter(owner).order_by("code", "-version")
        for row in rows.distinct("code"):
            if protocol_code in row.spec["protocols"]:
                return row
    return None


def closures_of(site: Site, today: dt.date) -> frozenset[dt.date]:
    """Days from today on that are proposed to nobody: closures, and the weekdays on
    which the site does not treat."""
    shut = site.policy.get("shut_weekdays", SHUT_WEEKDAYS)
    days = (today + dt.timedelta(days=number) for number in range(HORIZON_DAYS))
    rows = Closure.objects.filter(site=site, day__gte=today)
    week = {day for day in days if day.weekday() in shut}
    return frozenset(week | set(rows.values_list("day", flat=True)))


def time_proposed(view: CourseView) -> Proposed | None:
    """The wall time of the next visit: by the clock of the last one."""
    if view.spec is None or view.visit.day is None:
        return None
    held = course_sessions(view.course.number).filter(state__in=SIGNED)
    last = held.order_by("due_on", "number").last()
    ended = (
        last.events.order_by("id").filter(to_state="to_sign").last() if last else None
    )
    return propose_time(
        view.spec,
        view.visit.day,
        clock=(last.due_at if last else None) or CLOCK,
        zone=ZoneInfo(view.course.site.time_zone),
        last_ended=ended.at if ended else None,
        closures=view.closures,
    )


def view_now(course: Course) -> CourseView:
    """As seen today at the site."""
    return course_view(course, site_day(course.site))
