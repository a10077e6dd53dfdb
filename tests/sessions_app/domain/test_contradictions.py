"""Figures that cannot stand together, told by field, number and what to do."""

from typing import Any

import pytest

from sessions_app.domain.contradictions import RISING, Problem, contradictions
from sessions_app.domain.figures import FIGURES, Range, Value
from tests.sessions_app.domain.rows import ENTRIES

NOTHING: dict[str, Value] = dict.fromkeys(FIGURES)
DEX = (ENTRIES["LE-DEX40"].drugs or ())[0]


def found(drugs: Any = (), **figures: Any) -> list[Problem]:
    given = {name.replace("__", "."): what for name, what in figures.items()}
    return [*contradictions({**NOTHING, **given}, drugs)]


def test_empty_figures_contradict_nothing() -> None:
    assert found() == []
    assert found(None) == []
    assert found((DEX,)) == []


@pytest.mark.parametrize(("low", "high"), RISING)
def test_what_rises_may_be_equal_but_never_fall(low: str, high: str) -> None:
    def of(first: Value, second: Value) -> list[Problem]:
        return [*contradictions({**NOTHING, low: first, high: second}, ())]

    assert of(5, 5) == []
    assert of(5, 6) == []
    assert [one.field for one in of(6, 5)] == [low]
    assert of(Range(5, 9), Range(2, 5)) == []
    assert [one.field for one in of(Range(6, 9), Range(2, 5))] == [low]
    assert of(None, 5) == of(5, None) == []


def test_a_fall_says_both_numbers_and_what_to_do() -> None:
    (one,) = found(currents__target_ua=6_000, currents__max_ua=5_000)
    assert one.text == (
        "Target current 6 mA is above highest current 5 mA; lower the one or raise"
        " the other"
    )


@pytest.mark.parametrize("basis", ["time", "event"])
def test_a_dose_belongs_to_the_charge_basis(basis: str) -> None:
    (one,) = found(basis=basis, course__dose_nc=1)
    assert one.field == "course.dose_nc"
    assert found(basis="charge", course__dose_nc=1) == []


@pytest.mark.parametrize("basis", ["charge", "event"])
def test_poles_are_turned_on_the_time_basis(basis: str) -> None:
    assert [one.field for one in found(basis=basis, reversal=True)] == ["reversal"]
    assert found(basis="time", reversal=True) == []
    assert found(basis=basis, reversal=False) == []


def test_an_event_has_one_current() -> None:
    event = {"basis": "event", "currents__max_ua": 1_500}
    (one,) = found(**event, currents__floor_ua=1_499)
    assert one.field == "currents.floor_ua"
    assert found(**event, currents__floor_ua=1_500) == []


def test_direct_current_has_no_pulse() -> None:
    (one,) = found(waveform="dc", pulse__frequency_hz=50)
    assert one.field == "pulse.frequency_hz"
    assert found(waveform=("dc", "pulsed"), pulse__frequency_hz=50) == []


def test_a_dose_is_within_reach_of_the_target_in_the_most_minutes() -> None:
    course = {"currents__target_ua": 4_000, "course__max_flow_ms": 600_000}
    assert found(**course, course__dose_nc=2_400_000_000) == []
    (one,) = found(**course, course__dose_nc=2_400_000_001)
    assert one.text == (
        "Dose 40 mA·min is not reached in 10 min at 4 mA; lower it or give more minutes"
    )


def test_a_drug_bars_turned_poles_and_keeps_its_own_ceilings() -> None:
    assert [one.field for one in found((DEX,), reversal=True)] == ["reversal"]
    (glyco,) = ENTRIES["HH-GLYCO"].drugs or ()
    assert found((glyco,), currents__max_ua=20_000, ages__child_max_ua=10_000) == []
    above = found((glyco,), currents__max_ua=20_001, ages__child_max_ua=10_001)
    assert [one.field for one in above] == ["currents.max_ua", "ages.child_max_ua"]
    assert "20 mA that glycopyrronium bromide allows; lower it" in above[0].text
