"""Today's window of current: what raises it, what holds it, what begins it anew."""

from dataclasses import replace
from typing import Any

import pytest

from sessions_app.domain.course.current import (
    CurrentRule,
    LastRun,
    Levels,
    SetUp,
    Today,
    Window,
    levels_of,
    propose_current,
    window_of,
)
from tests.sessions_app.domain.course.scene import STEP, changed, on
from tests.sessions_app.domain.specs import PALM

SET_UP = SetUp("palm-left", "tray", "dc", "simulated", "reversed at half")
LAST = LastRun(on(0), 6_000, SET_UP)
TODAY = Today(on(2), SET_UP)
LEVELS = Levels(
    start_ua=1_000,
    floor_ua=500,
    target_ua=10_000,
    max_ua=15_000,
    step_ua=1_000,
    limit_ua=12_000,
    limit_text="cathode 60 cm² × 0.2 mA/cm²",
)


def window(last: LastRun | None = LAST, today: Today = TODAY, **levels: Any) -> Window:
    return window_of(STEP.current, replace(LEVELS, **levels), last, today)


def test_what_was_tolerated_and_one_step() -> None:
    found = window()
    assert found == Window(
        rule=CurrentRule.RAISE,
        start_ua=1_000,
        floor_ua=500,
        ceiling_ua=7_000,
        last_ua=6_000,
        why="6.0 mA on 02-Mar-2026, one step of 1.0 mA more",
    )


def test_a_run_begins_at_the_start_of_its_protocol_whatever_was_tolerated() -> None:
    for last in (None, LAST, replace(LAST, tolerated_ua=15_000)):
        assert window(last).start_ua == 1_000


def test_a_first_run_goes_up_to_the_target() -> None:
    found = window(None)
    assert (found.rule, found.ceiling_ua, found.last_ua) == ("first", 10_000, None)
    assert found.why == "first run at this place"


@pytest.mark.parametrize(
    ("tolerated", "limit", "ceiling", "why"),
    [
        (11_000, 12_000, 12_000, ""),
        (11_500, 12_000, 12_000, "; 12.0 mA at most: cathode 60 cm² × 0.2 mA/cm²"),
        (14_500, 20_000, 15_000, "; 15.0 mA at most: protocol"),
        (15_000, 15_000, 15_000, "; 15.0 mA at most: cathode 60 cm² × 0.2 mA/cm²"),
    ],
)
def test_no_step_leads_over_a_limit(
    tolerated: int, limit: int, ceiling: int, why: str
) -> None:
    found = window(replace(LAST, tolerated_ua=tolerated), limit_ua=limit)
    assert found.ceiling_ua == ceiling
    assert found.rule == ("at_limit" if why else "raise")
    assert found.why.endswith(f"one step of 1.0 mA more{why}")


def test_another_rule_keeps_its_name_at_a_limit() -> None:
    found = window(None, limit_ua=8_000)
    assert (found.rule, found.ceiling_ua) == ("first", 8_000)
    assert found.why == (
        "first run at this place; 8.0 mA at most: cathode 60 cm² × 0.2 mA/cm²"
    )


@pytest.mark.parametrize(
    ("last", "today", "rule", "why"),
    [
        ({}, {"day": on(14)}, "raise", "6.0 mA on 02-Mar-2026, one step"),
        ({}, {"day": on(15)}, "anew_rest", "15 days since the last run: anew"),
        ({"harm": 1}, {}, "anew_harm", "harm of grade 1 last time: anew"),
        ({"pain": 3}, {}, "raise", "6.0 mA"),
        ({"pain": 4}, {}, "anew_pain", "pain 4 of 10 last time: anew."),
        ({"pain": 9, "harm": 2}, {}, "anew_harm", "harm of grade 2"),
        ({}, {"dryness": 1}, "raise", "6.0 mA"),
        (
            {},
            {"dryness": 2},
            "hold_dry",
            "6.0 mA on 02-Mar-2026; dryness of grade 2: no step up.",
        ),
        (
            {"at_compliance": True},
            {},
            "hold_compliance",
            "6.0 mA on 02-Mar-2026, all that the stimulator could drive: no step up.",
        ),
        ({"pain": 4}, {"dryness": 2}, "anew_pain", "pain 4"),
        ({"at_compliance": True}, {"dryness": 2}, "hold_dry", "6.0 mA"),
    ],
)
def test_what_stands_against_a_step(
    last: dict[str, Any], today: dict[str, Any], rule: str, why: str
) -> None:
    found = window(replace(LAST, **last), replace(TODAY, **today))
    assert found.rule == rule
    assert f"{found.why}.".startswith(why)
    assert found.ceiling_ua == (7_000 if rule == "raise" else 6_000)
    assert found.last_ua == 6_000


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("place", "place"),
        ("electrode", "electrode"),
        ("waveform", "waveform"),
        ("device_kind", "kind of stimulator"),
        ("polarity_rule", "polarity rule"),
    ],
)
def test_anything_new_begins_anew(field: str, named: str) -> None:
    new = replace(TODAY, set_up=replace(SET_UP, **{field: "another"}))
    found = window(today=new)
    assert (found.rule, found.why) == ("anew_change", f"new {named}: anew")


def test_all_that_is_new_is_named() -> None:
    new = replace(SET_UP, electrode="pad", waveform="pulsed")
    assert window(today=Today(on(2), new)).why == "new electrode, waveform: anew"


def test_anew_is_never_over_the_target() -> None:
    high = replace(LAST, tolerated_ua=12_000, harm=1)
    assert window(high).ceiling_ua == 10_000


def test_one_fixed_current_is_that_one() -> None:
    found = window(floor_ua=4_000, max_ua=4_000, start_ua=4_000, target_ua=4_000)
    assert (found.rule, found.ceiling_ua) == ("fixed", 4_000)
    assert found.why == "the protocol has one current"


def test_the_window_is_never_below_its_start() -> None:
    low = replace(LAST, tolerated_ua=200, harm=1)
    assert window(low).ceiling_ua == 1_000
    assert window(low, start_ua=0).ceiling_ua == 500


@pytest.mark.parametrize(("limit", "start"), [(999, 1_000), (499, 0)])
def test_a_limit_below_the_start_refuses(limit: int, start: int) -> None:
    with pytest.raises(ValueError, match="allowed") as refused:
        window(limit_ua=limit, start_ua=start)
    least = "1.0" if start else "0.5"
    shown = "0.999" if start else "0.499"
    assert str(refused.value) == (
        f"{shown} mA allowed (cathode 60 cm² × 0.2 mA/cm²), the protocol begins at"
        f" {least} mA. Have the order revised."
    )


def test_a_limit_at_the_start_is_enough() -> None:
    assert window(limit_ua=1_000).ceiling_ua == 1_000


def test_thresholds_are_of_the_ladder() -> None:
    spec = changed(STEP, "current", rest_days=1, pain=9)
    assert window_of(spec.current, LEVELS, LAST, TODAY).rule == "anew_rest"
    sensitive = changed(STEP, "current", pain=1, harm_grade=1, dry_grade=1).current
    assert window_of(sensitive, LEVELS, LAST, TODAY).rule == "raise"
    pained = replace(LAST, pain=4)
    assert window_of(spec.current, LEVELS, pained, Today(on(1), SET_UP)).rule == "raise"


def test_levels_are_those_of_the_protocol_and_of_today() -> None:
    found = levels_of(PALM.currents, 9_000, "age")
    assert found == Levels(0, 0, 10_000, 15_000, 1_000, 9_000, "age")


def test_the_proposal_carries_what_it_rests_on() -> None:
    found = propose_current(STEP, LEVELS, None, TODAY)
    assert (found.kind, found.rule, found.rules) == ("current", "first", ("first",))
    assert (found.ladder, found.ladder_version, found.engine) == ("HH-STEP", 1, "1")
    assert found.result == {
        "rule": "first",
        "start_ua": 1_000,
        "floor_ua": 500,
        "ceiling_ua": 10_000,
        "last_ua": None,
        "why": "first run at this place",
    }
    assert found.why == "first run at this place"
    assert found.inputs["last"] is None
    assert found.inputs["today"]["day"] == "2026-03-04"
    assert found.inputs["levels"]["limit_ua"] == 12_000
