"""Impedance and contact classes at their thresholds."""

from typing import Any

import pytest

from devices.core.contact import change, classify, loop_ohm, skin_ohm

LIMITS = {
    "lead_off_permille": 100,
    "lead_off_ohm": 100_000,
    "dry_ohm": 50_000,
    "bridge_ohm": 500,
}


@pytest.mark.parametrize(
    ("voltage", "current", "loop"),
    [
        (22_008, 2_100, 10_480),
        (-8_500, 4_500, 1_888),
        (8_500, -4_500, 1_888),
        (8_500, 0, None),
        (8_500, None, None),
        (None, 4_500, None),
        (0, 4_500, 0),
    ],
)
def test_impedance_is_null_without_current_or_reading(
    voltage: int | None, current: int | None, loop: int | None
) -> None:
    assert loop_ohm(voltage, current) == loop
    assert skin_ohm(voltage, current, 0) == loop


def test_skin_is_the_loop_less_the_series_resistor() -> None:
    assert skin_ohm(22_008, 2_100, 2_200) == 8_280
    assert skin_ohm(1_000, 1_000, 2_200) == -1_200


@pytest.mark.parametrize(
    ("ohm", "set_ua", "measured_ua", "expected"),
    [
        (8_000, 4_000, 4_000, "OK"),
        (8_000, 4_000, 400, "OK"),
        (8_000, 4_000, 399, "LEAD_OFF"),
        (8_000, -4_000, -400, "OK"),
        (8_000, 0, 0, "OK"),
        (None, 4_000, 4_000, "LEAD_OFF"),
        (100_000, 4_000, 4_000, "DRY_PAD"),
        (100_001, 4_000, 4_000, "LEAD_OFF"),
        (50_000, 4_000, 4_000, "OK"),
        (50_001, 4_000, 4_000, "DRY_PAD"),
        (500, 4_000, 4_000, "OK"),
        (499, 4_000, 4_000, "BRIDGE"),
        (499, 4_000, 399, "LEAD_OFF"),
    ],
)
def test_a_threshold_itself_still_passes(
    ohm: int | None, set_ua: int, measured_ua: int, expected: str
) -> None:
    assert classify(ohm, set_ua, measured_ua, **LIMITS) == expected


@pytest.mark.parametrize(
    ("before", "after", "dt", "expected"),
    [
        (8_000, 12_800, 2_000, "OK"),
        (8_000, 12_801, 2_000, "JUMP"),
        (8_000, 12_801, 2_001, "OK"),
        (8_000, 4_000, 2_000, "OK"),
        (8_000, 3_999, 2_000, "DROP"),
        (8_000, 0, 2_001, "OK"),
    ],
)
def test_change_is_told_beyond_its_threshold_within_the_window(
    before: int, after: int, dt: int, expected: str
) -> None:
    limits: dict[str, Any] = {
        "window_ms": 2_000,
        "jump_permille": 600,
        "drop_permille": 500,
    }
    assert change(before, after, dt, **limits) == expected
