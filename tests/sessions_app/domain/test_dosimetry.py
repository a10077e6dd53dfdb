"""Poles, credit, evidence and the counter of the device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.charge import Charge, integrate
from devices.core.reading import Phase, Reading
from sessions_app.domain.dosimetry import (
    Credit,
    compare_counter,
    drug_credit,
    tolerated_ua,
    wrong_pole,
)
from sessions_app.domain.poles import IonSign, Lead, Pole, lead_of

STEADY = [(0, 2_000), (10, 2_000), (20, 2_000)]
CHARGE = Charge(30, 10, 40, 55, 20)


def test_a_cation_earns_under_the_anode_an_anion_under_the_cathode() -> None:
    assert IonSign.CATION.pole is Pole.ANODE
    assert IonSign.ANION.pole is Pole.CATHODE


@pytest.mark.parametrize(
    ("pole", "polarity", "lead"),
    [("anode", 1, "red"), ("anode", -1, "black"), ("cathode", 1, "black")],
)
def test_positive_current_makes_the_red_lead_the_anode(
    pole: str, polarity: int, lead: str
) -> None:
    assert lead_of(Pole(pole), polarity) == lead


@pytest.mark.parametrize(
    ("sign", "swapped", "expected"),
    [
        (IonSign.CATION, [], Credit(40_000, 0, 40_000)),
        (IonSign.ANION, [], Credit(0, 40_000, 40_000)),
        (IonSign.CATION, [(0, 10)], Credit(20_000, 20_000, 40_000)),
        (IonSign.ANION, [(0, 10)], Credit(20_000, 20_000, 40_000)),
        (IonSign.CATION, [(10, 10)], Credit(40_000, 0, 40_000)),
    ],
)
def test_wrong_pole_earns_nothing_and_counts_for_the_skin(
    sign: IonSign, swapped: list[tuple[int, int]], expected: Credit
) -> None:
    assert wrong_pole(STEADY, [], 10, sign=sign, swapped=swapped) == expected


def test_a_gap_or_a_hold_earns_nothing() -> None:
    assert wrong_pole(STEADY, [], 9, sign=IonSign.CATION, swapped=[]) == Credit(0, 0, 0)
    held = wrong_pole(STEADY, [(0, 10)], 10, sign=IonSign.CATION, swapped=[])
    assert held == Credit(20_000, 0, 20_000)


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(-9, 9)), max_size=20),
    st.sampled_from(list(IonSign)),
    st.lists(st.tuples(st.integers(0, 50), st.integers(50, 99)), max_size=2),
)
def test_skin_is_the_confirmed_charge_whatever_the_pole(
    samples: list[tuple[int, int]], sign: IonSign, swapped: list[tuple[int, int]]
) -> None:
    credit = wrong_pole(samples, [], 30, sign=sign, swapped=swapped)
    assert credit.skin_nc == integrate(samples, [], 30).confirmed_nc
    assert 0 <= credit.skin_nc - credit.therapeutic_nc - credit.wrong_pole_nc <= 1


@pytest.mark.parametrize(
    ("sign", "lead", "therapeutic", "wrong"),
    [
        (IonSign.CATION, Lead.RED, 30, 10),
        (IonSign.CATION, Lead.BLACK, 10, 30),
        (IonSign.ANION, Lead.RED, 10, 30),
        (IonSign.ANION, Lead.BLACK, 30, 10),
    ],
)
def test_credit_of_a_run_follows_sign_and_lead(
    sign: IonSign, lead: Lead, therapeutic: int, wrong: int
) -> None:
    assert drug_credit(CHARGE, sign, lead) == Credit(therapeutic, wrong, 40)


@pytest.mark.parametrize(
    ("counter", "agrees", "off"),
    [
        (1_000_000, True, 0),
        (1_100_000, True, 0),
        (993_900, True, 6_100),
        (993_899, False, 6_101),
        (1_106_100, True, 6_100),
        (1_106_101, False, 6_101),
    ],
)
def test_the_counter_agrees_within_half_a_percent_and_one_sample(
    counter: int, agrees: bool, off: int
) -> None:
    # A gap lets it lie anywhere from 1.0 to 1.1 million, then 0.5 % of it and 600.
    charge = Charge(0, 0, 1_000_000, 1_100_000, 0)
    found = compare_counter(charge, counter, 600)
    assert (found.agrees, found.off_nc) == (agrees, off)


def reading(set_ua: int, phase: Phase = Phase.PLATEAU) -> Reading:
    return Reading(1, 1, set_ua, None, None, None, set_ua, phase)


def test_the_tolerated_current_is_the_plateau_held_longest() -> None:
    ramps = [reading(9_000, Phase.RAMP_UP)] * 9
    steps = [reading(5_000)] * 2 + [reading(8_000)] * 3 + [reading(-8_000)] * 3
    assert tolerated_ua(ramps + steps) == 8_000
    assert tolerated_ua([reading(5_000), reading(-6_000)]) == 6_000
    assert tolerated_ua(ramps) == 0
