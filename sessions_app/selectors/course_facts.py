"""What happened in a course at one place, as events, from the rows alone."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q

from clinic.selectors.site_time import site_day
from devices.core.parts import Basis
from sessions_app.domain.completeness import Delivery as Delivered
from sessions_app.domain.completeness import reconcile
from sessions_app.domain.course.history import Event, Harm, Kind
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.harm import Code
from sessions_app.domain.outcomes import OutcomeError, Rate, convert
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    Course,
    CourseEvent,
    DoseRecord,
    Leg,
    Measurement,
    Prescription,
    SessionEvent,
    SkinCheck,
    TreatmentSession,
)
from sessions_app.selectors.places import place_key
from sessions_app.selectors.prescribing import course_sessions

S = SessionState
SIGNED = (S.COMPLETED.value, S.PARTIAL.value)
HERE = (S.CHECKED_IN.value, S.CLEARED.value, S.TREATING.value, S.TO_SIGN.value)
AFTER_ALL = (*SIGNED, S.NO_SHOW.value, S.CANCELLED.value, S.NOT_TREATED.value, *HERE)
_THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """An event with the name of its row; `asked` is what was measured at its visit
    and may stand as a result of its own."""

    at: dt.datetime
    key: str
    event: Event
    asked: tuple[Measurement, ...] = ()


class CourseRows:
    """Every row that a course rests on, read once for all its places."""

    def __init__(self, course: Course, order: Prescription) -> None:
        self.course, self.order = course, order
        self.zone = ZoneInfo(course.site.time_zone)
        self.spec = ProtocolSpec.from_dict(order.adoption.spec)

    @cached_property
    def sessions(self) -> list[TreatmentSession]:
        doses = DoseRecord.objects.filter(superseded_by__isnull=True).select_related(
            "run", "delivery"
        )
        skin = SkinCheck.objects.filter(moment=SkinCheck.Moment.AFTER)
        legs = Leg.objects.select_related("prescribed").prefetch_related(
            Prefetch("doses", queryset=doses), Prefetch("skin_checks", queryset=skin)
        )
        events = AdverseEvent.objects.filter(superseded_by__isnull=True)
        return list(
            course_sessions(self.course.number)
            .filter(state__in=AFTER_ALL)
            .prefetch_related(
                Prefetch("legs", queryset=legs),
                Prefetch("adverse_events", queryset=events),
                Prefetch("events", queryset=SessionEvent.objects.order_by("id")),
            )
        )

    @cached_property
    def measured(self) -> list[Measurement]:
        """Valid results of the course, or of none and no visit, in order."""
        loose = Q(
            patient=self.course.patient_id, course__isnull=True, session__isnull=True
        )
        of_visits = Q(session__in=[one.pk for one in self.sessions])
        rows = Measurement.objects.filter(
            Q(course=self.course.number) | of_visits | loose,
            superseded_by__isnull=True,
        )
        return sorted(rows, key=lambda row: (self._moment(row), str(row.pk)))

    @cached_property
    def hold_grade(self) -> int:
        """From which grade on harm that is told later holds the course."""
        assert self.course.ladder is not None  # noqa: S101  # else it has no places
        ladder = LadderSpec.from_dict(self.course.ladder.spec)
        if ladder.down is not None:
            return ladder.down.hold_grade
        assert ladder.fixed is not None  # noqa: S101  # either one, the ladder says
        return ladder.fixed.stop.reaction_grade

    @cached_property
    def words(self) -> list[CourseEvent]:
        return list(self.course.events.all())

    def _moment(self, row: Measurement) -> dt.datetime:
        """When it was measured; an entry of a later day counts for the end of its."""
        if site_day(self.course.site, row.at) == row.measured_on:
            return row.at
        end = dt.time(23, 59)
        return dt.datetime.combine(row.measured_on, end, self.zone)

    # One place

    def facts(self, place: str) -> list[Fact]:
        """Everything that happened at a place, in the order in which it did."""
        found = [
            *self._visits(place),
            *self._results(place),
            *self._said(place),
        ]
        found += self._told_later(place, found)
        return sorted(found, key=lambda one: (one.event.day, one.at, one.key))

    def of_visit(self, session: TreatmentSession) -> list[Measurement]:
        return [row for row in self.measured if row.session_id == session.pk]

    def _visits(self, place: str) -> Iterator[Fact]:
        for session in self.sessions:
            legs = [leg for leg in session.legs.all() if _is(leg, place)]
            if not legs:
                continue
            if session.state in SIGNED and (given := _given(legs)):
                yield self._done(session, place, legs, given)
            elif session.state in (S.NO_SHOW.value, S.CANCELLED.value):
                yield self._absent(session)

    def _done(
        self,
        session: TreatmentSession,
        place: str,
        legs: list[Leg],
        given: list[DoseRecord],
    ) -> Fact:
        at = min(_began(dose) for dose in given)
        rows = self.of_visit(session)
        harms = tuple(Harm(one.code, one.grade) for one in _events_of(session, legs))
        event = Event(
            day=site_day(self.course.site, at),
            kind=Kind.DONE,
            counted=self._counted(given),
            score=score_of(rows, "HDSS", place),
            sweat=self.sweat_of(rows, place),
            self_scale=score_of(rows, "SELF", place),
            wet_days=score_of(rows, "WET_DAYS", place),
            dryness=_dryness(legs, harms),
            pain=score_of(rows, "NPRS", place),
            harms=harms,
        )
        return Fact(at, f"session:{session.pk}", event, _bound(rows, place))

    def _counted(self, given: list[DoseRecord]) -> bool:
        """By all that was given: a rest counts with what it was left of."""
        if len(given) == 1:
            return given[0].counts
        basis = Basis(given[0].basis)
        if basis is Basis.EVENT:
            return any(dose.counts for dose in given)
        counting = self.spec.counting
        return reconcile(
            Delivered(
                basis=basis,
                prescribed_nc=max(dose.prescribed_nc for dose in given),
                delivered_nc=sum(_worth(dose) for dose in given),
                planned_flow_ms=max(dose.planned_flow_ms for dose in given),
                flow_ms=sum(dose.flow_ms for dose in given),
            ),
            tolerance_permille=counting.tolerance_permille,
            count_permille=counting.count_permille,
            over_permille=counting.over_permille,
        ).counts

    def _absent(self, session: TreatmentSession) -> Fact:
        last = [one for one in session.events.all() if one.to_state == session.state]
        at = (
            last[-1].at
            if last
            else dt.datetime.combine(session.due_on, dt.time(), self.zone)
        )
        day = min(session.due_on, site_day(self.course.site, at))
        kind = Kind.NO_SHOW
        if session.state == S.CANCELLED.value:
            whose = last[-1].data.get("whose", "") if last else ""
            kind = {
                "patient_late": Kind.CANCELLED_LATE,
                "clinic": Kind.CLOSED,
            }.get(whose, Kind.CANCELLED)
        return Fact(at, f"session:{session.pk}", Event(day=day, kind=kind))

    def _results(self, place: str) -> Iterator[Fact]:
        """What was measured apart from a treatment of the place, day by day."""
        visits = {one.pk: one for one in self.sessions}
        days: dict[dt.date, list[Measurement]] = {}
        for row in _bound(self.measured, place):
            visit = visits.get(row.session_id) if row.session_id else None
            if row.session_id and (visit is None or self._treats(visit, place)):
                continue
            days.setdefault(row.measured_on, []).append(row)
        for rows in days.values():
            yield self.result(rows, place)

    def _treats(self, session: TreatmentSession, place: str) -> bool:
        """Whether what was measured belongs to a treatment of the place, held or
        about to be."""
        legs = [leg for leg in session.legs.all() if _is(leg, place)]
        if session.state in SIGNED:
            return bool(_given(legs))
        return bool(legs) and session.state in HERE

    def waiting(self, place: str) -> list[Measurement]:
        """Results of a visit to the place that is under way."""
        here = {
            one.pk
            for one in self.sessions
            if one.state in HERE and self._treats(one, place)
        }
        rows = _bound(self.measured, place)
        return [row for row in rows if row.session_id in here]

    def result(self, rows: Sequence[Measurement], place: str) -> Fact:
        """Results of a day or visit as an event of their own."""
        event = Event(
            day=rows[0].measured_on,
            kind=Kind.MEASURED,
            score=score_of(rows, "HDSS", place),
            sweat=self.sweat_of(rows, place),
            self_scale=score_of(rows, "SELF", place),
            wet_days=score_of(rows, "WET_DAYS", place),
            pain=score_of(rows, "NPRS", place),
        )
        return Fact(self._moment(rows[0]), f"measured:{rows[0].pk}", event)

    def _said(self, place: str) -> Iterator[Fact]:
        for row in self.words:
            if row.body_site in ("", place):
                event = Event(day=row.on, kind=Kind(row.kind), reason=row.reason)
                yield Fact(row.at, f"event:{row.pk}", event)

    def _told_later(self, place: str, found: list[Fact]) -> Iterator[Fact]:
        """Harm that became known after the next thing had happened: it holds from
        the day on which it was told, whatever came in between."""
        treated = {one.key: one for one in found if one.event.kind is Kind.DONE}
        for session in self.sessions:
            own = treated.get(f"session:{session.pk}")
            if own is None:
                continue
            legs = [leg for leg in session.legs.all() if _is(leg, place)]
            for row in _events_of(session, legs):
                between = [
                    one
                    for one in found
                    if (own.event.day, own.at) < (one.event.day, one.at)
                    and one.at < row.at
                ]
                grave = row.grade >= self.hold_grade and row.code != Code.DRY
                if between and grave:
                    told = Event(
                        day=site_day(self.course.site, row.at),
                        kind=Kind.HOLD,
                        harms=(Harm(row.code, row.grade),),
                        reason=f"{row.code} of grade {row.grade} was told later",
                    )
                    yield Fact(row.at, f"harm:{row.pk}", told)

    # Sweat

    @cached_property
    def sweat_unit(self) -> str:
        """What the first result was weighed or measured in: mass or volume."""
        rows = [row for row in self.measured if row.measure == "GRAVIMETRY"]
        return Rate(rows[0].unit).amount if rows else ""

    def sweat_of(self, rows: Iterable[Measurement], place: str) -> int | None:
        """The newest sweat rate in thousandths of mg/min, or of µl in 10 min;
        None for what cannot be told in the unit of the first one."""
        fitting = [row for row in _bound(rows, place) if row.measure == "GRAVIMETRY"]
        if not fitting:
            return None
        unit = Rate(fitting[-1].unit)
        if unit.amount != self.sweat_unit:
            return None
        to = Rate.MG_PER_MIN if unit.amount == "mg" else Rate.UL_PER_10_MIN
        try:
            found = convert(Decimal(fitting[-1].value), unit, to) * _THOUSANDTHS
        except OutcomeError:
            return None
        return int(found)


def _is(leg: Leg, place: str) -> bool:
    return place_key(leg.prescribed) == place


def _given(legs: list[Leg]) -> list[DoseRecord]:
    return [dose for leg in legs for dose in leg.doses.all() if dose.upper_nc > 0]


def _began(dose: DoseRecord) -> dt.datetime:
    if dose.delivery is not None:
        return dose.delivery.happened_at
    began = dose.run.started_at if dose.run is not None else None
    return began or dose.at


def _worth(dose: DoseRecord) -> int:
    return dose.confirmed_nc if dose.credit_nc is None else dose.credit_nc


def _events_of(session: TreatmentSession, legs: list[Leg]) -> list[AdverseEvent]:
    """Of the legs, and those of the visit that nobody tied to a place."""
    mine: set[int | None] = {None, *(leg.pk for leg in legs)}
    rows = [one for one in session.adverse_events.all() if one.leg_id in mine]
    return sorted(rows, key=lambda one: (one.at, str(one.pk)))


def _dryness(legs: list[Leg], harms: tuple[Harm, ...]) -> int | None:
    """The worst grade; 0 when somebody looked and saw none."""
    looked = any(leg.skin_checks.all() for leg in legs)
    found = [one.grade for one in harms if one.code == Code.DRY]
    return max(found, default=0 if looked else None)


def _bound(rows: Iterable[Measurement], place: str) -> tuple[Measurement, ...]:
    """Those of the place; of the whole visit where none is."""
    known = list(rows)
    return tuple(row for row in known if row.body_site in ("", place))


def score_of(rows: Iterable[Measurement], measure: str, place: str) -> int | None:
    """The newest score of the place, else the worst that was told for the visit."""
    fitting = [row for row in _bound(rows, place) if row.measure == measure]
    own = [row for row in fitting if row.body_site == place]
    if own:
        return int(Decimal(own[-1].value))
    return max((int(Decimal(row.value)) for row in fitting), default=None)
