"""A course in figures: delivered, response, harm, adherence, lost time."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devices.core.run_lifecycle import RunState
from devices.models import RunEvent
from sessions_app.domain.places import Region
from sessions_app.domain.responses import Judged, judged
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    DoseRecord,
    Prescription,
    Proposal,
    SessionEvent,
    TreatmentSession,
)
from sessions_app.selectors.outcomes import (
    Series,
    legs_of_course,
    places_of_course,
    regions_of,
    result_of,
    series_of,
    valid_measurements,
)
from sessions_app.selectors.prescribing import course_sessions
from sessions_app.selectors.sessions import doses_of

S = SessionState
# Somebody came; what of it counts is told by the doses.
_KEPT = frozenset(
    {S.CHECKED_IN, S.CLEARED, S.TREATING, S.TO_SIGN, S.COMPLETED, S.PARTIAL}
    | {S.NOT_TREATED}
)
_LATE = "patient_late"


@dataclass(frozen=True, slots=True)
class Given:
    """A session with its valid doses."""

    session: TreatmentSession
    doses: tuple[DoseRecord, ...]

    @property
    def prescribed_nc(self) -> int:
        """Once for each place, however many runs it took."""
        legs = {dose.leg_id: dose.prescribed_nc for dose in self.doses}
        return sum(legs.values())

    @property
    def measured_nc(self) -> int:
        return sum(one.confirmed_nc for one in self.doses if not is_estimate(one))

    @property
    def upper_nc(self) -> int:
        return sum(one.upper_nc for one in self.doses)

    @property
    def counts(self) -> bool:
        return any(one.counts for one in self.doses)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a series went from its first to its last result, by every rule; no rule
    speaks before there are two."""

    series: Series
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits that were due by today. `called_off` neither counts as kept nor as
    missed; a late call of the patient is missed."""

    done: int
    partial: int
    kept: int
    missed: int
    called_off: int
    planned: int

    @property
    def booked(self) -> int:
        return self.kept + self.missed


@dataclass(frozen=True, slots=True)
class Summary:
    """`harm` counts (code, grade); `days_late` against the proposed days."""

    given: tuple[Given, ...]
    visits: Visits
    answers: tuple[Answer, ...]
    harm: tuple[tuple[str, int, int], ...]
    events: tuple[AdverseEvent, ...]
    steps: tuple[Proposal, ...]
    days_late: int
    held: dt.timedelta

    @property
    def prescribed_nc(self) -> int:
        return sum(one.prescribed_nc for one in self.given)

    @property
    def measured_nc(self) -> int:
        return sum(one.measured_nc for one in self.given)

    @property
    def upper_nc(self) -> int:
        return sum(one.upper_nc for one in self.given)

    @property
    def doses(self) -> int:
        return sum(len(one.doses) for one in self.given)

    @property
    def counting(self) -> int:
        return sum(dose.counts for one in self.given for dose in one.doses)


def is_estimate(dose: DoseRecord) -> bool:
    """Nobody measured it: it counts at its upper bound."""
    return dose.evidence != DoseRecord.Evidence.TRACE or dose.is_estimate


def summary_of(order: Prescription, today: dt.date) -> Summary:
    """The course of an order, over all its versions, as seen on a day."""
    number, patient = order.number, order.patient
    sessions = list(course_sessions(number).order_by("due_on", "number"))
    doses = doses_of(sessions=sessions)
    rows = valid_measurements(patient=patient, course=number)
    places = places_of_course(patient=patient, number=number)
    regions = regions_of(legs_of_course(patient=patient, number=number))
    events = tuple(
        AdverseEvent.objects.filter(
            session__in=sessions, superseded_by__isnull=True, grade__gte=1
        ).order_by("onset_at")
    )
    harm = Counter((one.code, one.grade) for one in events)
    steps = _steps(order)
    return Summary(
        given=tuple(
            Given(one, tuple(doses[one.pk])) for one in sessions if one.pk in doses
        ),
        visits=_visits(sessions, today),
        answers=tuple(_answer(one, regions) for one in series_of(rows, places)),
        harm=tuple((code, grade, n) for (code, grade), n in sorted(harm.items())),
        events=events,
        steps=steps,
        days_late=_days_late(sessions, steps),
        held=_held(sessions),
    )


def _answer(series: Series, regions: Sequence[Region]) -> Answer:
    first, last = series.rows[0], series.rows[-1]
    if first == last:
        return Answer(series, ())
    return Answer(series, judged(result_of(first), result_of(last), regions))


def _visits(sessions: Iterable[TreatmentSession], today: dt.date) -> Visits:
    rows = [one for one in sessions if one.state != S.ENTERED_IN_ERROR]
    states = Counter(one.state for one in rows)
    kept = sum(one.state in _KEPT for one in rows)
    cancelled = [one for one in rows if one.state == S.CANCELLED]
    late = sum(
        event.data.get("whose") == _LATE
        for event in SessionEvent.objects.filter(
            session__in=cancelled, to_state=S.CANCELLED.value
        )
    )
    return Visits(
        done=states[S.COMPLETED],
        partial=states[S.PARTIAL],
        kept=kept,
        missed=states[S.NO_SHOW]
        + late
        + sum(one.state == S.PLANNED and one.due_on < today for one in rows),
        called_off=len(cancelled) - late,
        planned=sum(one.state == S.PLANNED and one.due_on >= today for one in rows),
    )


def _steps(order: Prescription) -> tuple[Proposal, ...]:
    """Decided steps, the oldest first."""
    rows = Proposal.objects.filter(
        course__number=order.number,
        kind=Proposal.Kind.STEP,
        decision__in=[Proposal.Decision.ACCEPTED, Proposal.Decision.CHANGED],
    )
    return tuple(rows.order_by("decided_at"))


def _days_late(sessions: Sequence[TreatmentSession], steps: Iterable[Proposal]) -> int:
    """Days from the proposed day to the visit that came of it; early ones count 0,
    and a visit of several places once, at its latest."""
    kept = [one for one in sessions if one.state in _KEPT]
    late: dict[object, int] = {}
    for step in steps:
        day, after = _proposed(step), step.after.removeprefix("session:")
        before = next((n for n, one in enumerate(kept) if str(one.pk) == after), None)
        if day is None or before is None or before + 1 >= len(kept):
            continue
        visit = kept[before + 1]
        late[visit.pk] = max(late.get(visit.pk, 0), (visit.due_on - day).days)
    return sum(max(days, 0) for days in late.values())


def _proposed(step: Proposal) -> dt.date | None:
    dates = (step.result or {}).get("dates") or {}
    return dt.date.fromisoformat(dates["day"]) if dates.get("day") else None


def _held(sessions: Sequence[TreatmentSession]) -> dt.timedelta:
    """How long runs of the course stood held, by the clock."""
    events = RunEvent.objects.filter(run__leg_run__leg__session__in=sessions)
    held, since = dt.timedelta(), {}
    for event in events.order_by("id").exclude(from_state="", to_state=""):
        if event.to_state == RunState.HELD:
            since[event.run_id] = event.at
        elif event.from_state == RunState.HELD and event.run_id in since:
            held += event.at - since.pop(event.run_id)
    return held
