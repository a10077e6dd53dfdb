"""Traps of charge: what was measured, what was not, and what it was worth."""

import datetime as dt
from dataclasses import replace
from random import Random

import pytest

from clinic.quantities import ma_min_text
from devices.core.charge import Accumulator, integrate
from devices.core.contact import (
    ContactChange,
    ContactClass,
    change,
    classify,
    loop_ohm,
    skin_ohm,
)
from devices.core.electrics import compliance, pulsed
from devices.core.parts import Basis, Envelope, ProgrammeError, Pulse
from devices.core.reading import Phase, Reading
from devices.core.validation import validate
from devices.simulator.skin import Skin
from devices.simulator.therapy import Therapy
from sessions_app.domain.completeness import Delivery, Verdict, reconcile
from sessions_app.domain.continuation import Interrupted, rest_of
from sessions_app.domain.dosimetry import rescored, wrong_pole
from sessions_app.domain.poles import IonSign
from tests.devices.core.examples import DRUG, PROFILE
from tests.devices.simulator.parts import charge_programme, profile
from tests.sessions_app.domain.specs import DEXAMETHASONE, TENDON

MA_MIN = 60_000_000
MINUTE_MS = 60_000
GAP_MS = 10_000


def ramped(step_ms: int, ramp_step_ms: int) -> list[tuple[int, int]]:
    """Ten minutes at 4 mA with two ramps of 30 s inside."""
    up = [(t, 4_000 * t // 30_000) for t in range(0, 30_000, ramp_step_ms)]
    down = [(600_000 - t, ua) for t, ua in up]
    flat = [(t, 4_000) for t in range(30_000, 570_001, step_ms)]
    return [*up, *flat, *down]


def read(seq: int, ua: int | None, phase: Phase = Phase.PLATEAU) -> Reading:
    return Reading(seq, seq * 1_000, ua, ua, ua, 20_000, 4_000, phase)


def test_trap_01_dose_is_the_integral_of_measured_current() -> None:
    # Set times timer says 40; both ramps took one off.
    assert integrate(ramped(1_000, 3_000), [], GAP_MS).confirmed_nc == 38 * MA_MIN
    # 4 mA are asked for, 3.2 mA flow.
    weak = Accumulator(GAP_MS)
    weak.add_all(read(seq, 3_200) for seq in range(1, 62))
    assert ma_min_text(weak.charge().confirmed_nc) == "3.2000"


def test_trap_02_denser_samples_in_ramps_change_no_dose() -> None:
    dense = ramped(10_000, 300)
    even = ramped(1_000, 3_000)
    assert integrate(dense, [], GAP_MS) == integrate(even, [], GAP_MS)
    mean_nc = sum(ua for _, ua in dense) * 600_000 // len(dense)
    assert mean_nc < 36 * MA_MIN  # what mean times time would have said


def test_trap_03_nothing_is_integrated_across_a_hold() -> None:
    samples = [(0, 4_000), (60_000, 4_000), (180_000, 4_000), (240_000, 4_000)]
    held = integrate(samples, [(60_000, 180_000)], 120_000)
    assert held.confirmed_nc == held.upper_bound_nc == 8 * MA_MIN
    assert integrate(samples, [], 120_000).confirmed_nc == 16 * MA_MIN


def test_trap_04_a_gap_is_neither_nothing_nor_all() -> None:
    charge = integrate([(0, 3_000), (25_000, 3_000), (145_000, 3_000)], [], 25_000)
    assert ma_min_text(charge.confirmed_nc, 2) == "1.25"
    assert ma_min_text(charge.upper_bound_nc, 2) == "7.25"
    # A current that nobody measured is a gap too, and never zero.
    unseen = Accumulator(GAP_MS, bound_ua=4_000)
    unseen.add_all([read(1, 4_000), read(2, None), read(3, 4_000)])
    assert unseen.charge().confirmed_nc == 0
    assert unseen.charge().upper_bound_nc == 8_000_000


def test_trap_05_a_reversed_run_has_charge_though_its_sum_is_zero() -> None:
    samples = [(0, 10_000), (300_000, 10_000), (301_000, -10_000), (601_000, -10_000)]
    charge = integrate(samples, [], 300_000)
    assert charge.signed_nc == 0
    assert charge.positive_nc == charge.negative_nc == 50 * MA_MIN + 2_500_000
    assert charge.confirmed_nc == charge.positive_nc + charge.negative_nc


@pytest.mark.parametrize(
    ("sign", "right", "wrong"), [(IonSign.CATION, 20, 10), (IonSign.ANION, 10, 20)]
)
def test_trap_09_minutes_on_the_wrong_pole_earn_nothing_and_load_the_skin(
    sign: IonSign, right: int, wrong: int
) -> None:
    samples = [(minute * MINUTE_MS, 2_000) for minute in range(16)]
    swapped = [(0, 5 * MINUTE_MS)]
    credit = wrong_pole(samples, [], MINUTE_MS, sign=sign, swapped=swapped)
    assert credit.therapeutic_nc == right * MA_MIN
    assert credit.wrong_pole_nc == wrong * MA_MIN
    assert credit.skin_nc == 30 * MA_MIN


def test_trap_09_a_swap_found_later_takes_the_credit_back() -> None:
    readings = [read(seq, 4_000) for seq in range(1, 602)]
    (whole,) = rescored(readings, GAP_MS, [DEXAMETHASONE], [])
    (half,) = rescored(readings, GAP_MS, [DEXAMETHASONE], [(1_000, 301_000)])
    assert (whole.therapeutic_nc, whole.wrong_pole_nc) == (40 * MA_MIN, 0)
    assert (half.therapeutic_nc, half.wrong_pole_nc) == (20 * MA_MIN, 20 * MA_MIN)


def test_trap_11_a_rest_of_less_than_one_ramp_is_no_second_run() -> None:
    asked = 40 * MA_MIN
    given = asked - 7 * MA_MIN // 10
    almost = Delivery(Basis.CHARGE, asked, given)
    assert reconcile(almost).verdict is Verdict.COMPLETE
    assert reconcile(replace(almost, delivered_nc=35 * MA_MIN)).verdict == "partial"
    # Whatever the verdict says, a rest that its own ramps would exceed is not given.
    day = dt.date(2026, 6, 1)
    rest = rest_of(TENDON, Interrupted(given, 0, day, 60_000), day)
    assert (rest.allowed, rest.remaining_nc) == (False, 7 * MA_MIN // 10)
    assert "its ramps alone take 2.00" in rest.why
    half = rest_of(TENDON, Interrupted(20 * MA_MIN, 0, day, 60_000), day)
    assert (half.allowed, half.remaining_nc) == (True, 20 * MA_MIN)


def test_trap_12_pulses_dose_by_mean_heat_by_rms_and_show_their_peak() -> None:
    found = pulsed(30_000, 500, 20 * MINUTE_MS)
    assert (found.mean_ua, found.rms_ua) == (15_000, 21_213)
    assert found.charge_nc == 300 * MA_MIN  # the peak would say 600
    envelope = Envelope.around(
        15_000, Pulse(10_000, 500), max_charge_nc=1, max_voltage_mv=60_000
    )
    # 15 mA and 5 % and 0.1 mA above it; peak and rms have their own bounds.
    assert envelope.max_mean_ua < 20_000 < envelope.max_rms_ua < envelope.max_peak_ua
    shown = Accumulator(GAP_MS)
    shown.add_all(
        Reading(seq, seq * 1_000, 15_000, 30_000, 21_213, 20_000, 15_000, Phase.PLATEAU)
        for seq in (1, 2)
    )
    assert shown.charge().confirmed_nc == 15_000 * 1_000


def test_trap_16_a_dry_pad_gives_less_and_time_ends_it() -> None:
    dry = compliance(4_000, 40_000, 12_500, 40 * MA_MIN)
    assert (dry.actual_ua, dry.time_to_dose_ms) == (3_200, 750_000)
    # So little flows that the dose would never be reached.
    programme = charge_programme(max_wall_ms=600_000)
    rng = Random(3)
    run = Therapy(programme, profile(compliance_mv=2_000), Skin("pads", 0, rng), rng)
    run.advance_to(2_000_000)
    assert (run.ended, run.reason) == (True, "time")
    assert run.output.counter.total_nc < programme.dose_nc
    assert run.t_ms <= 600_000
    with pytest.raises(ProgrammeError, match="flow"):
        validate(replace(DRUG, max_flow_ms=0), PROFILE)


def test_trap_17_impedance_is_judged_against_itself_and_null_is_not_zero() -> None:
    assert loop_ohm(8_500, 0) is None
    assert skin_ohm(None, 2_100, 2_200) is None
    assert skin_ohm(22_008, 2_100, 2_200) == 8_280
    limits = {
        "lead_off_permille": 100,
        "lead_off_ohm": 100_000,
        "dry_ohm": 50_000,
        "bridge_ohm": 500,
    }
    # Zero ohm would be a bridge; no reading is a lead that is off.
    assert classify(None, 4_000, 4_000, **limits) is ContactClass.LEAD_OFF
    jump = {"window_ms": 2_000, "jump_permille": 600, "drop_permille": 500}
    assert change(8_000, 13_000, 1_500, **jump) is ContactChange.JUMP
    assert change(30_000, 35_000, 1_500, **jump) is ContactChange.OK
