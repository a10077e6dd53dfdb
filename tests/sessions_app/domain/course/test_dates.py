"""The next visit: rhythm, gaps, weeks, closures and windows; clocks that change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.calendar import in_utc
from sessions_app.domain.course.dates import (
    Dates,
    dates_of,
    due_day,
    soonest,
    time_of,
)
from sessions_app.domain.course.history import Standing, State
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.stepdown import Place
from tests.sessions_app.domain.course.scene import (
    STEP,
    TENDON,
    UK7,
    changed,
    inducing,
    ladder,
    on,
    on_rung,
)

NINE = dt.time(9)
LONDON = ZoneInfo("Europe/London")


def fixed(done: int, *recent: int, first: int = 0) -> Standing:
    return Standing(
        state=State.FIXED,
        place=Place(0, done),
        first_done=on(first),
        last_done=on(recent[-1]),
        recent=tuple(map(on, recent)),
    )


def dates(
    spec: LadderSpec, standing: Standing, today: int, closed: tuple[int, ...] = ()
) -> Dates:
    found = dates_of(spec, standing, on(today), [on(day) for day in closed])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("standing", "due"),
    [
        (inducing(3), 2),
        (on_rung(1), 3),
        (on_rung(2), 7),
        (on_rung(3), 14),
        (on_rung(4), 21),
        (on_rung(4, interval_days=9), 9),
        (inducing(3, eased=True), 3),
        (on_rung(2, eased=True), 14),
        (on_rung(3, eased=True), 21),
        (on_rung(4, eased=True), 28),
        (on_rung(4, eased=True, interval_days=28), 28),
        (on_rung(2, state=State.RELAPSE), 7),
    ],
)
def test_the_due_day_by_rung(standing: Standing, due: int) -> None:
    assert due_day(STEP, standing, on(0)) == on(due)
    found = dates(STEP, standing, 0)
    assert (found.due, found.day) == (on(due), on(due))
    assert (found.earliest, found.latest, found.fits) == (on(due - 1), None, True)


def test_a_rung_of_two_a_week_never_comes_before_its_third_day() -> None:
    for last, due in ((0, 3), (1, 7), (2, 7), (3, 7), (4, 7), (5, 10), (6, 10)):
        standing = on_rung(1, last_done=on(last), recent=(on(last),))
        assert due_day(STEP, standing, on(last)) == on(due)


def test_before_a_first_session_it_is_today() -> None:
    found = dates(STEP, Standing(), 3)
    assert (found.due, found.day, found.earliest) == (on(3), on(3), on(3))
    assert dates(STEP, Standing(), 3, (3, 4)).day == on(5)
    begun = dates(TENDON, Standing(), 3)
    assert (begun.latest, begun.fits) == (None, True)


def test_a_session_that_did_not_count_keeps_the_gap() -> None:
    tried = Standing(state=State.INDUCTION, block=10, recent=(on(0),))
    found = dates(STEP, tried, 0)
    assert (found.due, found.day, found.earliest) == (on(1), on(1), on(1))
    again = inducing(3, recent=(on(0), on(2)))
    assert dates(STEP, again, 2).day == on(3)
    weekly = Standing(state=State.FIXED, recent=(on(0),))
    assert dates(ladder("HH-GLYCO"), weekly, 0).day == on(7)


@pytest.mark.parametrize(
    ("standing", "today", "day"),
    [
        (inducing(3), 3, 4),
        (inducing(3), 4, 4),
        (on_rung(1), 4, 7),
        (on_rung(2), 8, 8),
        (on_rung(4), 30, 30),
        (on_rung(2), 7, 7),
    ],
)
def test_an_overdue_visit_is_the_next_of_its_rhythm(
    standing: Standing, today: int, day: int
) -> None:
    assert dates(STEP, standing, today).day == on(day)


def test_a_closed_day_moves_the_visit_forward() -> None:
    assert dates(STEP, on_rung(2), 0, (7, 8)).day == on(9)
    assert dates(STEP, on_rung(2), 0, (8,)).day == on(7)
    assert dates(STEP, on_rung(2), 0, (7, 8)).due == on(7)


def test_no_more_visits_than_the_week_allows() -> None:
    spec = changed(STEP, "visits", per_week=3)
    full = inducing(3, last_done=on(2), recent=(on(0), on(1), on(2)))
    assert dates(spec, full, 2).day == on(7)
    assert dates(STEP, full, 2).day == on(4)
    later = inducing(3, last_done=on(4), recent=(on(0), on(2), on(4)))
    assert dates(spec, later, 4).day == on(7)
    daily = changed(ladder("TENDON-10-DAILY"), "visits", per_week=6)
    assert dates(daily, fixed(6, *range(6)), 5).day == on(7)
    assert dates(daily, fixed(7, *range(7)), 6).day == on(8)


def test_the_gap_counts_in_days_of_the_ladder() -> None:
    spec = changed(STEP, "visits", min_gap_days=3)
    assert dates(spec, inducing(3), 0).day == on(3)
    zero = changed(TENDON, "visits", min_gap_days=0)
    assert dates(zero, fixed(1, 0), 0).due == on(2)
    assert soonest(zero, fixed(1, 0)) == on(1)
    assert soonest(zero, Standing()) is None
    slow = ladder("TENDON-6-SLOW")
    assert dates(slow, fixed(1, 1, first=1), 1).day == on(3)
    assert dates(slow, fixed(1, 2, first=2), 2).day == on(7)


@pytest.mark.parametrize(
    ("done", "recent", "due"), [(1, (0,), 1), (2, (0, 1), 3), (6, (3, 9, 14), 21)]
)
def test_the_uk_pattern_counts_from_its_first_day(
    done: int, recent: tuple[int, ...], due: int
) -> None:
    assert dates(UK7, fixed(done, *recent), recent[-1]).due == on(due)


def test_a_late_visit_of_the_uk_pattern_moves_no_other() -> None:
    found = dates(UK7, fixed(4, 0, 1, 3, 8), 8)
    assert (found.due, found.day, found.earliest) == (on(9), on(9), on(9))
    early = dates(UK7, fixed(5, 0, 1, 3, 6, 9), 9)
    assert (early.due, early.earliest) == (on(14), on(13))
    assert dates(UK7, fixed(7, 21), 21).due == on(21)


def test_the_window_counts_its_first_day() -> None:
    found = dates(TENDON, fixed(5, 9), 9)
    assert (found.latest, found.fits) == (on(14), True)
    assert dates(TENDON, fixed(4, 9), 10).fits is True
    assert dates(TENDON, fixed(4, 9), 12).fits is False
    assert dates(TENDON, fixed(3, 9), 10).fits is False
    assert dates(TENDON, fixed(5, 9), 15).fits is False
    assert dates(TENDON, fixed(5, 9), 15).day == on(16)
    last = dates(TENDON, fixed(5, 11), 11)
    assert (last.day, last.fits) == (on(14), True)
    assert dates(TENDON, fixed(4, 9), 9, (14,)).fits is False
    daily = changed(ladder("TENDON-10-DAILY"), "fixed", window_days=10)
    assert dates(daily, fixed(4, 3), 3).fits is True
    assert dates(daily, fixed(5, 4), 4).fits is True
    assert dates(daily, fixed(5, 5), 5).fits is False


def test_a_closure_at_the_end_of_a_window_moves_backward() -> None:
    found = dates(TENDON, fixed(5, 11), 11, (14,))
    assert (found.due, found.day, found.fits) == (on(14), on(13), True)
    nothing = dates(TENDON, fixed(5, 13), 13, (14,))
    assert (nothing.day, nothing.fits) == (on(15), False)


@pytest.mark.parametrize(
    "state",
    [State.ON_HOLD, State.EVALUATION, State.COMPLETED, State.DISCONTINUED],
)
def test_nobody_is_called_while_a_person_has_to_decide(state: State) -> None:
    assert dates_of(STEP, inducing(3, state=state), on(3)) is None


# By the clock


def at(day: dt.date, zone: ZoneInfo, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), zone)


def test_a_visit_is_at_the_same_wall_time_on_both_sides_of_a_change() -> None:
    for day, utc in ((dt.date(2026, 3, 28), 9), (dt.date(2026, 3, 30), 8)):
        found = time_of(STEP, day, clock=NINE, zone=LONDON, last_ended=None)
        assert (found.at.hour, in_utc(found.at).hour, found.moved_days) == (9, utc, 0)


@pytest.mark.parametrize(
    ("zone", "change", "hour", "moved"),
    [
        # Spring: the night is an hour short, autumn an hour long.
        ("Europe/London", dt.date(2026, 3, 29), 13, 1),
        ("Europe/London", dt.date(2026, 3, 29), 12, 0),
        ("Europe/London", dt.date(2026, 10, 25), 14, 0),
        ("Europe/London", dt.date(2026, 10, 25), 15, 1),
        ("Australia/Sydney", dt.date(2026, 10, 4), 13, 1),
        ("Australia/Sydney", dt.date(2026, 10, 4), 12, 0),
        ("Australia/Sydney", dt.date(2026, 4, 5), 14, 0),
        ("Australia/Sydney", dt.date(2026, 4, 5), 15, 1),
        ("Asia/Kolkata", dt.date(2026, 3, 29), 13, 0),
        ("Asia/Kolkata", dt.date(2026, 3, 29), 14, 1),
    ],
)
def test_twenty_hours_are_true_hours(
    zone: str, change: dt.date, hour: int, moved: int
) -> None:
    clinic = ZoneInfo(zone)
    ended = at(change - dt.timedelta(days=1), clinic, hour)
    found = time_of(STEP, change, clock=NINE, zone=clinic, last_ended=ended)
    assert found.moved_days == moved
    assert found.at == at(change + dt.timedelta(days=moved), clinic)


def test_a_visit_that_moves_skips_closed_days() -> None:
    ended = at(on(0), LONDON, 18)
    found = time_of(
        STEP, on(1), clock=NINE, zone=LONDON, last_ended=ended, closures=[on(2)]
    )
    assert (found.at, found.moved_days) == (at(on(3), LONDON), 2)


@given(
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Sydney"]),
    st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 1)),
    st.times(),
    st.integers(0, 5),
    st.times(),
)
def test_the_minimum_gap_is_kept_across_every_change(
    zone: str, ended_on: dt.date, ended: dt.time, after: int, clock: dt.time
) -> None:
    clinic = ZoneInfo(zone)
    last = in_utc(dt.datetime.combine(ended_on, ended, clinic))
    day = ended_on + dt.timedelta(days=after)
    found = time_of(STEP, day, clock=clock, zone=clinic, last_ended=last)
    assert in_utc(found.at) - last >= dt.timedelta(hours=20)
    assert found.at.date() >= day
    if found.moved_days:
        sooner = time_of(STEP, day, clock=clock, zone=clinic, last_ended=None)
        assert in_utc(sooner.at) - last < dt.timedelta(hours=20)


def test_no_day_of_a_full_week_is_early_enough() -> None:
    spec = changed(STEP, "visits", per_week=3, early_days=4)
    full = inducing(3, last_done=on(2), recent=(on(0), on(1), on(2)))
    assert dates(spec, full, 2).earliest == on(7)
    spare = changed(spec, "visits", per_week=4)
    assert dates(spare, full, 2).earliest == on(3)
