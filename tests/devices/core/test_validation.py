"""Every rule that a programme must keep, each broken alone."""

from dataclasses import replace
from typing import Any

import pytest

from devices.core.parts import Basis, ProgrammeError, Pulse
from devices.core.profile import CurrentSemantics
from devices.core.validation import validate
from tests.devices.core.examples import (
    DRUG,
    EXAMPLES,
    PROFILE,
    PULSED,
    SWEAT,
    TAP_WATER,
    changed,
)

BROKEN: list[tuple[str, Any, str, Any, str]] = [
    ("pulse without pulsed", TAP_WATER, "pulse", Pulse(10, 500), "pulsed waveform"),
    ("pulsed without pulse", PULSED, "pulse", None, "pulsed waveform"),
    ("duty over 1000", PULSED, "pulse", Pulse(10, 1001), "duty 1001"),
    ("duty zero", PULSED, "pulse", Pulse(10, 0), "duty 0"),
    ("no frequency", PULSED, "pulse", Pulse(0, 500), "frequency 0"),
    ("polarity zero", TAP_WATER, "first_polarity", 0, "neither 1 nor -1"),
    ("reversal of a drug", DRUG, "reversal", True, "time basis only"),
    ("no second half", TAP_WATER, "end_ramp_ms", 600_000, "no second half"),
    ("target above ceiling", TAP_WATER, "target_ua", 15_001, "15.001 mA is outside"),
    ("target below floor", DRUG, "target_ua", 499, "0.499 mA is outside"),
    ("start above ceiling", TAP_WATER, "window.start_ua", 15_001, "start 15.001"),
    ("start below zero", TAP_WATER, "window.start_ua", -1, "start -0.001"),
    ("fixed, other start", SWEAT, "window.start_ua", 1_000, "starts at 1.0 mA"),
    ("no step", TAP_WATER, "window.max_step_up_ua", 0, "never raise"),
    ("negative dwell", TAP_WATER, "window.min_dwell_ms", -1, "dwell -1"),
    ("no slope", TAP_WATER, "window.slope_ua_per_s", 0, "slope 0"),
    ("flow floor over target", TAP_WATER, "flow_floor_ua", 10_001, "never count"),
    ("no ramp up", TAP_WATER, "ramp_up_ms", 0, "ramp_up 0"),
    ("no end ramp", TAP_WATER, "end_ramp_ms", 0, "end_ramp 0"),
    ("no stop ramp", TAP_WATER, "stop_ramp_ms", 0, "stop_ramp 0"),
    ("slow stop ramp", TAP_WATER, "stop_ramp_ms", 3_001, "1 to 3000"),
    ("no flow time", SWEAT, "flow_ms", 0, "does not hold its end ramp"),
    ("flow over its limit", SWEAT, "flow_ms", 300_001, "over its limit"),
    ("no flow limit", DRUG, "max_flow_ms", 0, "over its limit"),
    ("wall under flow", DRUG, "max_wall_ms", 1_499_999, "under the flow limit"),
    ("no dose", TAP_WATER, "dose_nc", 0, "dose 0.0000"),
    ("mean too tight", TAP_WATER, "envelope.max_mean_ua", 14_999, "max_mean_ua"),
    ("mean too loose", TAP_WATER, "envelope.max_mean_ua", 16_701, "max_mean_ua"),
    ("peak too tight", PULSED, "envelope.max_peak_ua", 29_999, "max_peak_ua"),
    ("rms too loose", PULSED, "envelope.max_rms_ua", 30_000, "max_rms_ua"),
    ("charge under dose", DRUG, "envelope.max_charge_nc", 2_399_999_999, "under the"),
    ("charge never trips", DRUG, "envelope.max_charge_nc", 10**12, "never trip"),
    ("bridge over dry", DRUG, "contact.bridge_ohm", 50_000, "must rise"),
    ("lead off at once", DRUG, "contact.lead_off_permille", 1000, "lead_off 1000"),
    ("no jump", DRUG, "contact.jump_permille", 0, "above 0"),
    ("short watchdog", DRUG, "watchdog_ms", 7_999, "watchdog 7999"),
    ("long watchdog", DRUG, "watchdog_ms", 8_001, "watchdog 8001"),
    ("no samples", DRUG, "sample_hz", 0, "0 samples"),
    ("too many samples", DRUG, "sample_hz", 11, "11 samples"),
    ("negative hold", DRUG, "holds.max_hold_ms", -1, "below 0"),
    ("no voltage", DRUG, "envelope.max_voltage_mv", 0, "envelope 0 mV"),
    ("voltage over device", DRUG, "envelope.max_voltage_mv", 60_001, "60001 mV"),
    ("hold over device", DRUG, "holds.max_hold_ms", 600_001, "pause limit"),
    ("ramps over dose", DRUG, "dose_nc", 14_999_999, "nothing is left"),
    ("dose out of reach", DRUG, "max_flow_ms", 300_000, "not reached"),
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_whole_programme_passes(name: str) -> None:
    validate(EXAMPLES[name], PROFILE)


@pytest.mark.parametrize(
    ("programme", "path", "value", "text"),
    [pytest.param(*row[1:], id=row[0]) for row in BROKEN],
)
def test_each_broken_rule_is_refused_with_its_number(
    programme: Any, path: str, value: Any, text: str
) -> None:
    with pytest.raises(ProgrammeError, match=text):
        validate(changed(programme, path, value), PROFILE)


def test_a_stop_ramp_takes_three_seconds_at_most() -> None:
    validate(replace(TAP_WATER, stop_ramp_ms=3_000), PROFILE)
    with pytest.raises(ProgrammeError, match="stop_ramp 3001"):
        validate(replace(TAP_WATER, stop_ramp_ms=3_001), PROFILE)


def test_wall_time_that_exactly_fills_the_buffer_passes() -> None:
    validate(TAP_WATER, PROFILE, buffer_samples=14_400)
    with pytest.raises(ProgrammeError, match="14400 samples"):
        validate(TAP_WATER, PROFILE, buffer_samples=14_399)


def test_default_buffer_is_four_hours_at_ten_hertz() -> None:
    four_hours = replace(TAP_WATER, max_wall_ms=4 * 3_600_000, sample_hz=10)
    validate(four_hours, PROFILE)
    with pytest.raises(ProgrammeError, match="shorten the wall time"):
        validate(replace(four_hours, max_wall_ms=4 * 3_600_000 + 1), PROFILE)


def test_ceiling_is_held_against_what_the_device_limits() -> None:
    by_peak = replace(PROFILE, current_semantics=CurrentSemantics.PEAK)
    validate(PULSED, by_peak)
    with pytest.raises(ProgrammeError, match=r"30\.0 mA peak"):
        validate(PULSED, replace(by_peak, max_current_ua=29_999))
    by_rms = replace(
        PROFILE, current_semantics=CurrentSemantics.RMS, max_current_ua=21_212
    )
    with pytest.raises(ProgrammeError, match=r"21\.213 mA rms"):
        validate(PULSED, by_rms)


def test_a_device_that_cannot_resume_has_no_pause_limit() -> None:
    validate(DRUG, replace(PROFILE, resume_allowed=False, max_pause_ms=0))


def test_ramps_that_fill_the_dose_exactly_pass() -> None:
    ramps_only = replace(DRUG, dose_nc=15_000_000, target_ua=500)
    validate(ramps_only, PROFILE)


def test_basis_charge_needs_no_flow_time() -> None:
    assert DRUG.flow_ms == 0
    with pytest.raises(ProgrammeError):
        validate(replace(DRUG, basis=Basis.TIME), PROFILE)
