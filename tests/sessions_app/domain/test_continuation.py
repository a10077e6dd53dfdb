"""The rest of an interrupted treatment: never more than was prescribed."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.programme import planned
from sessions_app.domain.continuation import Interrupted, rest_of, spec_of_rest
from sessions_app.domain.limits import Cumulative
from sessions_app.domain.planning import PlanRefused, plan
from sessions_app.domain.protocol import Continuation, Continue
from tests.sessions_app.domain.circumstances import NC, request
from tests.sessions_app.domain.specs import MINUTE_MS, PALM, SWEAT, TENDON

DAY = dt.date(2026, 11, 22)
NEXT = Continuation(Continue.NEXT_VISIT, None, 2)


def stopped(upper_nc: int, flow_ms: int = 0, **changes: Any) -> Interrupted:
    return replace(Interrupted(upper_nc, flow_ms, DAY, MINUTE_MS), **changes)


def test_the_rest_of_a_dose_counts_from_the_upper_bound() -> None:
    rest = rest_of(TENDON, stopped(15 * NC), DAY)
    assert (rest.allowed, rest.remaining_nc, rest.remaining_ms) == (True, 25 * NC, None)
    assert (rest.earliest, rest.why) == (DAY, "within 30:00 min of the interruption")
    assert spec_of_rest(TENDON, rest).course.dose_nc == 25 * NC


def test_the_rest_of_a_time_is_what_its_charge_still_allows() -> None:
    # 5 of 20 min flowed; at the ceiling of 15 mA they may have given 75 mA·min.
    rest = rest_of(PALM, stopped(75 * NC, 5 * MINUTE_MS), DAY)
    assert (rest.remaining_ms, rest.remaining_nc) == (15 * MINUTE_MS, 225 * NC)
    low = rest_of(PALM, stopped(25 * NC, 5 * MINUTE_MS), DAY)
    assert (low.remaining_ms, low.remaining_nc) == (15 * MINUTE_MS, 225 * NC)
    # More charge than that time can hold: the charge decides.
    high = rest_of(PALM, stopped(150 * NC, 5 * MINUTE_MS), DAY)
    assert (high.remaining_ms, high.remaining_nc) == (10 * MINUTE_MS, 150 * NC)


def test_the_rest_keeps_the_spare_flow_time_as_it_was() -> None:
    spare = replace(PALM.course, max_flow_ms=PALM.course.flow_ms + 7)
    spec = replace(PALM, course=spare)
    course = spec_of_rest(spec, rest_of(spec, stopped(0, 5 * MINUTE_MS), DAY)).course
    assert (course.flow_ms, course.max_flow_ms) == (15 * MINUTE_MS, 15 * MINUTE_MS + 7)


@pytest.mark.parametrize(
    ("ago_ms", "days", "allowed", "earliest"),
    [
        (30 * MINUTE_MS, 0, True, DAY),
        (30 * MINUTE_MS + 1, 0, False, None),
        (MINUTE_MS, 1, False, None),
    ],
)
def test_within_the_visit_means_minutes_of_the_same_day(
    ago_ms: int, days: int, allowed: bool, earliest: dt.date | None
) -> None:
    done = stopped(15 * NC, ended_ago_ms=ago_ms)
    rest = rest_of(TENDON, done, DAY + dt.timedelta(days=days))
    assert (rest.allowed, rest.earliest) == (allowed, earliest)
    if not allowed:
        with pytest.raises(ValueError, match="LE-DEX40: the rest may not be given: wi"):
            spec_of_rest(TENDON, rest)


def test_without_its_minutes_a_visit_allows_nothing_later() -> None:
    rule = Continuation(Continue.SAME_VISIT, None, None)
    spec = replace(TENDON, continuation=rule)
    assert not rest_of(spec, stopped(15 * NC), DAY).allowed
    assert not rest_of(spec, stopped(15 * NC, ended_ago_ms=1), DAY).allowed
    assert rest_of(spec, stopped(15 * NC, ended_ago_ms=0), DAY).allowed


@pytest.mark.parametrize(
    ("days", "allowed", "earliest"), [(1, False, 2), (2, True, 2), (5, True, 5)]
)
def test_at_the_next_visit_the_gap_must_have_passed(
    days: int, allowed: bool, earliest: int
) -> None:
    spec = replace(TENDON, continuation=NEXT)
    rest = rest_of(spec, stopped(15 * NC), DAY + dt.timedelta(days=days))
    assert (rest.allowed, rest.earliest) == (
        allowed,
        DAY + dt.timedelta(days=earliest),
    )
    assert rest.why == "at the next visit, from 24-Nov-2026 on"
    assert (rest.remaining_nc, rest.remaining_ms) == (25 * NC, None)


def test_the_gap_of_the_schedule_holds_when_the_rule_has_none() -> None:
    schedule = replace(TENDON.schedule, min_gap_days=7)
    rule = Continuation(Continue.NEXT_VISIT, None, None)
    spec = replace(TENDON, continuation=rule, schedule=schedule)
    assert rest_of(spec, stopped(0), DAY).earliest == DAY + dt.timedelta(days=7)
    today = replace(spec, continuation=replace(rule, min_gap_days=0))
    assert rest_of(today, stopped(0), DAY).allowed


@pytest.mark.parametrize(
    ("spec", "changes", "why"),
    [
        (TENDON, {"harmed": True}, "never after harm: have the prescription revised"),
        (
            TENDON,
            {"wrong_drug": True},
            "never after a wrong drug: have the prescription revised",
        ),
        (SWEAT, {}, "SWEAT-CF is given whole or not at all"),
        (
            replace(SWEAT, continuation=NEXT),
            {},
            "SWEAT-CF is given whole or not at all",
        ),
        (
            replace(TENDON, continuation=SWEAT.continuation),
            {},
            "LE-DEX40 is given whole or not at all",
        ),
        (
            TENDON,
            {"counted_complete": True},
            "complete within its tolerance: nothing is left to give",
        ),
    ],
)
def test_what_is_never_continued(spec: Any, changes: Any, why: str) -> None:
    rest = rest_of(spec, stopped(0, **changes), DAY)
    assert (rest.allowed, rest.earliest, rest.why) == (False, None, why)


def test_harm_ends_a_treatment_for_good() -> None:
    assert not rest_of(TENDON, stopped(0, harmed=True), DAY).allowed
    assert rest_of(TENDON, stopped(0), DAY).allowed


def test_less_than_its_ramps_is_not_worth_a_run() -> None:
    # Two ramps of 30 s at 4 mA take 2 mA·min.
    rest = rest_of(TENDON, stopped(38 * NC), DAY)
    assert (rest.allowed, rest.remaining_nc) == (False, 2 * NC)
    assert rest.why == "2.00 mA·min left, its ramps alone take 2.00"
    assert rest_of(TENDON, stopped(38 * NC - 1), DAY).allowed


def test_less_time_than_the_end_ramp_is_not_worth_a_run() -> None:
    almost = 20 * MINUTE_MS - 15_000
    rest = rest_of(PALM, stopped(0, almost), DAY)
    assert (rest.allowed, rest.why) == (
        False,
        "0:15 min left: not longer than the end ramp",
    )
    assert rest_of(PALM, stopped(0, almost - 1), DAY).allowed


def test_what_was_overrun_leaves_nothing() -> None:
    over = rest_of(TENDON, stopped(41 * NC), DAY)
    assert (over.allowed, over.remaining_nc) == (False, 0)
    late = rest_of(PALM, stopped(0, 21 * MINUTE_MS), DAY)
    assert (late.remaining_ms, late.remaining_nc) == (0, 0)
    much = rest_of(PALM, stopped(301 * NC), DAY)
    assert (much.remaining_ms, much.remaining_nc) == (0, 0)


@given(st.sampled_from([PALM, TENDON]), st.integers(0, 320 * NC), st.integers(0, 1_300))
def test_no_rest_ever_passes_the_prescription(
    spec: Any, upper: int, flow_s: int
) -> None:
    whole = spec.course.dose_nc or spec.currents.max_ua * spec.course.flow_ms
    rest = rest_of(spec, stopped(upper, flow_s * 1_000), DAY)
    assert 0 <= rest.remaining_nc <= max(whole - upper, 0)
    if not rest.allowed:
        return
    given_before = Cumulative(whole, upper, "this session")
    asked = request(
        spec.code, spec=spec_of_rest(spec, rest), cumulative=(given_before,)
    )
    try:
        made = plan(asked)
    except PlanRefused:
        return  # too short for such a programme: refused, not stretched
    assert upper + planned(made.programme).charge_nc <= whole + 4_000
    assert upper + made.ceiling_nc <= whole
