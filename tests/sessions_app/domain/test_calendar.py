"""Visits in the wall time of the clinic, spans in UTC, over both clock changes."""

import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.calendar import (
    CalendarError,
    DayOffsets,
    EveryDays,
    Pattern,
    Weekdays,
    Window,
    at_wall,
    elapsed,
    in_rolling_days,
    in_utc,
    in_zone,
    moved,
    nearest_open,
    next_open,
    pattern_data,
    pattern_of,
    rhythm_of,
    series,
    window,
    zone_of,
)

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
SYDNEY = ZoneInfo("Australia/Sydney")
ZONES = st.sampled_from(
    [
        *(LONDON, NEW_YORK, SYDNEY),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("America/Santiago"),
        ZoneInfo("Asia/Kolkata"),
        ZoneInfo("UTC"),
    ]
)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2032, 12, 31))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
WEEKDAYS = st.frozensets(st.integers(0, 6), min_size=1).map(Weekdays)
EVERY = st.integers(1, 40).map(EveryDays)
OFFSETS = st.lists(st.integers(0, 60), min_size=1, max_size=9).map(
    lambda days: DayOffsets(tuple(sorted(days)))
)
PATTERNS = st.one_of(WEEKDAYS, EVERY, OFFSETS)
CLOSURES = st.frozensets(st.dates(dt.date(2024, 1, 1), dt.date(2032, 12, 31)))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


# Wall time


@pytest.mark.parametrize(
    ("zone", "on", "clock", "expected"),
    [
        (LONDON, "2026-03-29", "00:59", "2026-03-29T00:59:00+00:00"),
        (LONDON, "2026-03-29", "01:00", "2026-03-29T02:00:00+01:00"),
        (LONDON, "2026-03-29", "01:30", "2026-03-29T02:30:00+01:00"),
        (LONDON, "2026-10-25", "01:30", "2026-10-25T01:30:00+01:00"),
        (LONDON, "2026-10-25", "02:00", "2026-10-25T02:00:00+00:00"),
        (SYDNEY, "2026-10-04", "02:30", "2026-10-04T03:30:00+11:00"),
        (SYDNEY, "2026-04-05", "02:30", "2026-04-05T02:30:00+11:00"),
        (ZoneInfo("Australia/Lord_Howe"), "2026-10-04", "02:10", None),
        (ZoneInfo("Pacific/Apia"), "2011-12-30", "09:00", "2011-12-31T09:00:00+14:00"),
    ],
)
def test_a_skipped_time_moves_forward_and_a_double_one_is_the_first(
    zone: ZoneInfo, on: str, clock: str, expected: str | None
) -> None:
    found = at_wall(day(on), dt.time.fromisoformat(clock), zone)
    # Lord Howe Island moves by half an hour only.
    assert found.isoformat() == (expected or "2026-10-04T02:40:00+11:00")


def test_a_fold_of_the_start_makes_no_second_time() -> None:
    clock = dt.time(1, 30, fold=1)
    found = at_wall(day("2026-10-25"), clock, LONDON)
    assert (found.fold, found.utcoffset()) == (0, dt.timedelta(hours=1))


@given(DAYS, CLOCKS, ZONES)
def test_a_wall_time_is_kept_or_moved_by_a_gap_alone(
    on: dt.date, clock: dt.time, zone: ZoneInfo
) -> None:
    found = at_wall(on, clock, zone)
    asked = dt.datetime.combine(on, clock)
    assert found == at_wall(found.date(), found.time(), zone)
    moved = found.replace(tzinfo=None) - asked
    assert moved in (dt.timedelta(), dt.timedelta(minutes=30), dt.timedelta(hours=1))


@pytest.mark.parametrize("name", ["", "x", "../etc", "/etc", "Europe", "\0", "GMT+25"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(CalendarError, match="zone"):
        zone_of(name)


# Patterns


@pytest.mark.parametrize(
    "pattern", [Weekdays(frozenset({0, 3})), EveryDays(14), DayOffsets((0, 1, 3))]
)
def test_a_pattern_comes_back_from_its_data(pattern: Pattern) -> None:
    assert pattern_of(pattern_data(pattern)) == pattern


@pytest.mark.parametrize(
    "data",
    [
        *(None, [], {}, "weekdays", {"weekdays": 1}, {"weekdays": []}),
        *({"weekdays": [7]}, {"weekdays": [-1]}, {"weekdays": [0, True]}),
        *({"every_days": 0}, {"every_days": True}, {"every_days": "7"}),
        *({"day_offsets": []}, {"day_offsets": [0, -1]}, {"day_offsets": [0.0]}),
        {"every_days": 1, "weekdays": [0]},
    ],
)
def test_what_is_no_pattern_is_refused(data: Any) -> None:
    with pytest.raises(CalendarError):
        pattern_of(data)


def test_a_rung_has_a_rhythm_and_cannot_be_a_list_of_days() -> None:
    assert rhythm_of({"every_days": 7}) == EveryDays(7)
    with pytest.raises(CalendarError):
        rhythm_of({"day_offsets": [0, 1]})


@pytest.mark.parametrize(
    ("pattern", "last", "expected"),
    [
        (Weekdays(frozenset({0})), "2026-03-02", "2026-03-09"),
        (Weekdays(frozenset({0, 2})), "2026-03-02", "2026-03-04"),
        (Weekdays(frozenset({6})), "2026-03-02", "2026-03-08"),
        (EveryDays(21), "2026-03-02", "2026-03-23"),
    ],
)
def test_the_next_day_counts_from_the_last_one_and_is_never_it(
    pattern: Weekdays | EveryDays, last: str, expected: str
) -> None:
    assert pattern.after(day(last)) == day(expected)


@given(st.one_of(WEEKDAYS, EVERY), DAYS)
def test_a_rhythm_goes_on_within_its_own_length(
    pattern: Weekdays | EveryDays, last: dt.date
) -> None:
    gap = (pattern.after(last) - last).days
    most = pattern.days if isinstance(pattern, EveryDays) else 7
    assert 1 <= gap <= most


@given(DAYS, CLOCKS, ZONES, PATTERNS, st.integers(0, 12), CLOSURES)
def test_a_series_is_ordered_open_and_deterministic(
    start: dt.date,
    clock: dt.time,
    zone: ZoneInfo,
    pattern: Pattern,
    count: int,
    closures: frozenset[dt.date],
) -> None:
    begin = dt.datetime.combine(start, clock)
    visits = series(begin, zone, pattern, count, closures)
    assert visits == series(begin, zone, pattern, count, sorted(closures))
    fixed = isinstance(pattern, DayOffsets)
    assert len(visits) == (min(count, len(pattern.days)) if fixed else count)
    assert not {visit.date() for visit in visits} & closures
    assert all(in_utc(a) <= in_utc(b) for a, b in pairwise(visits))
    assert all(visit.date() >= start for visit in visits)


@given(DAYS, CLOCKS, ZONES, st.integers(1, 40), st.integers(2, 8))
def test_a_closure_moves_its_own_visit_alone(
    start: dt.date, clock: dt.time, zone: ZoneInfo, every: int, count: int
) -> None:
    begin, pattern = dt.datetime.combine(start, clock), EveryDays(every)
    free = series(begin, zone, pattern, count)
    closed = free[1].date()
    moved = series(begin, zone, pattern, count, [closed])
    assert moved[:1] + moved[2:] == free[:1] + free[2:]
    assert moved[1].date() == closed + dt.timedelta(days=1)


@given(DAYS, CLOCKS, ZONES, st.integers(1, 30), st.integers(2, 8))
def test_neighbours_keep_their_gap_over_a_clock_change(
    start: dt.date, clock: dt.time, zone: ZoneInfo, every: int, count: int
) -> None:
    visits = series(dt.datetime.combine(start, clock), zone, EveryDays(every), count)
    for before, after in pairwise(visits):
        assert (after.date() - before.date()).days == every
        off = elapsed(before, after).true_min - every * 24 * 60
        # A gap that moves a visit and the change itself: an hour each at most.
        assert abs(off) <= 120


def test_the_calendar_has_an_end() -> None:
    with pytest.raises(CalendarError):
        series(at("9999-12-30T09:00"), LONDON, EveryDays(1), 5)
    with pytest.raises(CalendarError):
        series(at("2026-01-01T09:00"), LONDON, EveryDays(10**12), 2)
    with pytest.raises(CalendarError):
        at_wall(dt.date(1, 1, 1), dt.time(0, 30), ZoneInfo("Asia/Kolkata"))


# Open days


def test_next_open_is_the_day_itself_unless_it_is_closed() -> None:
    closures = {day("2026-04-03"), day("2026-04-04")}
    assert next_open(day("2026-04-02"), closures) == day("2026-04-02")
    assert next_open(day("2026-04-03"), closures) == day("2026-04-05")


@pytest.mark.parametrize(
    ("due", "earliest", "latest", "expected"),
    [
        ("2026-04-06", "2026-04-01", "2026-04-10", "2026-04-07"),
        ("2026-04-06", "2026-04-01", "2026-04-06", "2026-04-02"),
        ("2026-04-06", "2026-04-02", "2026-04-06", "2026-04-02"),
        ("2026-04-06", "2026-04-03", "2026-04-06", None),
        ("2026-04-06", "2026-04-03", "2026-04-07", "2026-04-07"),
        ("2026-04-07", "2026-04-01", "2026-04-10", "2026-04-07"),
        ("2026-04-01", "2026-04-03", "2026-04-10", "2026-04-07"),
        ("2026-04-09", "2026-04-01", "2026-04-07", "2026-04-07"),
        ("2026-04-09", "2026-04-09", "2026-04-07", None),
    ],
)
def test_nearest_open_goes_forward_first_and_stays_between_gap_and_window(
    due: str, earliest: str, latest: str, expected: str | None
) -> None:
    easter = {day(f"2026-04-0{number}") for number in range(3, 7)}
    found = nearest_open(day(due), easter, earliest=day(earliest), latest=day(latest))
    assert found == (day(expected) if expected else None)


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2026-03-08", 3), ("2026-03-09", 2), ("2026-03-01", 0), ("2026-03-06", 3)],
)
def test_a_rolling_week_is_seven_calendar_days_that_end_today(
    on: str, expected: int
) -> None:
    days = [day("2026-03-02"), day("2026-03-04"), day("2026-03-06")]
    assert in_rolling_days(days, day(on), 7) == expected


# Spans


@pytest.mark.parametrize(
    ("start", "end", "wall", "true"),
    [
        ("2026-11-01T01:50", "2026-11-01T01:10+fold", -40, 20),
        ("2026-11-01T00:30", "2026-11-01T03:30", 180, 240),
        ("2026-03-08T01:30", "2026-03-08T03:30", 120, 60),
        ("2026-03-01T09:00", "2026-03-15T09:00", 20_160, 20_100),
        ("2026-06-01T09:00", "2026-06-01T09:00", 0, 0),
    ],
)
def test_true_minutes_are_not_those_of_the_wall_clock(
    start: str, end: str, wall: int, true: int
) -> None:
    begin = at(start).replace(tzinfo=NEW_YORK)
    finish = at(end.removesuffix("+fold")).replace(
        tzinfo=NEW_YORK, fold=int(end.endswith("+fold"))
    )
    found = elapsed(begin, finish)
    assert (found.wall_min, found.true_min) == (wall, true)


@given(ZONES, DAYS, CLOCKS)
def test_true_minutes_are_the_same_in_every_zone(
    zone: ZoneInfo, on: dt.date, clock: dt.time
) -> None:
    start = dt.datetime.combine(on, clock, dt.UTC)
    end = start + dt.timedelta(minutes=777)
    assert elapsed(start.astimezone(zone), end.astimezone(zone)).true_min == 777


# Windows


def test_a_window_counts_its_first_day_and_closures_push_a_visit_out() -> None:
    done = [day("2026-05-06"), day("2026-05-04")]
    monday = Weekdays(frozenset({0}))
    plan = {"next_from": day("2026-05-07"), "weekdays": monday, "remaining": 1}
    found = window(done, window_days=8, **plan)
    assert (found.planned, found.fits) == ((day("2026-05-11"),), True)
    assert (found.window_end, found.max_gap_days) == (day("2026-05-11"), 5)
    assert not window(done, window_days=7, **plan).fits
    late = window(done, window_days=8, closures=[day("2026-05-11")], **plan)
    assert (late.planned, late.fits) == ((day("2026-05-18"),), False)


def test_a_window_without_done_days_begins_with_the_first_planned_one() -> None:
    found = window(
        [],
        next_from=day("2026-05-05"),
        weekdays=Weekdays(frozenset({0, 2})),
        remaining=3,
        window_days=6,
    )
    assert found.planned[0] == day("2026-05-06")
    assert (found.window_end, found.fits) == (day("2026-05-11"), False)


def test_a_course_with_nothing_left_fits() -> None:
    plan = {
        "next_from": day("2026-05-05"),
        "weekdays": Weekdays(frozenset({0})),
        "remaining": 0,
        "window_days": 1,
    }
    assert window([], **plan) == Window((), None, True, 0)
    done = window([day("2026-05-04")], **plan)
    assert done == Window((), day("2026-05-04"), True, 0)


@given(
    st.lists(DAYS, max_size=6), DAYS, WEEKDAYS, st.integers(0, 9), st.integers(1, 60)
)
def test_a_longer_window_never_fits_less(
    done: list[dt.date], start: dt.date, weekdays: Weekdays, left: int, length: int
) -> None:
    plan: dict[str, Any] = {
        "next_from": start,
        "weekdays": weekdays,
        "remaining": left,
    }
    short = window(done, window_days=length, **plan)
    long = window(done, window_days=length + 1, **plan)
    assert long.fits >= short.fits
    assert all(one.weekday() in weekdays for one in short.planned)
    assert len(set(short.planned)) == left


# Refusals by their words


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            {"weekdays": [7]},
            "weekdays are some of 0 (Monday) to 6, not [7]",
        ),
        ({"every_days": 0}, "every_days is at least 1, not 0"),
        (
            {"day_offsets": [-1]},
            "day_offsets count days from the start, 0 or more, not [-1]",
        ),
        (1, "pattern is one of weekdays, every_days or day_offsets, not 1"),
    ],
)
def test_a_refused_pattern_says_why(data: Any, says: str) -> None:
    with pytest.raises(CalendarError) as refused:
        pattern_of(data)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    "data", [{"weekdays": [0]}, {"every_days": 7}, {"day_offsets": [0]}]
)
def test_a_pattern_has_one_key(data: dict[str, Any]) -> None:
    with pytest.raises(CalendarError, match="pattern is one of"):
        pattern_of({**data, "colour": 1})


def test_a_stage_has_no_offsets() -> None:
    with pytest.raises(CalendarError) as refused:
        rhythm_of({"day_offsets": [0]})
    assert str(refused.value) == "pattern of a stage is weekdays or every_days"


def test_tomorrow_may_be_the_next_day_of_a_week() -> None:
    tomorrow = dt.date(2026, 3, 3)
    assert Weekdays(frozenset({1})).after(dt.date(2026, 3, 2)) == tomorrow


def test_what_leaves_the_calendar_is_named() -> None:
    with pytest.raises(CalendarError) as refused:
        moved(dt.date.max, 1)
    assert str(refused.value) == "9999-12-31 and 1 days leave the calendar"
    last = dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC)
    with pytest.raises(CalendarError) as refused:
        in_zone(last, zone_of("Asia/Tokyo"))
    assert str(refused.value) == f"{last} leaves the calendar"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(CalendarError) as refused:
        zone_of("Moon/Base")
    assert str(refused.value) == (
        "zone 'Moon/Base' is not known; use an IANA name such as Europe/London"
    )


def test_backward_means_the_day_before() -> None:
    day = dt.date(2026, 3, 16)
    found = nearest_open(day, {day}, earliest=dt.date(2026, 3, 2), latest=day)
    assert found == dt.date(2026, 3, 15)
