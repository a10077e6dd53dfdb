"""Programmes and profiles that the tests of the cores start from."""

from dataclasses import replace
from typing import Any

from devices.core.parts import (
    Basis,
    Contact,
    Envelope,
    Holds,
    Pulse,
    Waveform,
    Window,
)
from devices.core.profile import ControlMode, CurrentSemantics, OnBreak, Profile
from devices.core.programme import Programme

MINUTE_MS = 60_000
CONTACT = Contact(100, 100_000, 50_000, 500, 600, 500, 2_000)
HOLDS = Holds(max_hold_ms=600_000, max_holds=3, max_lead_offs=3)

PROFILE = Profile(
    on_break=OnBreak.PAUSE,
    resume_allowed=True,
    max_pause_ms=600_000,
    reramp_ms=15_000,
    control_mode=ControlMode.CURRENT,
    reports=("mean", "peak", "rms", "voltage"),
    series_ohm=0,
    scale_permille=1000,
    max_current_ua=30_000,
    compliance_mv=60_000,
    current_semantics=CurrentSemantics.MEAN,
)

TAP_WATER = Programme(
    basis=Basis.TIME,
    waveform=Waveform.DC,
    pulse=None,
    first_polarity=1,
    reversal=True,
    target_ua=10_000,
    flow_floor_ua=1_000,
    flow_ms=20 * MINUTE_MS,
    max_flow_ms=20 * MINUTE_MS,
    max_wall_ms=60 * MINUTE_MS,
    dose_nc=12_000_000_000,
    ramp_up_ms=15_000,
    end_ramp_ms=15_000,
    stop_ramp_ms=2_000,
    window=Window(0, 0, 15_000, 1_000, 5_000, 500),
    envelope=Envelope.around(
        15_000, None, max_charge_nc=18_900_000_000, max_voltage_mv=60_000
    ),
    contact=CONTACT,
    holds=HOLDS,
    watchdog_ms=8_000,
    sample_hz=4,
)

DRUG = replace(
    TAP_WATER,
    basis=Basis.CHARGE,
    reversal=False,
    target_ua=4_000,
    flow_floor_ua=250,
    flow_ms=0,
    max_flow_ms=25 * MINUTE_MS,
    dose_nc=2_400_000_000,
    ramp_up_ms=30_000,
    end_ramp_ms=30_000,
    window=Window(500, 500, 4_000, 500, 5_000, 500),
    envelope=Envelope.around(
        4_000, None, max_charge_nc=2_520_000_000, max_voltage_mv=60_000
    ),
)

SWEAT = replace(
    DRUG,
    basis=Basis.EVENT,
    target_ua=1_500,
    flow_ms=5 * MINUTE_MS,
    max_flow_ms=5 * MINUTE_MS,
    max_wall_ms=20 * MINUTE_MS,
    dose_nc=420_000_000,
    ramp_up_ms=20_000,
    end_ramp_ms=20_000,
    window=Window(1_500, 1_500, 1_500, 0, 0, 500),
    envelope=Envelope.around(
        1_500, None, max_charge_nc=495_000_000, max_voltage_mv=60_000
    ),
)

PULSE = Pulse(frequency_hz=10_000, duty_permille=500)
PULSED = replace(
    TAP_WATER,
    waveform=Waveform.PULSED,
    pulse=PULSE,
    reversal=False,
    envelope=Envelope.around(
        15_000, PULSE, max_charge_nc=18_900_000_000, max_voltage_mv=60_000
    ),
)

EXAMPLES = {
    "tap_water": TAP_WATER,
    "drug": DRUG,
    "sweat": SWEAT,
    "pulsed": PULSED,
}


def changed(programme: Programme, path: str, value: Any) -> Programme:
    """A copy with one field set, for example `window.start_ua`."""
    part, _, name = path.rpartition(".")
    if not part:
        return replace(programme, **{name: value})
    inner = replace(getattr(programme, part), **{name: value})
    return replace(programme, **{part: inner})
