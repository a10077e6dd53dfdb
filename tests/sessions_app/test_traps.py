"""Twenty-five ways to be wrong, each shown done right by the product's own code.

The numbers are those of a list of traps that clinics, makers and earlier software
fell into. Traps of charge, of poles and of visits with their rows stand in the
modules beside this one; here are calendars, scales, places and units.
"""

import ast
import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.core.electrics import split_lead
from sessions_app.domain.billing import Strategy, above_edit, attended_min, units
from sessions_app.domain.calendar import (
    DayOffsets,
    EveryDays,
    Weekdays,
    elapsed,
    in_rolling_days,
    series,
    window,
)
from sessions_app.domain.ledger import Caps, Given, cumulative, exposure
from sessions_app.domain.outcomes import (
    MEASURES,
    Absolute,
    Relative,
    Result,
    compare,
    respond,
)
from sessions_app.domain.spacing import Treated, min_gap
from sessions_app.domain.stepdown import Ladder, Place, Stage, next_day

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
UK_SEVEN = DayOffsets((0, 1, 3, 6, 9, 14, 21))
MON_WED_FRI = Weekdays(frozenset({0, 2, 4}))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_all_twenty_five_traps_have_a_test() -> None:
    found = set()
    for path in Path(__file__).parent.glob("test_traps*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                match = re.match(r"test_trap_(\d\d)_", node.name)
                found |= {int(match[1])} if match else set()
    assert found == set(range(1, 26))


def test_trap_19_places_are_counted_each_and_share_a_split_lead_by_impedance() -> None:
    split = split_lead(4_000, [2_000, 6_000], 600_000)
    assert split.branch_ua == (3_000, 1_000)  # halves would say 2 mA each
    left = Treated(day("2026-06-01"), "palm-left")
    right = Treated(day("2026-06-01"), "palm-right")
    plan = {"min_gap_days": 7, "sites_per_day": 2}
    same = min_gap([left], day=left.day, site="palm-left", **plan)
    other = min_gap([left], day=left.day, site="palm-right", **plan)
    third = min_gap([left, right], day=left.day, site="sole-left", **plan)
    assert (same.allowed, other.allowed, third.allowed) == (False, True, False)
    assert third.earliest == day("2026-06-08")


def test_trap_19_a_drug_counts_by_place_and_charge_by_patient() -> None:
    on = day("2026-06-01")
    past = [
        Given("one", on, 40, place="right elbow", drugs=("dexamethasone",)),
        Given("two", on, 30, place="left elbow", drugs=("dexamethasone",)),
    ]
    given = exposure(past, "dexamethasone", place="left elbow", day=on)
    assert given.given == 1
    (cap,) = cumulative(past, Caps(day_nc=100), day=on)
    assert cap.given_nc == 70


def test_trap_20_minutes_are_pooled_attended_and_never_cut_to_the_edit() -> None:
    assert units(Strategy.CMS, {"97033": 20 + 20}).total == 3  # 1 + 1 by place
    # 30 minutes of current, 12 of them with somebody at the chair.
    assert attended_min([(0, 300_000), (1_380_000, 1_800_000)]) == 12
    assert units(Strategy.CMS, {"97033": 22}).total == 1  # 22 / 8 would be 2
    claim = units(Strategy.CMS, {"97033": 75})
    assert (claim.total, above_edit(claim, {"97033": 4})) == (5, {"97033": 4})


def test_trap_21_visits_keep_their_wall_time_and_spans_their_true_length() -> None:
    visits = series(at("2026-03-17T09:00"), LONDON, EveryDays(14), 2)
    assert [visit.hour for visit in visits] == [9, 9]
    assert elapsed(*visits).true_min * 60 == 1_206_000  # 14 × 24 h are 1 209 600
    fold = elapsed(
        at("2026-11-01T01:50").replace(tzinfo=NEW_YORK),
        at("2026-11-01T01:10").replace(tzinfo=NEW_YORK, fold=1),
    )
    assert (fold.wall_min, fold.true_min) == (-40, 20)


def test_trap_22_scales_point_their_own_way_in_their_own_unit() -> None:
    ten = Absolute(Decimal(10))
    up, down = Decimal(52), Decimal(70)
    assert respond(MEASURES["VISA_P"].direction, up, down, ten).responder
    assert not respond(MEASURES["PRTEE"].direction, up, down, ten).responder
    assert not respond(
        MEASURES["HDSS"].direction, Decimal(2), Decimal(4), ten
    ).responder
    before = Result("GRAVIMETRY", "filter paper", Decimal(62), "mg/min")
    after = Result("GRAVIMETRY", "filter paper", Decimal(310), "mg/5 min")
    same = compare(before, after, Relative(500))
    assert (same.improvement, same.responder) == (0, False)


def test_trap_23_days_are_calendar_days_and_a_week_rolls() -> None:
    # Seven calendar days later, at an earlier hour: less than 168 hours.
    treated = [Treated(day("2026-06-01"), "palm-left")]
    seventh = min_gap(treated, 7, 2, day("2026-06-08"), "palm-left")
    assert seventh.allowed
    # Thursday, Saturday, Sunday; then Monday: the fourth within seven days.
    visits = [day("2026-06-04"), day("2026-06-06"), day("2026-06-07")]
    assert in_rolling_days([*visits, day("2026-06-08")], day("2026-06-08"), 7) == 4
    past = [Given(str(one), one, 10) for one in visits]
    (week,) = cumulative(past, Caps(week_nc=100), day=day("2026-06-10"))
    assert week.given_nc == 30  # since Monday it would be none
    (week,) = cumulative(past, Caps(week_nc=100), day=day("2026-06-11"))
    assert week.given_nc == 20
    # Day 1 is the first one, so a window of 15 days ends 14 days after it.
    course = window(
        [day("2026-05-04")],
        next_from=day("2026-05-18"),
        weekdays=MON_WED_FRI,
        remaining=1,
        window_days=15,
    )
    assert (course.window_end, course.fits) == (day("2026-05-18"), True)


@pytest.mark.parametrize(
    ("start", "weekend"), [("2026-10-13", False), ("2026-10-12", True)]
)
def test_trap_23_seven_sessions_avoid_weekends_from_a_tuesday_only(
    start: str, weekend: bool
) -> None:
    visits = series(at(f"{start}T10:30"), LONDON, UK_SEVEN, 7)
    assert any(visit.weekday() > 4 for visit in visits) is weekend


def test_trap_24_the_next_date_counts_from_the_last_session_done() -> None:
    weekly = Ladder((Stage("WEEKLY", EveryDays(7), None),), 3, 28)
    # Due on the 8th, missed, done on the 10th.
    assert next_day(weekly, Place(), day("2026-06-10")) == day("2026-06-17")


def test_trap_24_one_moved_visit_takes_no_other_over_the_window() -> None:
    plan = {"zone": LONDON, "pattern": EveryDays(3), "count": 5}
    free = series(at("2026-06-01T09:00"), **plan)
    moved = series(at("2026-06-01T09:00"), closures=[day("2026-06-04")], **plan)
    assert moved[1].date() == day("2026-06-05")
    assert moved[2:] == free[2:]
    late = window(
        [day("2026-05-04"), day("2026-05-06"), day("2026-05-11"), day("2026-05-13")],
        next_from=day("2026-05-18"),
        weekdays=MON_WED_FRI,
        remaining=2,
        window_days=15,
    )
    assert not late.fits
