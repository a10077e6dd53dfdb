"""The day of the next visit, and its time by the clock of the clinic.

Counted from the last session that was done: a visit that moves takes no other
with it. A day of the clinic is a calendar day; hours apart are true hours.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sessions_app.domain.calendar import (
    WEEK_DAYS,
    DayOffsets,
    EveryDays,
    Weekdays,
    at_wall,
    in_rolling_days,
    in_utc,
    moved,
    nearest_open,
    next_open,
    window,
)
from sessions_app.domain.course.history import WAITING, Standing, State
from sessions_app.domain.course.ladders import Fixed, LadderSpec, StepDown, next_of

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Dates:
    """`due` by the rhythm, `day` the open day that is proposed; from `earliest` on a
    visit is not too early, after `latest` it leaves the window. `fits` tells
    whether the rest of a course still ends inside it."""

    due: dt.date
    day: dt.date
    earliest: dt.date
    latest: dt.date | None
    fits: bool


def due_day(spec: LadderSpec, standing: Standing, today: dt.date) -> dt.date:
    """The day of the next session by the rhythm alone; today before a first one."""
    last = standing.last_done
    if last is None:
        return soonest(spec, standing) or today
    if spec.down is not None:
        return _rung_day(spec.down, standing, last)
    return _fixed_day(spec, standing, last)


def _rung_day(down: StepDown, standing: Standing, last: dt.date) -> dt.date:
    rule = down.maintenance
    if standing.state is State.MAINTENANCE:
        longer = rule.step_days if standing.eased else 0
        return moved(last, min(rule.most_days, standing.interval_days + longer))
    return down.after(standing.place.stage + standing.eased, last)


def _fixed_day(spec: LadderSpec, standing: Standing, last: dt.date) -> dt.date:
    fixed = _fixed_of(spec)
    pattern, first = fixed.pattern, standing.first_done or last
    if not isinstance(pattern, DayOffsets):
        return next_of(pattern, last, max(spec.visits.min_gap_days, 1))
    number = min(standing.place.done, len(pattern.days) - 1)
    return moved(first, pattern.days[number])


def soonest(spec: LadderSpec, standing: Standing) -> dt.date | None:
    """The first day that keeps the minimum gap after any treatment, None before
    one; whether it counted does not matter to the skin."""
    if not standing.recent:
        return None
    return moved(standing.recent[-1], max(spec.visits.min_gap_days, 1))


def dates_of(
    spec: LadderSpec,
    standing: Standing,
    today: dt.date,
    closures: Collection[dt.date] = (),
) -> Dates | None:
    """The next visit as seen on a day; None when nobody is to be treated."""
    if standing.state in WAITING:
        return None
    due = due_day(spec, standing, today)
    gap_over = soonest(spec, standing) or today
    full = _full_days(spec, standing)
    early = max(gap_over, due - dt.timedelta(days=spec.visits.early_days))
    earliest = next_open(early, full)
    aim = _overdue(spec, standing, today) if due < today else due
    latest = _window_end(spec, standing)
    shut = frozenset(closures) | full
    soon = max(gap_over, today)
    aim, day = max(aim, soon), None
    if latest is not None:
        day = nearest_open(aim, shut, earliest=soon, latest=latest)
    day = day or next_open(aim, shut)
    return Dates(due, day, earliest, latest, _fits(spec, standing, day, shut))


def _overdue(spec: LadderSpec, standing: Standing, today: dt.date) -> dt.date:
    """The first day of the rhythm from today on; an interval is over already."""
    pattern = (
        spec.down.ladder.stages[standing.place.stage].pattern
        if spec.down is not None
        else _fixed_of(spec).pattern
    )
    return pattern.after(moved(today, -1)) if isinstance(pattern, Weekdays) else today


def _full_days(spec: LadderSpec, standing: Standing) -> frozenset[dt.date]:
    """Days on which one visit more would be too many for seven days running."""
    full: list[dt.date] = []
    # Each day later has as many behind it or fewer.
    for number in range(1, WEEK_DAYS if standing.recent else 0):
        day = moved(standing.recent[-1], number)
        if in_rolling_days(standing.recent, day, WEEK_DAYS) < spec.visits.per_week:
            break
        full.append(day)
    return frozenset(full)


def _window_end(spec: LadderSpec, standing: Standing) -> dt.date | None:
    if spec.fixed is None or spec.fixed.window_days is None:
        return None
    if standing.first_done is None:
        return None
    return moved(standing.first_done, spec.fixed.window_days - 1)


def _fits(
    spec: LadderSpec, standing: Standing, day: dt.date, shut: frozenset[dt.date]
) -> bool:
    fixed, first = spec.fixed, standing.first_done
    if fixed is None or fixed.window_days is None or first is None:
        return True
    # A window has weekdays: the ladder sees to it.
    assert isinstance(fixed.pattern, Weekdays)  # noqa: S101
    planned = window(
        [first, day],
        next_from=moved(day, 1),
        weekdays=fixed.pattern,
        remaining=max(0, fixed.sessions - standing.place.done - 1),
        window_days=fixed.window_days,
        closures=shut,
    )
    return planned.fits and day <= moved(first, fixed.window_days - 1)


def _fixed_of(spec: LadderSpec) -> Fixed:
    # Either down or fixed: the ladder sees to it.
    assert spec.fixed is not None  # noqa: S101
    return spec.fixed


# By the clock


@dataclass(frozen=True, slots=True)
class VisitTime:
    """A visit in clinic wall time; `moved_days` from the day asked for, because of
    the hours since the last one."""

    at: dt.datetime
    moved_days: int


def time_of(
    spec: LadderSpec,
    day: dt.date,
    *,
    clock: dt.time,
    zone: ZoneInfo,
    last_ended: dt.datetime | None,
    closures: Collection[dt.date] = (),
) -> VisitTime:
    """The wall time of a visit, on a later open day while too few true hours have
    passed since the last one ended (aware, None when there was none)."""
    days = enumerate(EveryDays(1).dates(day, ()))
    times = ((number, one, at_wall(one, clock, zone)) for number, one in days)
    return next(
        VisitTime(at, number)
        for number, one, at in times
        if one not in closures and _hours_over(spec, at, last_ended)
    )


def _hours_over(
    spec: LadderSpec, at: dt.datetime, last_ended: dt.datetime | None
) -> bool:
    if last_ended is None:
        return True
    apart = in_utc(at) - in_utc(last_ended)
    return apart >= spec.visits.min_gap_hours * HOUR
