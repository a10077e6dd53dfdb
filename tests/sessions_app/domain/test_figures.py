"""Figures: what is published, what may be entered, and how both are shown."""

from typing import Any

import pytest

from sessions_app.domain.figures import (
    FIGURES,
    Range,
    admits,
    cautious,
    needed,
)

SAFETY = {
    "currents.max_ua",
    "course.dose_nc",
    "density.anode_ua_cm2",
    "density.cathode_ua_cm2",
    "ages.floor",
    "path",
    "areas.active_min_mm2",
    "areas.return_min_mm2",
}
MAX, FLOOR, PATH = FIGURES["currents.max_ua"], FIGURES["ages.floor"], FIGURES["path"]
TARGET_DENSITY = FIGURES["density.target_ua_cm2"]
REVERSAL = FIGURES["reversal"]


def test_the_safety_figures() -> None:
    assert {path for path, figure in FIGURES.items() if figure.safety} == SAFETY


@pytest.mark.parametrize(
    ("path", "what", "text"),
    [
        ("currents.max_ua", 15_000, "15 mA"),
        ("currents.max_ua", Range(4_700, 15_000), "4.7 to 15 mA"),
        ("course.dose_nc", 1_068_000_000, "17.8 mA·min"),
        ("course.ramp_up_ms", 15_000, "15 s"),
        ("areas.active_min_mm2", 1_330, "13.3 cm²"),
        ("density.anode_ua_cm2", 200, "0.2 mA/cm²"),
        ("ages.floor", 0, "0 years"),
        ("schedule.sessions", 10, "10"),
        ("counting.tolerance_permille", 100, "10 %"),
        ("reversal", True, "yes"),
        ("reversal", False, "no"),
        ("path", "limb", "limb"),
        ("waveform", ("dc", "pulsed"), "dc or pulsed"),
        ("currents.max_ua", None, "not given"),
    ],
)
def test_a_figure_is_shown_in_its_unit(path: str, what: Any, text: str) -> None:
    assert FIGURES[path].text(what) == text


@pytest.mark.parametrize("path", FIGURES)
def test_every_figure_has_a_label_of_its_own(path: str) -> None:
    figure = FIGURES[path]
    labels = [other.label for other in FIGURES.values()]
    assert labels.count(figure.label) == 1
    assert figure.scale > 0


def test_a_range_rises_from_0() -> None:
    for low, high in ((5, 5), (6, 5), (-1, 5)):
        with pytest.raises(ValueError, match=f"{low} to {high}"):
            Range(low, high)


@pytest.mark.parametrize(
    ("path", "data", "made"),
    [
        ("currents.max_ua", {"low": 1, "high": 2}, Range(1, 2)),
        ("currents.max_ua", 0, 0),
        ("currents.max_ua", None, None),
        ("waveform", ["dc", "pulsed"], ("dc", "pulsed")),
        ("path", "limb", "limb"),
        ("reversal", False, False),
    ],
)
def test_a_published_value_is_read(path: str, data: Any, made: Any) -> None:
    assert FIGURES[path].read(data) == made


@pytest.mark.parametrize(
    ("path", "data", "text"),
    [
        ("currents.max_ua", "15", "Highest current is int, not '15'"),
        ("currents.max_ua", True, "Highest current is int, not True"),
        ("currents.max_ua", 1.5, "Highest current is int"),
        ("currents.max_ua", -1, "Highest current is not below 0, but -1"),
        ("currents.max_ua", [1, 2], "Highest current is int"),
        ("currents.max_ua", {"low": 1}, "missing or unknown high"),
        ("path", "heart", "Path of the current is one of local, limb"),
        ("waveform", ["dc", "ac"], "Waveform is one of dc, pulsed, not 'ac'"),
        ("reversal", 1, "turned at half-time is bool, not 1"),
    ],
)
def test_a_bad_value_is_named(path: str, data: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        FIGURES[path].read(data)


def test_the_careful_end_of_a_range() -> None:
    assert cautious(MAX, Range(15_000, 20_000)) == 15_000
    assert cautious(FLOOR, Range(5, 6)) == 6
    assert cautious(TARGET_DENSITY, Range(10, 100)) == 10
    assert cautious(FIGURES["pulse.frequency_hz"], Range(5_000, 10_000)) == 5_000
    assert cautious(FIGURES["waveform"], ("dc", "pulsed")) == "dc"
    assert cautious(MAX, 4_000) == 4_000
    assert cautious(MAX, None) is None


@pytest.mark.parametrize(
    ("path", "published", "entered", "fits"),
    [
        ("currents.max_ua", Range(15_000, 20_000), 20_000, True),
        ("currents.max_ua", Range(15_000, 20_000), 20_001, False),
        ("currents.max_ua", Range(15_000, 20_000), 8_000, True),
        ("currents.max_ua", 15_000, 15_001, False),
        ("ages.floor", Range(5, 6), 5, True),
        ("ages.floor", Range(5, 6), 4, False),
        ("ages.floor", Range(5, 6), 12, True),
        ("areas.active_min_mm2", 7_500, 7_499, False),
        ("areas.active_min_mm2", 7_500, 9_000, True),
        ("pulse.frequency_hz", Range(5_000, 10_000), 4_300, False),
        ("pulse.frequency_hz", Range(5_000, 10_000), 10_001, False),
        ("path", "limb", "limb", True),
        ("path", "limb", "local", False),
        ("waveform", ("dc", "pulsed"), "pulsed", True),
        ("reversal", False, True, False),
        ("currents.max_ua", None, 99_000, True),
    ],
)
def test_only_the_careful_side_lies_open(
    path: str, published: Any, entered: Any, fits: bool
) -> None:
    assert admits(FIGURES[path], published, entered) is fits


@pytest.mark.parametrize(
    ("path", "settled", "must"),
    [
        ("currents.max_ua", {}, True),
        ("ages.child_max_ua", {}, False),
        ("reversal_optional", {}, False),
        ("density.target_ua_cm2", {}, False),
        ("pulse.duty_permille", {"waveform": "dc"}, False),
        ("pulse.duty_permille", {"waveform": "pulsed"}, True),
        ("course.dose_nc", {"basis": "time"}, False),
        ("course.dose_nc", {"basis": "charge"}, True),
        ("course.flow_ms", {"basis": "charge"}, False),
        ("course.flow_ms", {"basis": "event"}, True),
        ("continuation.within_ms", {"continuation.kind": "never"}, False),
        ("continuation.within_ms", {"continuation.kind": "same_visit"}, True),
        ("continuation.min_gap_days", {"continuation.kind": "next_visit"}, True),
    ],
)
def test_what_a_protocol_must_have(path: str, settled: Any, must: bool) -> None:
    assert needed(path, settled) is must
