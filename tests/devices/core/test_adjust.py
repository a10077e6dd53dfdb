"""Raising, lowering and resuming: who may, and the sentence when not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.adjust import Titration, adjust_allowed, resume_allowed
from devices.core.reading import Phase
from tests.devices.core.examples import DRUG, PROFILE, SWEAT, TAP_WATER, changed

# Window of DRUG: start and floor 0.5, ceiling 4.0, step 0.5 mA, dwell 5 s.
NOW = Titration(Phase.PLATEAU, level_ua=2_000, set_ua=2_000, t_ms=60_000)


def code(now: Titration = NOW, from_ua: int = 2_000, to_ua: int = 2_500) -> str:
    decision = adjust_allowed(DRUG, now, from_ua, to_ua)
    assert decision.allowed is (decision.code == "")
    return decision.code


def test_a_raise_by_one_step_is_allowed() -> None:
    assert code() == ""


def test_a_raise_from_another_level_is_stale() -> None:
    assert code(from_ua=1_500, to_ua=2_000) == "stale"
    decision = adjust_allowed(DRUG, NOW, 1_500, 2_000)
    assert decision.why == "The current is 2.0 mA, not 1.5 mA: look again, then repeat."


@pytest.mark.parametrize(("step_ua", "expected"), [(500, ""), (501, "step")])
def test_a_raise_over_the_step_is_refused(step_ua: int, expected: str) -> None:
    assert code(to_ua=2_000 + step_ua) == expected


def test_the_ceiling_can_be_reached_but_not_passed() -> None:
    near = replace(NOW, level_ua=3_900, set_ua=3_900)
    assert code(near, 3_900, 4_000) == ""
    assert code(near, 3_900, 4_001) == "window"


@pytest.mark.parametrize(("to_ua", "expected"), [(500, ""), (499, "window")])
def test_lowering_reaches_the_lower_of_start_and_floor(
    to_ua: int, expected: str
) -> None:
    assert code(to_ua=to_ua) == expected


def test_start_below_the_floor_can_be_gone_back_to() -> None:
    low_start = changed(DRUG, "window.start_ua", 200)
    assert adjust_allowed(low_start, NOW, 2_000, 200).allowed
    assert not adjust_allowed(low_start, NOW, 2_000, 199).allowed


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not NOW.phase])
def test_no_raise_outside_the_plateau(phase: Phase) -> None:
    assert code(replace(NOW, phase=phase)) == "phase"


@pytest.mark.parametrize("phase", list(Phase))
def test_lowering_is_open_on_the_plateau_and_in_ramps_that_lead_there(
    phase: Phase,
) -> None:
    open_in = (Phase.RAMP_UP, Phase.PLATEAU, Phase.REVERSING)
    expected = "" if phase in open_in else "phase"
    assert code(replace(NOW, phase=phase), to_ua=1_000) == expected


@pytest.mark.parametrize(("waited_ms", "expected"), [(5_000, ""), (4_999, "dwell")])
def test_a_raise_waits_for_the_dwell(waited_ms: int, expected: str) -> None:
    assert code(replace(NOW, raised_at_ms=60_000 - waited_ms)) == expected


def test_a_raise_waits_until_the_last_one_has_arrived() -> None:
    assert code(replace(NOW, set_ua=1_999)) == "dwell"


def test_lowering_never_waits() -> None:
    climbing = replace(NOW, set_ua=1_700, raised_at_ms=60_000, pain=9)
    assert code(climbing, to_ua=1_500) == ""


@pytest.mark.parametrize(("pain", "expected"), [(3, ""), (4, "pain"), (None, "")])
def test_no_raise_after_pain_until_a_lower_score(
    pain: int | None, expected: str
) -> None:
    assert code(replace(NOW, pain=pain)) == expected


def test_a_fixed_current_cannot_move_at_all() -> None:
    fixed = replace(NOW, level_ua=1_500, set_ua=1_500)
    for to_ua in (1_000, 1_500, 2_000):
        assert adjust_allowed(SWEAT, fixed, 1_500, to_ua).code == "fixed"


def test_tap_water_is_raised_from_zero() -> None:
    zero = Titration(Phase.PLATEAU, level_ua=0, set_ua=0, t_ms=15_250)
    assert adjust_allowed(TAP_WATER, zero, 0, 1_000).allowed


@given(
    from_ua=st.integers(0, 5_000),
    to_ua=st.integers(-100, 5_000),
    phase=st.sampled_from(list(Phase)),
    waited_ms=st.integers(0, 10_000),
    pain=st.one_of(st.none(), st.integers(0, 10)),
)
def test_no_allowed_raise_ever_breaks_a_limit(
    from_ua: int, to_ua: int, phase: Phase, waited_ms: int, pain: int | None
) -> None:
    now = Titration(phase, from_ua, from_ua, 60_000, 60_000 - waited_ms, pain)
    if not adjust_allowed(DRUG, now, from_ua, to_ua).allowed:
        return
    assert 500 <= to_ua <= 4_000
    if to_ua > from_ua:
        assert to_ua - from_ua <= 500
        assert phase is Phase.PLATEAU
        assert waited_ms >= 5_000
        assert pain is None or pain < 4


# Resume


def test_resume_goes_to_the_last_level_or_lower() -> None:
    assert resume_allowed(PROFILE, 2_000, 2_000, None).allowed
    assert resume_allowed(PROFILE, 2_000, 0, 3).allowed
    assert resume_allowed(PROFILE, 2_000, 2_001, None).code == "level"
    assert resume_allowed(PROFILE, 2_000, -1, None).code == "level"


@pytest.mark.parametrize(("level_ua", "allowed"), [(1_600, True), (1_601, False)])
def test_resume_after_pain_is_a_fifth_lower(level_ua: int, allowed: bool) -> None:
    decision = resume_allowed(PROFILE, 2_000, level_ua, 4)
    assert decision.allowed is allowed
    if not allowed:
        assert "1.6 mA, the most allowed after pain 4 of 10" in decision.why


def test_a_device_that_cannot_resume_says_so() -> None:
    stubborn = replace(PROFILE, resume_allowed=False)
    assert resume_allowed(stubborn, 2_000, 1_000, None).code == "profile"
