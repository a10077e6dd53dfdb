"""Dates in the wall time of a clinic; spans of time in UTC.

A visit at nine is at nine on both sides of a clock change. Two times are compared
after a turn into UTC: datetimes of one zone subtract by their wall clocks.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise, takewhile
from itertools import count as count_from
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE = dt.timedelta(minutes=1)
WEEK_DAYS = 7


class CalendarError(ValueError):
    """A zone, pattern or date that cannot be; the text names it."""


# Patterns


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Some days of the week, Monday 0 to Sunday 6."""

    days: frozenset[int]

    def __post_init__(self) -> None:
        if not self.days or not self.days <= frozenset(range(WEEK_DAYS)):
            raise CalendarError(
                f"weekdays are some of 0 (Monday) to 6, not {sorted(self.days)}"
            )

    def after(self, last: dt.date) -> dt.date:
        """The next matching day, never `last` itself."""
        return next(day for day in _onwards(moved(last, 1)) if day.weekday() in self)

    def dates(self, start: dt.date, closures: Collection[dt.date]) -> Iterator[dt.date]:
        """Every matching day from `start` on that is not closed."""
        for day in _onwards(start):
            if day.weekday() in self and day not in closures:
                yield day

    def __contains__(self, weekday: int) -> bool:
        return weekday in self.days


@dataclass(frozen=True, slots=True)
class EveryDays:
    """Every so many days, counted from the first."""

    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise CalendarError(f"every_days is at least 1, not {self.days}")

    def after(self, last: dt.date) -> dt.date:
        return moved(last, self.days)

    def dates(self, start: dt.date, closures: Collection[dt.date]) -> Iterator[dt.date]:
        """Each day on its place; a closed one alone moves to the next open day."""
        for number in count_from():
            yield next_open(moved(start, number * self.days), closures)


@dataclass(frozen=True, slots=True)
class DayOffsets:
    """A fixed course: each visit so many days after the start, the first one 0.

    `dates` ends with the last of them.
    """

    days: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.days or min(self.days) < 0:
            raise CalendarError(
                f"day_offsets count days from the start, 0 or more, not"
                f" {list(self.days)}"
            )

    def dates(self, start: dt.date, closures: Collection[dt.date]) -> Iterator[dt.date]:
        """Each day on its place; a closed one alone moves to the next open day."""
        for offset in self.days:
            yield next_open(moved(start, offset), closures)


Rhythm = Weekdays | EveryDays
Pattern = Weekdays | EveryDays | DayOffsets


def pattern_of(data: Any) -> Pattern:
    """A pattern from ``{"weekdays": [0, 2, 4]}``, ``{"every_days": 14}`` or
    ``{"day_offsets": [0, 1, 3]}``. Raises CalendarError for anything else."""
    match data:
        case {"weekdays": [*days]} if _whole(days) and len(data) == 1:
            return Weekdays(frozenset(days))
        case {"every_days": days} if _whole([days]) and len(data) == 1:
            return EveryDays(days)
        case {"day_offsets": [*days]} if _whole(days) and len(data) == 1:
            return DayOffsets(tuple(days))
    raise CalendarError(
        f"pattern is one of weekdays, every_days or day_offsets, not {data!r}"
    )


def rhythm_of(data: Any) -> Rhythm:
    """A pattern that goes on for ever, as a stage of a ladder needs it."""
    pattern = pattern_of(data)
    if isinstance(pattern, DayOffsets):
        raise CalendarError("pattern of a stage is weekdays or every_days")
    return pattern


def pattern_data(pattern: Pattern) -> Mapping[str, Any]:
    """JSON form; `pattern_of` gives the equal pattern back."""
    if isinstance(pattern, Weekdays):
        return {"weekdays": sorted(pattern.days)}
    if isinstance(pattern, EveryDays):
        return {"every_days": pattern.days}
    return {"day_offsets": list(pattern.days)}


# Days


def moved(day: dt.date, days: int) -> dt.date:
    """So many days later. Raises CalendarError beyond the calendar."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError as error:
        raise CalendarError(f"{day} and {days} days leave the calendar") from error


def next_open(day: dt.date, closures: Collection[dt.date]) -> dt.date:
    """The day itself, or the first one after it that is not closed."""
    return next(one for one in _onwards(day) if one not in closures)


def nearest_open(
    day: dt.date, closures: Collection[dt.date], *, earliest: dt.date, latest: dt.date
) -> dt.date | None:
    """An open day for a visit due on `day`: forward first, else backward.

    Neither before `earliest` (the minimum gap) nor after `latest` (the end of the
    window); None when no day is left, and a person decides.
    """
    onward = takewhile(lambda one: one <= latest, _onwards(max(day, earliest)))
    back = takewhile(lambda one: one >= earliest, _onwards(min(day, latest), -1))
    return next((one for one in chain(onward, back) if one not in closures), None)


def in_rolling_days(days: Iterable[dt.date], day: dt.date, length: int) -> int:
    """How many of the days lie in the `length` calendar days that end with `day`.

    "Three a week" is meant so: any seven days running, not Monday to Sunday, which
    would let six visits stand within seven days.
    """
    return sum(0 <= (day - one).days < length for one in days)


# Times


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises CalendarError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarError(
            f"zone {name!r} is not known; use an IANA name such as Europe/London"
        ) from error


def at_wall(day: dt.date, clock: dt.time, zone: ZoneInfo) -> dt.datetime:
    """A wall time on a day of the clinic, aware.

    One that the clocks skip moves forward by the gap; of one that they show twice
    it is the first. Raises CalendarError beyond the calendar.
    """
    wall = dt.datetime.combine(day, clock.replace(fold=0), zone)
    return in_zone(in_utc(wall), zone)


def in_utc(moment: dt.datetime) -> dt.datetime:
    return in_zone(moment, dt.UTC)


def in_zone(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """An aware moment by another clock. Raises CalendarError beyond the calendar."""
    try:
        return moment.astimezone(zone)
    except OverflowError as error:
        raise CalendarError(f"{moment} leaves the calendar") from error


def series(
    start: dt.datetime,
    zone: ZoneInfo,
    pattern: Pattern,
    count: int,
    closures: Collection[dt.date] = (),
) -> list[dt.datetime]:
    """Visits at the wall time of `start` (naive), `count` of them at most.

    A visit that a closure moves takes no other with it, so two may meet on one day;
    whoever books them keeps the minimum gap.
    """
    closed = frozenset(closures)
    days = islice(pattern.dates(start.date(), closed), count)
    return [at_wall(day, start.time(), zone) for day in days]


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Whole minutes between two moments, by the wall clock and in truth."""

    wall_min: int
    true_min: int


def elapsed(start: dt.datetime, end: dt.datetime) -> Elapsed:
    """Between two aware local times; `fold` 1 is the second of a time shown twice."""
    wall = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    true = in_utc(end) - in_utc(start)
    return Elapsed(wall // MINUTE, true // MINUTE)


# Courses


@dataclass(frozen=True, slots=True)
class Window:
    """What is left of a fixed course. `window_end` is None before a first day."""

    planned: tuple[dt.date, ...]
    window_end: dt.date | None
    fits: bool
    max_gap_days: int


def window(
    done: Iterable[dt.date],
    *,
    next_from: dt.date,
    weekdays: Weekdays,
    remaining: int,
    window_days: int,
    closures: Collection[dt.date] = (),
) -> Window:
    """Whether the rest of a course still ends inside its window.

    The window counts its first day as day 1. A course with nothing left fits.
    """
    planned = tuple(islice(weekdays.dates(next_from, frozenset(closures)), remaining))
    days = sorted([*done, *planned])
    if not days:
        return Window((), None, True, 0)
    end = moved(days[0], window_days - 1)
    return Window(planned, end, not planned or planned[-1] <= end, longest_gap(days))


def longest_gap(days: Sequence[dt.date]) -> int:
    """The most days between neighbours of sorted days; 0 below two of them."""
    return max(((b - a).days for a, b in pairwise(days)), default=0)


def _onwards(day: dt.date, step: int = 1) -> Iterator[dt.date]:
    for number in count_from():
        yield moved(day, number * step)


def _whole(values: Iterable[Any]) -> bool:
    return all(type(value) is int for value in values)
