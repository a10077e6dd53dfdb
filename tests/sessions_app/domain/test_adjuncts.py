"""Figures of a step beside the current: each asked for, each within its limits."""

import pytest

from sessions_app.domain.adjuncts import (
    AdjunctError,
    asked_of,
    check_done,
    check_skipped,
    is_before,
)
from sessions_app.domain.protocol import Adjunct

SOUND = Adjunct("ultrasound", "After each session.", 800, 1000, None, 5)
TAPE = Adjunct("low-Dye tape", "Foot taped.", None, None, None, None)
GIVEN = {"mw_cm2": 800, "khz": 1000, "duty_permille": 1000, "minutes": 5}


def test_ultrasound_is_asked_for_whole_and_tape_for_nothing() -> None:
    assert [one.name for one in asked_of(SOUND)] == list(GIVEN)
    assert asked_of(TAPE) == ()
    check_done(SOUND, GIVEN, "")
    check_done(TAPE, {}, "")


@pytest.mark.parametrize("missing", GIVEN)
def test_every_figure_is_given_by_a_person(missing: str) -> None:
    rest = {name: number for name, number in GIVEN.items() if name != missing}
    with pytest.raises(AdjunctError, match="type what was used") as refused:
        check_done(SOUND, rest, "")
    assert refused.value.field == missing


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mw_cm2": 3001}, "3.001 W/cm² cannot be; it lies between 0.01 W/cm² and 3"),
        ({"khz": 499}, "0.499 MHz cannot be"),
        ({"duty_permille": 1001}, "100.1 % cannot be"),
        ({"minutes": 0}, "0 min cannot be"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_limits(change, says) -> None:
    with pytest.raises(AdjunctError, match=says) as refused:
        check_done(SOUND, GIVEN | change, "a reason changes nothing")
    assert refused.value.field in change


def test_more_than_the_protocol_says_needs_a_reason_and_equality_does_not() -> None:
    with pytest.raises(
        AdjunctError, match=r"over the protocol's 0\.8 W/cm²"
    ) as refused:
        check_done(SOUND, GIVEN | {"mw_cm2": 801}, "")
    assert refused.value.field == "note"
    check_done(SOUND, GIVEN | {"mw_cm2": 801}, "deep calcification")
    check_done(SOUND, GIVEN | {"mw_cm2": 799}, "")


def test_a_figure_of_another_step_and_a_step_left_out_without_why_are_refused() -> None:
    with pytest.raises(AdjunctError, match="has no minutes"):
        check_done(TAPE, {"minutes": 5}, "")
    with pytest.raises(AdjunctError, match="why it was not done"):
        check_skipped(TAPE, "")
    check_skipped(TAPE, "skin broken")


def test_only_a_protocol_that_says_so_wants_it_before() -> None:
    assert not is_before(SOUND)
    assert is_before(Adjunct("heat", "Before the current.", None, None, None, None))
