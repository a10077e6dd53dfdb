"""A run from kickoff to its end: ramps, flow time, ends, reversal, holds."""

import itertools
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from devices.core.programme import Programme, planned
from devices.core.reading import Phase, Reading
from devices.protocol.errors import ProtocolError
from devices.simulator.skin import ContactFault, Skin
from devices.simulator.therapy import Therapy
from tests.devices.simulator.parts import (
    FIXED,
    HOLDS,
    PULSE,
    TITRATED,
    charge_programme,
    profile,
    time_programme,
)

FLAT = replace(TITRATED, ceiling_ua=2_000)


def therapy(programme: Programme, preset: str = "palms", **changes: Any) -> Therapy:
    rng = Random(3)
    return Therapy(programme, profile(**changes), Skin(preset, 0, rng), rng)


def run_out(subject: Therapy, limit_ms: int = 4_000_000) -> Therapy:
    subject.advance_to(limit_ms)
    assert subject.ended
    return subject


def in_phase(subject: Therapy, phase: Phase) -> list[Reading]:
    return [reading for reading in subject.readings if reading.phase is phase]


def kinds(subject: Therapy) -> list[str]:
    return [kind for _, kind, _ in subject.events if kind != "phase"]


def trapezoid_nc(readings: list[Reading]) -> float:
    pairs = itertools.pairwise(readings)
    return sum(
        (abs(a.mean_ua) + abs(b.mean_ua)) * (b.t_ms - a.t_ms) / 2 for a, b in pairs
    )


# Ends


def test_samples_are_numbered_and_timed_without_holes():
    readings = run_out(therapy(time_programme())).readings
    assert [r.seq for r in readings] == list(range(1, len(readings) + 1))
    assert {b.t_ms - a.t_ms for a, b in itertools.pairwise(readings[:-1])} == {250}
    assert readings[0][:3] == (1, 0, 0)
    assert readings[-1].phase is Phase.ENDED
    assert readings[-1].mean_ua == 0


@pytest.mark.parametrize("hz", [1, 2, 4, 5, 10])
def test_samples_come_at_the_asked_rate(hz):
    readings = run_out(therapy(time_programme(sample_hz=hz))).readings
    assert readings[1].t_ms == 1_000 // hz


@pytest.mark.parametrize(
    "programme",
    [
        time_programme(window=FLAT, target_ua=2_000),
        time_programme(window=FLAT, target_ua=2_000, reversal=True),
        charge_programme(),
        time_programme(window=FLAT, target_ua=2_000, pulse=PULSE),
    ],
)
def test_an_undisturbed_run_gives_the_planned_curve(programme):
    subject = run_out(therapy(programme))
    plan = planned(programme, programme.window.start_ua)
    counter = subject.output.counter
    # One internal step of 50 ms at full current is the device's grain.
    grain = programme.window.start_ua * 100
    assert abs(counter.total_nc - plan.charge_nc) <= grain
    assert abs(counter.positive_nc - plan.positive_nc) <= grain
    assert abs(subject.flow_ms - plan.flow_ms) <= 200
    assert abs(subject.t_ms - plan.wall_ms) <= 300
    assert subject.reason == plan.reason


def test_the_counter_agrees_with_the_samples():
    subject = run_out(therapy(charge_programme(), "pads"))
    told = trapezoid_nc(subject.readings)
    assert told == pytest.approx(subject.output.counter.total_nc, rel=0.005)


def test_a_charge_led_run_ends_at_the_dose_ramps_inside():
    subject = run_out(therapy(charge_programme()))
    assert subject.reason == "dose"
    assert 0 <= subject.output.counter.total_nc - 240_000_000 <= 4_000 * 50


def test_a_current_that_falls_short_still_gets_its_dose():
    weak = therapy(charge_programme(max_flow_ms=200_000), compliance_mv=14_000)
    run_out(weak)
    assert weak.reason == "dose"
    assert min(r.mean_ua for r in in_phase(weak, Phase.PLATEAU)) < 3_900
    assert abs(weak.output.counter.total_nc - 240_000_000) <= 4_000 * 50


def test_flow_time_bounds_a_charge_led_run():
    short = charge_programme(max_flow_ms=30_000, flow_ms=20_000)
    subject = run_out(therapy(short))
    assert subject.reason == "time"
    assert subject.flow_ms <= 30_000


def test_wall_time_bounds_everything_even_nothing():
    window = replace(TITRATED, start_ua=0, floor_ua=0)
    subject = run_out(therapy(time_programme(window=window, max_wall_ms=120_000)))
    assert (subject.reason, subject.flow_ms) == ("time", 0)
    assert subject.t_ms <= 120_000


def test_wall_time_goes_on_in_a_hold():
    subject = therapy(time_programme(max_wall_ms=90_000))
    subject.advance_to(10_000)
    subject.hold("operator")
    run_out(subject)
    assert (subject.reason, subject.t_ms) == ("time", 90_000)


def test_a_run_from_zero_waits_for_the_first_raise():
    subject = therapy(time_programme(window=replace(TITRATED, start_ua=0, floor_ua=0)))
    subject.advance_to(30_000)
    assert (subject.phase, subject.flow_ms) == (Phase.PLATEAU, 0)
    subject.adjust(0, 1_000)
    subject.advance_to(40_000)
    assert subject.flow_ms > 8_000


# Ramps and reversal


def steps(readings: list[Reading]) -> list[int]:
    return [b.set_ua - a.set_ua for a, b in itertools.pairwise(readings)]


def test_the_ramp_up_is_linear():
    subject = run_out(therapy(time_programme()))
    assert set(steps(in_phase(subject, Phase.RAMP_UP))) == {125}


def test_a_stop_ramps_down_within_its_time():
    subject = therapy(time_programme())
    subject.advance_to(10_000)
    subject.stop("operator")
    run_out(subject)
    down = in_phase(subject, Phase.STOPPING)
    assert subject.t_ms == 12_000
    assert set(steps(down)) == {-250}
    assert subject.reason == "operator"


def test_a_stop_in_the_end_ramp_is_faster():
    subject = therapy(time_programme(window=FLAT, target_ua=2_000))
    while subject.phase is not Phase.ENDING:
        subject.step()
    began = subject.t_ms
    subject.stop("patient")
    run_out(subject)
    assert subject.t_ms - began == 2_000
    assert subject.reason == "patient"


def test_a_cut_leaves_no_ramp():
    subject = therapy(time_programme())
    subject.advance_to(10_000)
    subject.cut("operator", why="button held")
    assert subject.ended
    assert subject.readings[-1].mean_ua == 0
    assert subject.readings[-1].t_ms == 10_001


def test_reversal_goes_through_zero_at_half_of_flow():
    subject = run_out(therapy(time_programme(reversal=True, sample_hz=10)))
    turning = in_phase(subject, Phase.REVERSING)
    zero = [r for r in turning if abs(r.mean_ua) < 100]
    assert zero[-1].t_ms - zero[0].t_ms >= 500
    before = [r for r in subject.readings if r.t_ms < turning[0].t_ms]
    after = [r for r in subject.readings if r.t_ms > turning[-1].t_ms]
    assert min(r.set_ua for r in before) >= 0
    assert max(r.set_ua for r in after) <= 0
    counter = subject.output.counter
    assert counter.negative_nc == pytest.approx(counter.positive_nc, rel=0.2)


def test_reversal_starts_with_the_asked_pole():
    subject = run_out(therapy(time_programme(reversal=True, first_polarity=-1)))
    assert in_phase(subject, Phase.RAMP_UP)[-1].set_ua < 0
    assert in_phase(subject, Phase.ENDING)[0].set_ua > 0


def test_pulsed_current_doses_by_mean_and_shows_peak_and_rms():
    subject = run_out(therapy(time_programme(pulse=PULSE)))
    sample = in_phase(subject, Phase.PLATEAU)[-1]
    assert sample.peak_ua == 2 * sample.mean_ua
    assert sample.rms_ua == pytest.approx(sample.mean_ua * 2**0.5, rel=0.01)


def test_what_a_device_does_not_measure_is_null():
    subject = run_out(therapy(time_programme(), reports=["mean"]))
    assert {(r.peak_ua, r.rms_ua, r.voltage_mv) for r in subject.readings} == {
        (None, None, None)
    }


def test_the_same_seed_gives_the_same_samples():
    first, second = (run_out(therapy(time_programme())) for _ in range(2))
    assert first.readings == second.readings


# Adjust


def raised(subject: Therapy, to_ua: int) -> None:
    subject.adjust(subject.level_ua, to_ua)


def test_a_raise_climbs_at_the_slope_and_dwells():
    subject = therapy(time_programme())
    subject.advance_to(5_000)
    raised(subject, 3_000)
    subject.advance_to(5_500)
    assert subject.output.set_ua == 2_500
    with pytest.raises(ProtocolError, match="not reached"):
        raised(subject, 4_000)
    subject.advance_to(10_900)
    with pytest.raises(ProtocolError, match="wait"):
        raised(subject, 4_000)
    subject.advance_to(11_000)
    raised(subject, 4_000)
    assert subject.level_ua == 4_000


@pytest.mark.parametrize(
    ("from_ua", "to_ua", "rule"),
    [
        (1_990, 2_500, "stale"),
        (2_000, 12_001, "window"),
        (2_000, 1_999, "window"),
        (2_000, 3_001, "step"),
    ],
)
def test_a_refused_adjust_changes_nothing(from_ua, to_ua, rule):
    subject = therapy(time_programme())
    subject.advance_to(5_000)
    with pytest.raises(ProtocolError) as caught:
        subject.adjust(from_ua, to_ua)
    assert caught.value.data["rule"] == rule
    subject.advance_to(6_000)
    assert (subject.level_ua, subject.output.set_ua) == (2_000, 2_000)


def test_a_fixed_current_refuses_every_adjust():
    subject = therapy(charge_programme(window=FIXED))
    subject.advance_to(5_000)
    with pytest.raises(ProtocolError, match="fixed"):
        subject.adjust(4_000, 4_000)


def test_no_raise_in_the_ramp_up_but_lowering():
    window = replace(TITRATED, start_ua=4_000)
    subject = therapy(time_programme(window=window))
    subject.advance_to(2_000)
    with pytest.raises(ProtocolError, match="ramp_up"):
        subject.adjust(4_000, 4_500)
    subject.adjust(4_000, 3_000)
    subject.advance_to(3_000)
    assert (subject.phase, subject.output.set_ua) == (Phase.PLATEAU, 3_000)


def test_lowering_below_what_flows_in_the_ramp_up_comes_down():
    window = replace(TITRATED, start_ua=4_000)
    subject = therapy(time_programme(window=window))
    subject.advance_to(3_500)
    subject.adjust(4_000, 2_000)
    subject.advance_to(5_000)
    assert (subject.phase, subject.output.set_ua) == (Phase.PLATEAU, 2_000)


def test_lowering_while_climbing_turns_round():
    subject = therapy(time_programme())
    subject.advance_to(5_000)
    raised(subject, 3_000)
    subject.advance_to(5_500)
    subject.adjust(3_000, 2_200)
    subject.advance_to(5_800)
    assert subject.output.set_ua == 2_200


def test_lowering_in_the_reversal_holds_for_the_second_half():
    window = replace(TITRATED, start_ua=4_000)
    subject = therapy(time_programme(window=window, reversal=True))
    while subject.phase is not Phase.REVERSING:
        subject.step()
    subject.adjust(4_000, 3_000)
    while subject.phase is Phase.REVERSING:
        subject.step()
    assert subject.output.sign * subject.output.set_ua == -3_000


def test_the_knob_stops_at_the_ceiling():
    subject = therapy(time_programme())
    subject.advance_to(5_000)
    subject.knob(50_000)
    assert subject.level_ua == 12_000
    subject.hold("operator")
    subject.knob(3_000)
    assert subject.level_ua == 12_000


# Holds and contact


def test_a_hold_ramps_to_zero_and_flow_stands_still():
    subject = therapy(time_programme())
    subject.advance_to(10_000)
    flow = subject.flow_ms
    subject.hold("operator")
    subject.advance_to(60_000)
    assert (subject.phase, subject.flow_ms) == (Phase.HELD, flow)
    assert set(steps(in_phase(subject, Phase.HOLDING))) == {-250}
    subject.resume(1_500)
    subject.advance_to(64_000)
    assert (subject.phase, subject.output.set_ua) == (Phase.PLATEAU, 1_500)
    assert in_phase(subject, Phase.RAMP_UP)[-1].set_ua < 1_500


def test_a_resume_counts_as_a_raise_for_the_dwell():
    subject = therapy(time_programme())
    subject.advance_to(10_000)
    subject.hold("operator")
    subject.advance_to(20_000)
    subject.resume(2_000)
    subject.advance_to(25_000)
    with pytest.raises(ProtocolError, match="wait"):
        raised(subject, 3_000)


@pytest.mark.parametrize(
    ("cause", "reason"), [("operator", "hold_expired"), ("watchdog", "watchdog")]
)
def test_a_hold_that_lasts_too_long_ends_the_run(cause, reason):
    subject = therapy(time_programme(holds=replace(HOLDS, max_hold_ms=30_000)))
    subject.advance_to(10_000)
    subject.hold(cause, own=cause == "watchdog")
    run_out(subject)
    assert subject.reason == reason
    assert 42_000 <= subject.t_ms <= 42_200


def test_one_hold_too_many_ends_the_run():
    subject = therapy(time_programme(holds=replace(HOLDS, max_holds=1)))
    for at in (10_000, 30_000):
        subject.advance_to(at)
        subject.hold("operator")
        subject.advance_to(at + 5_000)
        if not subject.ended:
            subject.resume(2_000)
    assert subject.reason == "hold_expired"


def broken(on_break: str, **changes: Any) -> Therapy:
    subject = therapy(time_programme(**changes), on_break=on_break)
    subject.advance_to(10_000)
    subject.set_contact(ContactFault.LEAD_OFF)
    subject.advance_to(10_500)
    assert subject.phase is Phase.PLATEAU
    subject.advance_to(10_550)
    assert "lead_off" in kinds(subject)
    return subject


def test_lead_off_pauses_after_half_a_second():
    subject = broken("pause")
    assert (subject.phase, subject.hold_cause) == (Phase.HELD, "lead_off")
    subject.set_contact(None)
    subject.advance_to(20_000)
    assert subject.phase is Phase.HELD
    assert kinds(subject).count("contact") == 1


def test_lead_off_terminates_where_the_profile_says_so():
    subject = broken("terminate")
    assert (subject.ended, subject.reason) == (True, "device_fault")


def test_lead_off_continues_alone_where_the_profile_says_so():
    subject = broken("auto_continue")
    subject.advance_to(15_000)
    assert subject.phase is Phase.HELD
    subject.set_contact(None)
    subject.advance_to(16_000)
    assert subject.phase is Phase.RAMP_UP
    assert next(e for e in subject.events if e[1] == "resumed")[2]["by"] == "device"


def test_one_lead_off_too_many_ends_the_run():
    subject = broken("pause", holds=replace(HOLDS, max_lead_offs=0))
    assert (subject.ended, subject.reason) == (True, "hold_expired")


def test_a_dry_pad_falls_short_of_the_set_current():
    subject = therapy(charge_programme(), "pads")
    subject.advance_to(10_000)
    subject.set_contact(ContactFault.DRY_PAD)
    subject.advance_to(11_000)
    sample = subject.readings[-1]
    assert (sample.set_ua, sample.mean_ua) == (4_000, 1_000)
    assert sample.voltage_mv == pytest.approx(80_000, rel=0.01)


def test_a_bridge_shows_as_hardly_any_voltage():
    subject = therapy(charge_programme(), "pads")
    subject.advance_to(10_000)
    subject.set_contact(ContactFault.BRIDGE)
    subject.advance_to(11_000)
    assert subject.readings[-1].voltage_mv < 1_000


# Envelope


def test_over_current_is_cut():
    subject = therapy(time_programme())
    subject.advance_to(10_000)
    subject.output.stuck_ua = 14_000
    run_out(subject)
    assert (subject.reason, subject.t_ms) == ("envelope", 10_050)
    assert subject.readings[-1].mean_ua == 0


def test_over_charge_is_cut():
    programme = charge_programme()
    tight = replace(programme.envelope, max_charge_nc=100_000_000)
    subject = run_out(therapy(replace(programme, envelope=tight)))
    assert subject.reason == "envelope"
    assert subject.output.counter.total_nc <= 100_000_000 + 4_000 * 250


def test_a_stuck_output_is_never_reported_off():
    subject = therapy(time_programme())
    subject.advance_to(10_000)
    subject.output.stuck_ua = 2_000
    subject.stop("operator")
    subject.advance_to(30_000)
    assert subject.phase is Phase.STOPPING
    assert (subject.readings[-1].set_ua, subject.readings[-1].mean_ua) == (0, 2_000)
    subject.output.stuck_ua = None
    run_out(subject)
    assert subject.reason == "operator"
