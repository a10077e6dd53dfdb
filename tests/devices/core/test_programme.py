"""Programme: its wire form and its planned curve."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.core.parts import Basis, Window, peak_ua, rms_ua
from devices.core.programme import (
    Programme,
    ProgrammeError,
    end_ramp_charge_nc,
    planned,
)
from devices.core.run_lifecycle import EndReason
from tests.devices.core.examples import (
    DRUG,
    EXAMPLES,
    PULSE,
    SWEAT,
    TAP_WATER,
    changed,
)
from tests.devices.core.tick import tick_through


@pytest.mark.parametrize("name", EXAMPLES)
def test_wire_form_comes_back_equal(name: str) -> None:
    wire = json.loads(json.dumps(EXAMPLES[name].to_dict()))
    assert Programme.from_dict(wire) == EXAMPLES[name]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("target_ua", "4000", "target_ua must be an integer"),
        ("target_ua", 4000.0, "target_ua must be an integer"),
        ("target_ua", True, "target_ua must be an integer"),
        ("reversal", 1, "reversal must be true or false"),
        ("basis", "mood", "mood"),
        ("window", None, "window is missing"),
        ("window", {"start_ua": 0}, "window: missing or unknown fields"),
        ("speed", 2, "missing or unknown fields speed"),
    ],
)
def test_a_bad_field_is_named(field: str, value: Any, text: str) -> None:
    wire = {**DRUG.to_dict(), field: value}
    with pytest.raises(ProgrammeError, match=text):
        Programme.from_dict(wire)


@pytest.mark.parametrize("wire", [None, 5, [], "programme"])
def test_what_is_no_object_is_refused(wire: Any) -> None:
    with pytest.raises(ProgrammeError, match="no object"):
        Programme.from_dict(wire)


def test_a_missing_field_is_named() -> None:
    wire = DRUG.to_dict()
    del wire["watchdog_ms"]
    with pytest.raises(ProgrammeError, match="watchdog_ms"):
        Programme.from_dict(wire)


def test_peak_and_rms_come_from_duty() -> None:
    assert (peak_ua(10_000, PULSE), rms_ua(10_000, PULSE)) == (20_000, 14_142)
    assert (peak_ua(-10_000, None), rms_ua(-10_000, None)) == (10_000, 10_000)


def test_peak_is_rounded_against_the_patient_never_for() -> None:
    thirds = changed(TAP_WATER, "pulse", PULSE).pulse
    assert thirds is not None
    assert peak_ua(1, thirds) == 2


def test_event_curve_is_ramps_and_plateau() -> None:
    curve = planned(SWEAT)
    assert curve.points[:2] == ((0, 0), (20_000, 1_500))
    assert curve.points[-1] == (curve.wall_ms, 0)
    # Flow counts from 0.25 mA on; the end ramp begins 20 s before its end.
    assert curve.points[2] == (283_334, 1_500)
    assert curve.charge_nc == 1_500 * (20_000 + 2 * 263_334 + 20_000) // 2
    assert curve.reason is EndReason.TIME


def test_charge_curve_ends_at_the_dose_ramps_included() -> None:
    curve = planned(DRUG)
    assert DRUG.dose_nc <= curve.charge_nc < DRUG.dose_nc + DRUG.target_ua
    assert curve.reason is EndReason.DOSE


def test_an_unreachable_dose_ends_by_flow_time() -> None:
    curve = planned(DRUG, plateau_ua=1_000)
    assert curve.reason is EndReason.TIME
    assert curve.charge_nc < DRUG.dose_nc
    assert curve.flow_ms <= DRUG.max_flow_ms


def test_no_current_ends_by_wall_time() -> None:
    curve = planned(TAP_WATER, plateau_ua=0)
    assert (curve.charge_nc, curve.wall_ms) == (0, TAP_WATER.max_wall_ms)


def test_reversal_passes_zero_and_halves_the_flow() -> None:
    curve = planned(TAP_WATER)
    zeros = [t_ms for t_ms, level in curve.points if level == 0]
    assert 500 in [later - earlier for earlier, later in pairwise(zeros)]
    assert curve.positive_nc > 0
    assert curve.negative_nc > 0
    assert curve.charge_nc == curve.positive_nc + curve.negative_nc
    assert abs(curve.positive_nc - curve.negative_nc) < curve.charge_nc // 20


def test_first_polarity_turns_the_curve() -> None:
    turned = planned(changed(DRUG, "first_polarity", -1))
    assert turned.negative_nc == planned(DRUG).positive_nc
    assert turned.points[1] == (30_000, -500)


def test_climb_is_the_fastest_that_the_window_allows() -> None:
    curve = planned(TAP_WATER, plateau_ua=2_500)
    assert curve.points[:7] == (
        (0, 0),
        (15_000, 0),
        (17_000, 1_000),
        (22_000, 1_000),
        (24_000, 2_000),
        (29_000, 2_000),
        (30_000, 2_500),
    )


@pytest.mark.parametrize("plateau_ua", [499, 4_001])
def test_a_plateau_outside_the_window_is_refused(plateau_ua: int) -> None:
    with pytest.raises(ProgrammeError, match="outside the window"):
        planned(DRUG, plateau_ua)


def test_end_ramp_charge_is_its_triangle() -> None:
    assert end_ramp_charge_nc(DRUG, 4_000) == 60_000_000
    assert end_ramp_charge_nc(DRUG, -4_000) == 60_000_000


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """Short programmes, so that each millisecond can be ticked through."""
    ceiling = draw(st.integers(1, 60))
    target = draw(st.integers(1, ceiling))
    floor = draw(st.integers(0, target))
    window = Window(
        start_ua=draw(st.integers(0, ceiling)),
        floor_ua=floor,
        ceiling_ua=ceiling,
        max_step_up_ua=draw(st.integers(5, 40)),
        min_dwell_ms=draw(st.integers(0, 30)),
        slope_ua_per_s=draw(st.integers(200, 5_000)),
    )
    basis = draw(st.sampled_from(list(Basis)))
    flow_ms = draw(st.integers(100, 700))
    changes = {
        "basis": basis,
        "reversal": basis is Basis.TIME and draw(st.booleans()),
        "first_polarity": draw(st.sampled_from([1, -1])),
        "target_ua": target,
        "flow_floor_ua": draw(st.integers(0, target)),
        "flow_ms": flow_ms,
        "max_flow_ms": draw(st.integers(flow_ms, 900)),
        "max_wall_ms": draw(st.integers(900, 1_500)),
        "dose_nc": draw(st.integers(100, 20_000)),
        "ramp_up_ms": draw(st.integers(1, 80)),
        "end_ramp_ms": draw(st.integers(1, 45)),
        "window": window,
    }
    programme = TAP_WATER
    for path, value in changes.items():
        programme = changed(programme, path, value)
    return programme


@settings(max_examples=150, deadline=None)
@given(programme=programmes())
def test_planned_curve_agrees_with_ticking_each_millisecond(
    programme: Programme,
) -> None:
    curve = planned(programme, max(programme.target_ua, programme.window.lowest_ua))
    ticked = tick_through(
        programme, max(programme.target_ua, programme.window.lowest_ua)
    )
    pieces = len(curve.points)
    assert abs(curve.wall_ms - ticked.wall_ms) <= 2 * pieces
    # A level is whole µA, so each piece may differ by 1 µA over its time.
    slack = curve.wall_ms + 2 * pieces * programme.window.ceiling_ua
    assert abs(curve.charge_nc - ticked.charge_nc) <= slack
    assert abs(curve.flow_ms - ticked.flow_ms) <= 2 * pieces
