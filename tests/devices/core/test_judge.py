"""The judge: each rule alone, from events to commands."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.core.judge import Judge
from devices.core.profile import ControlMode, Profile
from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from devices.core.signals import (
    ALARMS,
    Alarm,
    Clear,
    DeviceSaid,
    Hold,
    LinkBack,
    LinkSilent,
    Pain,
    Priority,
    RecordingLate,
    ResumeSent,
    Samples,
    Stop,
)
from tests.devices.core.examples import DRUG, PROFILE, PULSED, TAP_WATER, changed
from tests.devices.core.scene import Scene

NO_HOLD = replace(PROFILE, resume_allowed=False)
VOLTAGE = replace(PROFILE, control_mode=ControlMode.VOLTAGE)


def scene(
    programme: Programme = DRUG, profile: Profile = PROFILE, **options: Any
) -> Scene:
    ohm = options.pop("ohm", 8_000)
    return Scene(Judge(programme, profile, **options), ohm=ohm)


# A good run


def test_a_good_run_says_nothing() -> None:
    run = scene().ramp(30_000).flow(120_000).flow(5_000, phase=Phase.ENDING)
    assert run.said == []
    assert run.judge.charge.confirmed_nc > 0
    assert run.judge.outstanding is None


def test_a_reversed_run_says_nothing() -> None:
    run = scene(TAP_WATER, ohm=4_000).flow(5_000, 10_000)
    for level in range(10_000, -10_001, -1_000):
        run.flow(2_000, level, phase=Phase.REVERSING)
    assert run.flow(5_000, -10_000).said == []


# Envelope


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("mean_ua", 4_251, "OVER_CURRENT"),
        ("mean_ua", -4_251, "OVER_CURRENT"),
        ("peak_ua", 4_251, "OVER_PEAK"),
        ("rms_ua", 4_251, "OVER_RMS"),
        ("voltage_mv", 60_001, "OVER_VOLTAGE"),
        ("voltage_mv", -60_001, "OVER_VOLTAGE"),
    ],
)
def test_one_reading_over_the_envelope_stops(field: str, value: int, code: str) -> None:
    run = scene().ramp().sample(**{field: value})
    assert run.stops == ["envelope"]
    assert code in run.alarms
    assert ALARMS[code][0] is Priority.HIGH


def test_a_reading_on_the_envelope_passes() -> None:
    at_limit = {"mean_ua": 4_250, "peak_ua": 4_250, "rms_ua": 4_250}
    run = scene().ramp().sample(set_ua=4_250, voltage_mv=60_000, **at_limit)
    assert run.stops == []


def test_pulses_are_judged_by_peak_and_rms_as_measured() -> None:
    run = scene(PULSED, ohm=4_000).sample(10_000, peak_ua=20_000, rms_ua=14_142)
    assert run.said == []
    run.sample(10_000, peak_ua=31_701, rms_ua=14_142)
    assert run.alarms == ["OVER_PEAK"]


def test_a_late_reading_over_the_envelope_still_stops() -> None:
    run = scene().ramp(1_000)
    over = Reading(9, 2_250, 9_000, 9_000, 9_000, 20_000, 4_000, Phase.PLATEAU)
    run.tell(
        Samples(
            (
                over._replace(
                    seq=11, t_ms=2_750, mean_ua=4_000, peak_ua=4_000, rms_ua=4_000
                ),
            )
        )
    )
    assert run.stops == []
    assert run.tell(Samples((over,))).stops == ["envelope"]


def test_charge_over_the_envelope_stops() -> None:
    tight = changed(DRUG, "envelope.max_charge_nc", 4_000_000)
    run = scene(tight).sample().flow(1_000)
    assert run.stops == []
    assert run.sample().stops == ["envelope"]
    assert "OVER_CHARGE" in run.alarms


def test_charge_that_may_be_over_is_told_until_the_gap_is_filled() -> None:
    tight = changed(DRUG, "envelope.max_charge_nc", 4_000_000)
    run = scene(tight).sample()
    missing = []
    for _ in range(3):
        run.seq, run.t_ms = run.seq + 1, run.t_ms + 250
        missing.append(
            Reading(
                run.seq, run.t_ms, 4_000, 4_000, 4_000, 32_000, 4_000, Phase.PLATEAU
            )
        )
    run.sample()
    assert run.alarms == ["CHARGE_UNPROVEN"]
    run.tell(Samples(tuple(missing)))
    assert run.cleared == ["CHARGE_UNPROVEN"]
    assert run.stops == []


def test_a_voltage_controlled_device_is_judged_by_the_ceiling_itself() -> None:
    over = {"mean_ua": 4_001}
    assert scene(profile=VOLTAGE).ramp(1_000).sample(**over).stops == ["envelope"]
    assert scene().ramp(1_000).sample(**over).stops == []


def test_density_is_judged_on_each_reading() -> None:
    run = scene(profile=VOLTAGE, density_limit_ua=3_000).sample(3_000)
    assert run.stops == []
    assert run.sample(3_001).stops == ["envelope"]
    assert "OVER_DENSITY" in run.alarms


def test_only_one_stop_is_said() -> None:
    run = scene().ramp(1_000).flow(5_000, mean_ua=9_000)
    assert run.stops == ["envelope"]
    assert run.alarms.count("OVER_CURRENT") == 1


# Set against measured


def test_within_one_percent_and_a_fiftieth_of_a_milliampere_follows() -> None:
    assert scene().ramp().flow(10_000, mean_ua=4_060).said == []


def test_overshoot_is_told_and_a_stuck_output_stopped() -> None:
    run = scene().ramp().sample(mean_ua=4_061).sample(mean_ua=4_061)
    assert run.said == []
    assert run.sample(mean_ua=4_061).alarms == ["OVERSHOOT"]
    assert run.flow(1_250, mean_ua=4_061).stops == []
    assert run.sample(mean_ua=4_061).stops == ["device_fault"]


def test_overshoot_that_ends_is_cleared() -> None:
    run = scene().ramp().flow(1_000, mean_ua=4_100).flow(1_000)
    assert (run.cleared, run.stops) == (["OVERSHOOT"], [])


def test_a_current_that_stays_when_nothing_is_set_is_stuck() -> None:
    run = scene().ramp().held(1_000)
    run.flow(2_250, 0, phase=Phase.HELD, mean_ua=4_000)
    assert "STUCK_OUTPUT" in run.alarms
    assert run.stops == ["device_fault"]


def test_the_opposite_pole_follows_nothing() -> None:
    run = scene().ramp().flow(2_500, mean_ua=-4_000)
    assert run.stops == ["device_fault"]


def test_missing_currents_are_told_then_held() -> None:
    run = scene().ramp().flow(3_250, mean_ua=None)
    assert run.said == []
    assert run.sample(mean_ua=None).alarms == ["NO_READING"]
    assert run.flow(6_750, mean_ua=None).holds == ["no_reading"]


def test_a_missing_current_while_held_is_no_alarm() -> None:
    run = scene().ramp().flow(20_000, 0, phase=Phase.HELD, mean_ua=None, voltage_mv=0)
    assert run.said == []


def test_a_run_past_its_wall_time_is_stopped() -> None:
    run = scene(changed(DRUG, "max_wall_ms", 10_000)).ramp(11_000)
    assert run.stops == []
    assert run.ramp(250).stops == ["time"]
    assert "OVERRUN" in run.alarms


# Contact


def test_lead_off_over_half_a_second_holds_and_counts_once() -> None:
    run = scene().ramp().flow(750, mean_ua=300)
    assert run.said == []
    run.sample(mean_ua=300)
    assert (run.alarms, run.holds) == (["LEAD_OFF"], ["lead_off"])
    run.tell(DeviceSaid("lead_off")).flow(2_000, mean_ua=300)
    assert run.holds == ["lead_off"]


def test_lead_off_told_by_the_device_is_not_counted_twice() -> None:
    run = scene().ramp().tell(DeviceSaid("lead_off")).flow(1_000, mean_ua=0)
    assert (run.alarms, run.holds) == (["LEAD_OFF"], ["lead_off"])


def test_contact_that_returns_clears_lead_off() -> None:
    run = scene().ramp().flow(1_000, mean_ua=300).flow(500)
    assert run.cleared == ["LEAD_OFF"]


def test_the_fourth_lead_off_ends_the_run() -> None:
    run = scene(changed(DRUG, "holds.max_holds", 9))
    for _ in range(3):
        run.tell(ResumeSent()).ramp().tell(DeviceSaid("lead_off")).held(1_000)
    assert run.stops == []
    run.tell(ResumeSent()).ramp().tell(DeviceSaid("lead_off"))
    assert run.stops == ["hold_expired"]


def test_a_device_without_pause_is_stopped_instead_of_held() -> None:
    run = scene(profile=NO_HOLD).ramp().flow(1_000, mean_ua=300)
    assert (run.holds, run.stops) == ([], ["device_fault"])


def test_a_high_impedance_is_lead_off_even_while_current_flows() -> None:
    run = scene(ohm=100_002).flow(1_000, 500)
    assert run.holds == ["lead_off"]
    assert scene(ohm=100_000).flow(1_000, 500).said == []


def test_a_dry_pad_is_held_after_the_first_minute() -> None:
    run = scene(ohm=50_001).ramp(1_000, 1_000).flow(59_000, 1_000)
    assert run.said == []
    run.flow(1_250, 1_000)
    assert (run.alarms, run.holds) == (["DRY_PAD"], ["contact"])


def test_a_dry_pad_alarm_stays_while_the_pad_is_dry() -> None:
    run = scene(ohm=50_001).flow(70_000, 1_000)
    assert run.cleared == []


def test_less_than_nine_tenths_for_half_a_minute_is_a_dry_pad() -> None:
    run = scene().ramp().flow(29_750, mean_ua=3_599)
    assert run.said == []
    assert run.flow(500, mean_ua=3_599).holds == ["contact"]
    assert scene().ramp().flow(40_000, mean_ua=3_600).said == []


def test_a_bridge_is_held_at_once() -> None:
    run = scene(ohm=499).flow(1_000)
    assert (run.alarms, run.holds) == (["BRIDGE"], ["contact"])
    assert scene(ohm=500).flow(1_000).said == []


def test_the_series_resistor_is_taken_off() -> None:
    inside = replace(PROFILE, series_ohm=2_200)
    assert scene(profile=inside, ohm=2_699).flow(1_000).alarms == ["BRIDGE"]
    assert scene(profile=inside, ohm=2_700).flow(1_000).said == []


@pytest.mark.parametrize(("ohm", "code"), [(12_801, "JUMP"), (3_999, "DROP")])
def test_a_sudden_change_at_constant_current_is_held(ohm: int, code: str) -> None:
    run = scene().flow(5_000)
    run.ohm = ohm
    run.sample()
    assert (run.alarms, run.holds) == ([code], ["contact"])


@pytest.mark.parametrize("ohm", [12_800, 4_000])
def test_a_change_on_the_threshold_passes(ohm: int) -> None:
    run = scene().flow(5_000)
    run.ohm = ohm
    assert run.flow(5_000).said == []


def test_a_dip_and_return_within_the_window_is_a_jump() -> None:
    run = scene().flow(5_000)
    run.ohm = 4_500
    run.sample()
    run.ohm = 7_500
    assert run.sample().alarms == ["JUMP"]


def test_a_change_of_current_starts_the_comparison_anew() -> None:
    run = scene().flow(5_000, 1_000)
    run.ohm = 3_000
    assert run.flow(5_000, 2_000).said == []


def test_a_slow_change_passes() -> None:
    run = scene()
    for ohm in range(8_000, 3_000, -20):
        run.ohm = ohm
        run.sample()
    assert run.said == []


def test_an_unmeasured_voltage_leaves_lead_off_by_current() -> None:
    quiet = {"voltage_mv": None}
    assert scene().ramp().flow(5_000, **quiet).said == []
    run = scene().ramp().flow(1_000, mean_ua=300, **quiet)
    assert run.holds == ["lead_off"]


def test_contact_is_not_judged_at_a_current_too_small_to_tell() -> None:
    assert scene(ohm=200_000).flow(5_000, 199).said == []


# Holds and resumes


def test_a_device_that_resumes_by_itself_is_told_and_stopped_after_two() -> None:
    run = scene().ramp().held(1_000).ramp()
    assert run.alarms == ["RESUMED_BY_DEVICE"]
    assert run.stops == []
    run.held(1_000).ramp()
    assert run.alarms == ["RESUMED_BY_DEVICE"] * 2
    assert run.stops == ["device_fault"]
    alarm = next(said for said in run.said if isinstance(said, Alarm))
    assert (alarm.priority, alarm.text[:17]) == (Priority.HIGH, "RESUMED BY DEVICE")


def test_a_resume_that_was_sent_is_no_surprise_but_only_once() -> None:
    run = scene().ramp().held(1_000).tell(ResumeSent()).ramp()
    assert run.said == []
    assert run.held(1_000).ramp().alarms == ["RESUMED_BY_DEVICE"]


def test_a_hold_over_its_time_ends_the_run() -> None:
    run = scene().ramp().held(600_250)
    assert run.stops == []
    assert run.held(250).stops == ["hold_expired"]


def test_the_fourth_hold_ends_the_run() -> None:
    run = scene()
    for _ in range(3):
        run.ramp().held(1_000).tell(ResumeSent())
    assert run.stops == []
    assert run.ramp().held(250).stops == ["hold_expired"]


def test_after_a_resume_the_judge_can_hold_again() -> None:
    run = scene().ramp().tell(Pain(5)).held(1_000).tell(Pain(1))
    run.tell(ResumeSent()).ramp().tell(Pain(4))
    assert run.holds == ["pain", "pain"]


# Pain


@pytest.mark.parametrize(
    ("score", "holds", "stops"),
    [
        (0, [], []),
        (3, [], []),
        (4, ["pain"], []),
        (6, ["pain"], []),
        (7, [], ["patient"]),
    ],
)
def test_pain_holds_from_four_and_stops_from_seven(
    score: int, holds: list[str], stops: list[str]
) -> None:
    run = scene().ramp().tell(Pain(score))
    assert (run.holds, run.stops) == (holds, stops)


def test_pain_without_a_way_to_hold_stops_for_the_patient() -> None:
    assert scene(profile=NO_HOLD).ramp().tell(Pain(4)).stops == ["patient"]


def test_pain_while_held_or_ending_asks_for_no_second_hold() -> None:
    assert scene().ramp().held(250).tell(Pain(5)).holds == []
    ending = scene().ramp().flow(500, phase=Phase.ENDING)
    assert ending.tell(Pain(5)).holds == []
    assert ending.tell(Pain(7)).stops == ["patient"]


@pytest.mark.parametrize("score", [-1, 11, True, None])
def test_a_score_that_is_none_is_refused(score: Any) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        scene().tell(Pain(score))
    told = scene().tell(DeviceSaid("pain", {"score": score}))
    assert told.alarms == ["BAD_SAMPLE"]


def test_pain_told_by_the_device_is_pain() -> None:
    assert scene().ramp().tell(DeviceSaid("pain", {"score": 8})).stops == ["patient"]


# Knob


@pytest.mark.parametrize(
    ("to_ua", "holds", "stops"),
    [
        (4_001, [], ["envelope"]),
        (2_500, [], []),
        (3_000, ["knob"], []),
        (1_000, [], []),
    ],
)
def test_the_knob_is_judged_like_an_adjust(
    to_ua: int, holds: list[str], stops: list[str]
) -> None:
    run = scene().ramp(1_000, 2_000).flow(10_000, 2_000)
    run.tell(DeviceSaid("knob", {"from_ua": 2_000, "to_ua": to_ua}))
    assert (run.holds, run.stops) == (holds, stops)


def test_a_raise_by_the_knob_within_the_dwell_is_held() -> None:
    run = scene().ramp(1_000, 2_000).flow(4_500, 2_500)
    run.tell(DeviceSaid("knob", {"from_ua": 2_500, "to_ua": 3_000}))
    assert run.holds == ["knob"]


def test_an_unreadable_knob_is_told() -> None:
    assert scene().tell(DeviceSaid("knob", {"to_ua": "up"})).alarms == ["KNOB"]


# Link and recording


def test_silence_is_low_then_medium_and_clears() -> None:
    run = scene().tell(LinkSilent(3_000))
    assert run.said == []
    run.tell(LinkSilent(3_001)).tell(LinkSilent(5_000)).tell(LinkSilent(8_000))
    assert run.alarms == ["LINK_SILENT"]
    run.tell(LinkSilent(8_001))
    assert run.alarms == ["LINK_SILENT", "LINK_LOST"]
    assert [ALARMS[code][0] for code in run.alarms] == [Priority.LOW, Priority.MEDIUM]
    assert run.tell(LinkBack()).cleared == ["LINK_SILENT", "LINK_LOST"]


def test_silence_alone_never_stops_a_run() -> None:
    assert scene().ramp().tell(LinkSilent(60_000)).stops == []


def test_late_recording_is_told_then_held() -> None:
    run = scene().ramp().tell(RecordingLate(10_000))
    assert run.said == []
    assert run.tell(RecordingLate(10_001)).alarms == ["NOT_RECORDED"]
    assert run.tell(RecordingLate(59_999)).holds == []
    assert run.tell(RecordingLate(60_000)).holds == ["recording"]
    assert run.tell(RecordingLate(0)).cleared == ["NOT_RECORDED"]


# Readings that cannot be


@pytest.mark.parametrize(
    ("seq", "t_ms"), [(21, 5_000), (21, 4_999), (20, 5_001), (19, 5_000), (22, 1)]
)
def test_a_reading_out_of_order_is_refused_with_its_numbers(
    seq: int, t_ms: int
) -> None:
    run = scene().ramp(5_000)
    before = run.judge.charge
    wrong = run.readings[-1]._replace(seq=seq, t_ms=t_ms, mean_ua=9_000)
    run.tell(Samples((wrong,)))
    assert run.alarms == ["BAD_SAMPLE"]
    assert run.stops == []
    assert run.judge.charge == before


def test_a_number_beyond_the_run_is_refused() -> None:
    run = scene().ramp(1_000)
    far = run.readings[-1]._replace(seq=14_501, t_ms=10**9)
    assert run.tell(Samples((far,))).alarms == ["BAD_SAMPLE"]
    assert run.ramp(1_000).judge.last == run.readings[-1]


def test_a_malformed_sample_is_told_with_its_reason() -> None:
    run = scene().tell(DeviceSaid("malformed", {"why": "Sample 4: mean_ua 'x'"}))
    assert run.said == [
        Alarm(
            Priority.MEDIUM,
            "BAD_SAMPLE",
            "Sample 4: mean_ua 'x'",
            ALARMS["BAD_SAMPLE"][1],
        )
    ]


# What the device says


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("watchdog", {}, "WATCHDOG"),
        ("button", {}, "STOPPED_AT_DEVICE"),
        ("ended", {"reason": "envelope"}, "ENDED_BY_FAULT"),
        ("ended", {"reason": "reboot"}, "ENDED_BY_FAULT"),
    ],
)
def test_what_goes_wrong_at_the_device_is_told(
    kind: str, data: dict[str, Any], code: str
) -> None:
    assert scene().tell(DeviceSaid(kind, data)).alarms == [code]


@pytest.mark.parametrize(
    ("kind", "data"), [("ended", {"reason": "dose"}), ("started", {}), ("phase", {})]
)
def test_what_goes_right_is_not(kind: str, data: dict[str, Any]) -> None:
    assert scene().tell(DeviceSaid(kind, data)).said == []


# Takeover


def test_a_successor_has_the_same_charge_and_alarms() -> None:
    run = scene().ramp().flow(60_000).flow(1_000, mean_ua=4_100)
    successor = Judge.rebuild(DRUG, PROFILE, run.readings)
    assert successor.charge == run.judge.charge
    assert successor.flow_ms == run.judge.flow_ms
    assert successor.alarms == run.judge.alarms
    assert successor.last == run.judge.last


def test_a_successor_does_not_repeat_what_was_said_but_what_is_undone() -> None:
    run = scene().ramp().sample(mean_ua=9_000)
    successor = Judge.rebuild(DRUG, PROFILE, run.readings)
    assert successor.weigh(Samples(tuple(run.readings))) == []
    assert successor.outstanding == run.judge.outstanding
    assert isinstance(successor.outstanding, Stop)


def test_a_stop_is_outstanding_until_the_run_has_ended() -> None:
    run = scene().ramp().tell(Pain(9)).flow(1_000, phase=Phase.STOPPING)
    assert isinstance(run.judge.outstanding, Stop)
    run.flow(250, 0, phase=Phase.ENDED, voltage_mv=0)
    assert run.judge.outstanding is None


def test_a_hold_is_outstanding_until_the_output_goes_down() -> None:
    run = scene().ramp().tell(Pain(5))
    assert isinstance(run.judge.outstanding, Hold)
    assert run.flow(250, phase=Phase.HOLDING).judge.outstanding is None


def test_resumes_of_the_past_are_trusted_but_self_resumes_are_not_forgotten() -> None:
    run = scene().ramp().held(1_000).tell(ResumeSent()).ramp()
    successor = Scene(Judge.rebuild(DRUG, PROFILE, run.readings, self_resumes=1))
    successor.seq, successor.t_ms = run.seq, run.t_ms
    assert successor.held(1_000).ramp().stops == ["device_fault"]


def test_a_successor_knows_the_last_pain() -> None:
    run = scene().ramp(1_000, 2_000).flow(10_000, 2_000)
    judge = Judge.rebuild(DRUG, PROFILE, run.readings, pain=5)
    assert judge.titration(2_000).pain == 5


def test_titration_counts_the_dwell_from_the_end_of_the_raise() -> None:
    run = scene().ramp(1_000, 2_000).sample(2_100).sample(2_500).flow(1_000, 2_500)
    now = run.judge.titration(2_500)
    assert (now.raised_at_ms, now.t_ms, now.set_ua) == (1_500, 2_500, 2_500)


# Properties


def _mean(scale: int) -> st.SearchStrategy[int]:
    return st.integers(-scale, scale)


@st.composite
def streams(draw: st.DrawFn) -> list[Reading]:
    steps = draw(
        st.lists(
            st.tuples(_mean(5_000), _mean(4_000), st.sampled_from(list(Phase))),
            min_size=1,
            max_size=30,
        )
    )
    return [
        Reading(n, n * 250, mean, abs(mean), abs(mean), abs(mean) * 8, set_ua, phase)
        for n, (mean, set_ua, phase) in enumerate(steps, 1)
    ]


@settings(max_examples=200, deadline=None)
@given(streams(), st.integers(1, 30))
def test_batching_changes_nothing_that_the_judge_decides(
    readings: list[Reading], size: int
) -> None:
    single, batched = Judge(DRUG, PROFILE), Judge(DRUG, PROFILE)
    one_by_one = [said for r in readings for said in single.weigh(Samples((r,)))]
    in_batches = []
    for start in range(0, len(readings), size):
        in_batches += batched.weigh(Samples(tuple(readings[start : start + size])))
    assert in_batches == one_by_one
    assert batched.charge == single.charge


@settings(max_examples=200, deadline=None)
@given(streams())
def test_no_reading_over_the_envelope_ever_passes(readings: list[Reading]) -> None:
    said = Judge(DRUG, PROFILE).weigh(Samples(tuple(readings)))
    limit = DRUG.envelope.max_mean_ua
    over = any(abs(reading.mean_ua or 0) > limit for reading in readings)
    causes = [command.cause for command in said if isinstance(command, Stop)]
    assert len(causes) <= 1
    if over:
        assert "OVER_CURRENT" in {c.code for c in said if isinstance(c, Alarm)}
        assert causes


@settings(max_examples=100, deadline=None)
@given(streams(), st.data())
def test_every_alarm_is_said_before_it_is_cleared(
    readings: list[Reading], data: st.DataObject
) -> None:
    judge = Judge(DRUG, PROFILE)
    active: set[str] = set()
    for reading in readings:
        events = [Samples((reading,)), data.draw(st.sampled_from(_SIDE_EVENTS))]
        for event in events:
            for said in judge.weigh(event):
                if isinstance(said, Alarm):
                    assert said.code not in active
                    active.add(said.code)
                elif isinstance(said, Clear):
                    active.remove(said.code)
    assert {alarm.code for alarm in judge.alarms} == active


_SIDE_EVENTS = [
    Pain(2),
    Pain(5),
    LinkSilent(9_000),
    LinkBack(),
    RecordingLate(20_000),
    RecordingLate(0),
    ResumeSent(),
    DeviceSaid("lead_off"),
]
