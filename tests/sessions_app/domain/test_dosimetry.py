"""Poles, credit, evidence and the counter of the device."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.charge import Accumulator, Charge, Pair, integrate
from devices.core.reading import Phase, Reading
from sessions_app.domain.dosimetry import (
    Credit,
    Evidence,
    at_compliance,
    compare_counter,
    drug_credit,
    drug_credits,
    flow_pairs,
    rescored,
    tolerated_ua,
    wrong_pole,
)
from sessions_app.domain.poles import IonSign, Lead, Pole, lead_of
from sessions_app.domain.protocol import Carriage
from tests.sessions_app.domain.specs import DEXAMETHASONE, LIDOCAINE

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


# Several drugs, and leads found swapped


@pytest.mark.parametrize(
    ("charge", "worth"),
    [
        (Charge(30, 10, 40, 55, 20), [(30, 10), (30, 10)]),
        (Charge(0, 40, 40, 40, -40), [(0, 40), (0, 40)]),
    ],
)
def test_each_drug_on_its_own_lead_is_credited(
    charge: Charge, worth: list[tuple[int, int]]
) -> None:
    found = drug_credits(charge, (DEXAMETHASONE, LIDOCAINE))
    assert [(one.therapeutic_nc, one.wrong_pole_nc) for one in found] == worth
    assert [(one.code, one.name) for one in found] == [
        ("dexamethasone", "dexamethasone sodium phosphate"),
        ("lidocaine", "lidocaine"),
    ]
    assert drug_credits(charge, ()) == ()


def test_a_drug_that_rides_with_the_water_earns_at_the_anode() -> None:
    riding = replace(DEXAMETHASONE, pole=Pole.ANODE, carriage=Carriage.ELECTRO_OSMOSIS)
    found = drug_credits(CHARGE, (riding,))
    assert (found[0].therapeutic_nc, found[0].wrong_pole_nc) == (30, 10)


def sample(
    seq: int, ua: int | None, phase: Phase = Phase.PLATEAU, t_ms: int | None = None
) -> Reading:
    at = seq * 10 if t_ms is None else t_ms
    return Reading(seq, at, ua, None, None, None, ua or 0, phase)


BOTH = (DEXAMETHASONE, LIDOCAINE)
RUN = [sample(seq, 2_000) for seq in range(1, 5)]


@pytest.mark.parametrize(
    ("swapped", "right", "wrong"),
    [
        ([], 60_000, 0),
        ([(10, 20)], 40_000, 20_000),
        ([(20, 20)], 60_000, 0),
        ([(10, 40)], 0, 60_000),
        ([(10, 20), (30, 40)], 20_000, 40_000),
    ],
)
def test_a_swap_found_later_scores_every_drug_again(
    swapped: list[tuple[int, int]], right: int, wrong: int
) -> None:
    found = rescored(RUN, 10, BOTH, swapped)
    assert [(one.therapeutic_nc, one.wrong_pole_nc) for one in found] == [
        (right, wrong)
    ] * 2
    assert [one.code for one in found] == ["dexamethasone", "lidocaine"]


def test_a_polarity_that_was_turned_by_the_device_was_wrong_for_both() -> None:
    turned = [reading._replace(mean_ua=-2_000) for reading in RUN]
    for one in rescored(turned, 10, BOTH, []):
        assert (one.therapeutic_nc, one.wrong_pole_nc) == (0, 60_000)
    for one in rescored(turned, 10, BOTH, [(0, 99)]):
        assert (one.therapeutic_nc, one.wrong_pole_nc) == (60_000, 0)


def test_current_was_measured_between_two_neighbours_and_nowhere_else() -> None:
    readings = [
        sample(1, 1),
        sample(2, 2),
        sample(4, 4),
        sample(5, None),
        sample(6, 6),
        sample(7, 7, Phase.HELD),
        sample(8, 8),
        sample(9, 9, t_ms=111),
        sample(10, 10, t_ms=142),
        sample(11, 11, t_ms=142),
        sample(12, 12, t_ms=143),
    ]
    assert list(flow_pairs(readings, 31)) == [
        Pair(10, 20, 1, 2, gap=False),
        Pair(80, 111, 8, 9, gap=False),
        Pair(111, 142, 9, 10, gap=False),
        Pair(142, 143, 11, 12, gap=False),
    ]
    assert list(flow_pairs(readings, 30)) == [
        Pair(10, 20, 1, 2, gap=False),
        Pair(142, 143, 11, 12, gap=False),
    ]


def test_readings_in_any_order_and_of_a_repeat_the_first_one() -> None:
    readings = [sample(2, 5), sample(1, 3), sample(1, 9)]
    assert list(flow_pairs(readings, 10)) == [Pair(10, 20, 3, 5, gap=False)]


@given(
    st.lists(
        st.builds(
            sample,
            st.integers(1, 12),
            st.one_of(st.none(), st.integers(-9, 9)),
            st.sampled_from([Phase.PLATEAU, Phase.HOLDING, Phase.HELD, Phase.ENDING]),
        ),
        max_size=12,
        unique_by=lambda one: one.seq,
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(60, 130)), max_size=2),
    st.integers(5, 15),
)
def test_a_new_score_is_of_the_very_charge_that_was_recorded(
    readings: list[Reading], swapped: list[tuple[int, int]], max_gap_ms: int
) -> None:
    readings += readings[:2]
    counter = Accumulator(max_gap_ms)
    counter.add_all(readings)
    confirmed = counter.charge().confirmed_nc
    for one in rescored(readings, max_gap_ms, BOTH, swapped):
        assert 0 <= confirmed - one.therapeutic_nc - one.wrong_pole_nc <= 1
    plain = rescored(readings, max_gap_ms, BOTH, [])
    assert plain == drug_credits(counter.charge(), BOTH)


def test_evidence_is_what_the_record_can_hold() -> None:
    assert [one.value for one in Evidence] == [
        *("trace", "counter", "hand", "diary", "patch", "none")
    ]


def reading(set_ua: int, phase: Phase = Phase.PLATEAU) -> Reading:
    return Reading(1, 1, set_ua, None, None, None, set_ua, phase)


def test_most_of_a_plateau_fell_short_at_the_end_of_the_voltage() -> None:
    def held(*means: int | None) -> bool:
        return at_compliance([reading(8_000)._replace(mean_ua=m) for m in means], 8_000)

    assert held(-7_599, 7_599, 8_000)
    assert not held(7_600, 7_600, 7_599)
    assert not held(6_000, 8_000)
    assert not held(None, None)
    ramp = reading(8_000, Phase.RAMP_UP)._replace(mean_ua=1_000)
    assert not at_compliance([ramp, reading(5_000)._replace(mean_ua=1_000)], 8_000)


def test_the_tolerated_current_is_the_plateau_held_longest() -> None:
    ramps = [reading(9_000, Phase.RAMP_UP)] * 9
    steps = [reading(5_000)] * 2 + [reading(8_000)] * 3 + [reading(-8_000)] * 3
    assert tolerated_ua(ramps + steps) == 8_000
    assert tolerated_ua([reading(5_000), reading(-6_000)]) == 6_000
    assert tolerated_ua([reading(5_000), reading(5_000), reading(6_000)]) == 5_000
    assert tolerated_ua(ramps) == 0
