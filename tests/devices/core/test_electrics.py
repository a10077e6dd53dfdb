"""Density, pulses, compliance and split leads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.electrics import (
    compliance,
    density,
    largest_current_ua,
    pulsed,
    split_lead,
)

PADS: dict[str, Any] = {
    "anode_mm2": 4_000,
    "cathode_mm2": 800,
    "anode_limit_ua_cm2": 1_000,
    "cathode_limit_ua_cm2": 500,
    "reversal": False,
}


@pytest.mark.parametrize(("current_ua", "ok"), [(4_000, True), (4_001, False)])
def test_density_on_the_limit_passes(current_ua: int, ok: bool) -> None:
    found = density(current_ua, **PADS)
    assert (found.ok, found.max_current_ua, found.governing) == (ok, 4_000, "cathode")


def test_the_anode_governs_when_it_allows_less() -> None:
    found = density(4_000, **{**PADS, "anode_mm2": 450, "cathode_mm2": 4_000})
    assert (found.anode_ua_cm2, found.ok, found.governing) == (888, True, "anode")
    assert not density(4_501, **{**PADS, "anode_mm2": 450, "cathode_mm2": 4_000}).ok


def test_with_reversal_both_poles_take_the_smaller_limit() -> None:
    small_anode = {**PADS, "anode_mm2": 600, "cathode_mm2": 900, "reversal": True}
    found = density(3_000, **small_anode)
    assert (found.max_current_ua, found.governing, found.ok) == (3_000, "anode", True)
    assert not density(3_001, **small_anode).ok


def test_on_a_tie_the_cathode_governs() -> None:
    tie = {**PADS, "anode_mm2": 400, "cathode_mm2": 800}
    assert density(1, **tie).governing == "cathode"


def test_a_lifted_pad_multiplies_the_density() -> None:
    pad = {**PADS, "cathode_mm2": 1_330, "contact_permille": 400}
    found = density(4_000, **pad)
    assert (found.cathode_ua_cm2, found.ok, found.max_current_ua) == (751, False, 2_660)


def test_no_contact_is_refused() -> None:
    with pytest.raises(ValueError, match="no contact"):
        density(1, **PADS, contact_permille=0)


@given(st.integers(0, 60_000), st.integers(1, 40_000), st.integers(1, 40_000))
def test_what_density_allows_never_exceeds_a_limit(
    current_ua: int, anode_mm2: int, cathode_mm2: int
) -> None:
    pads = {**PADS, "anode_mm2": anode_mm2, "cathode_mm2": cathode_mm2}
    found = density(current_ua, **pads)
    assert found.ok is (current_ua <= found.max_current_ua)
    if found.ok:
        assert found.anode_ua_cm2 <= 1_000
        assert found.cathode_ua_cm2 <= 500


def test_largest_current_is_floored() -> None:
    assert largest_current_ua(199, 1) == 1
    assert largest_current_ua(1_920, 500) == 9_600


def test_pulses_dose_by_mean_and_heat_by_rms() -> None:
    found = pulsed(24_000, 250, 1_200_000)
    assert (found.mean_ua, found.rms_ua) == (6_000, 12_000)
    assert found.charge_nc == 7_200_000_000


def test_compliance_limits_the_current_and_stretches_the_time() -> None:
    found = compliance(4_000, 80_000, 25_000, 2_400_000_001)
    assert (found.actual_ua, found.max_loop_ohm) == (3_200, 20_000)
    assert found.time_to_dose_ms == 750_001


def test_no_current_never_reaches_a_dose() -> None:
    assert compliance(0, 80_000, 25_000, 1).time_to_dose_ms is None
    assert compliance(0, 80_000, 25_000, 1).max_loop_ohm is None
    assert compliance(4_000, 1, 2_000, 1).time_to_dose_ms is None


def test_a_loop_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0 ohm"):
        compliance(4_000, 80_000, 0, 1)


def test_a_split_lead_shares_by_conductance() -> None:
    found = split_lead(4_000, [6_000, 9_000], 600_000)
    assert found.branch_ua == (2_400, 1_600)
    assert found.branch_charge_nc == (1_440_000_000, 960_000_000)
    assert found.channel_charge_nc == 2_400_000_000


def test_each_branch_is_floored_and_the_channel_is_not() -> None:
    found = split_lead(100, [3, 3, 3], 10)
    assert found.branch_ua == (33, 33, 33)
    assert found.channel_charge_nc == 1_000


@given(
    st.integers(0, 40_000),
    st.lists(st.integers(1, 100_000), min_size=1, max_size=6),
)
def test_branches_never_carry_more_than_the_lead(
    current_ua: int, branches: list[int]
) -> None:
    total = sum(split_lead(current_ua, branches, 1).branch_ua)
    assert current_ua - len(branches) < total <= current_ua


@pytest.mark.parametrize("branches", [[], [0], [5, -1]])
def test_a_branch_of_nothing_is_refused(branches: list[int]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        split_lead(4_000, branches, 1)
