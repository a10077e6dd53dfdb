"""Charge: the golden rule, and the same integers whatever the way in."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.core.charge import Accumulator, Charge, integrate, parts2
from devices.core.reading import Phase, Reading


def reading(
    seq: int, t_ms: int, ua: int | None, phase: Phase = Phase.PLATEAU
) -> Reading:
    return Reading(seq, t_ms, ua, None, None, None, ua or 0, phase)


def fed(readings: Iterable[Reading], **options: int) -> Accumulator:
    accumulator = Accumulator(10_000, **options)
    accumulator.add_all(readings)
    return accumulator


# The golden rule, each clause on its own


def test_constant_current_is_current_times_time() -> None:
    charge = integrate([(0, 4000), (600_000, 4000)], [], 600_000)
    assert charge == Charge(2_400_000_000, 0, 2_400_000_000, 2_400_000_000, 2400000000)


def test_order_of_arrival_does_not_matter_and_the_later_of_equal_times_wins() -> None:
    mixed = [(20, 2000), (0, 9), (10, 1), (10, 2000), (0, 2000)]
    assert integrate(mixed, [], 10) == integrate(
        [(0, 2000), (10, 2000), (20, 2000)], [], 10
    )


def test_a_gap_adds_its_larger_end_to_the_upper_bound_only() -> None:
    charge = integrate([(0, -3000), (11, 2000)], [], 10)
    assert charge == Charge(0, 0, 0, 33_000, 0)


def test_a_pair_as_long_as_the_gap_limit_is_no_gap() -> None:
    assert integrate([(0, 3000), (10, 3000)], [], 10).confirmed_nc == 30_000


@pytest.mark.parametrize(
    ("hold", "counted"),
    [((5, 6), 1), ((0, 10), 1), ((0, 11), 0), ((9, 10), 1), ((10, 20), 1), ((3, 3), 2)],
)
def test_a_pair_that_shares_any_length_with_a_hold_adds_nothing(
    hold: tuple[int, int], counted: int
) -> None:
    charge = integrate([(0, 100), (10, 100), (20, 100)], [hold], 10)
    assert charge.confirmed_nc == counted * 1000


def test_a_hold_hides_a_gap_as_well() -> None:
    assert integrate([(0, 100), (50, 100)], [(20, 30)], 10).upper_bound_nc == 0


def test_crossing_zero_splits_the_pair_in_two_floored_triangles() -> None:
    assert parts2(2, -1, 1) == (1, 0)
    assert parts2(-1, 2, 1) == (1, 0)
    assert parts2(3000, -1000, 10) == (22_500, 2_500)


def test_signed_charge_is_exact_and_halved_towards_zero() -> None:
    assert integrate([(0, -1), (1, -2)], [], 10).signed_nc == -1
    assert integrate([(0, 1), (1, 2)], [], 10).signed_nc == 1
    assert integrate([(0, -5), (1, 4)], [], 10).signed_nc == 0


def test_confirmed_is_halved_from_the_sum_of_both_parts() -> None:
    charge = integrate([(0, 1), (1, 0), (2, -1)], [], 10)
    assert (charge.positive_nc, charge.negative_nc, charge.confirmed_nc) == (0, 0, 1)


# The accumulator


def test_neighbours_by_number_integrate_as_the_golden_rule() -> None:
    samples = [(0, 0), (250, 1000), (500, -1000), (750, 400), (1000, 0)]
    readings = [reading(n, *sample) for n, sample in enumerate(samples, 1)]
    assert fed(readings).charge() == integrate(samples, [], 10_000)


def test_a_missing_number_counts_in_the_upper_bound_only() -> None:
    accumulator = fed([reading(1, 0, 3000), reading(3, 500, 3000)])
    assert accumulator.charge() == Charge(0, 0, 0, 1_500_000, 0)
    accumulator.add(reading(2, 250, 3000))
    assert accumulator.charge().confirmed_nc == 1_500_000
    assert accumulator.charge().upper_bound_nc == 1_500_000


def test_a_missing_measurement_is_a_gap_never_zero() -> None:
    accumulator = fed([reading(1, 0, 3000), reading(2, 250, None), reading(3, 500, 1)])
    assert accumulator.charge() == Charge(0, 0, 0, 1_500_000, 0)


def test_an_unseen_stretch_counts_at_the_bound_current() -> None:
    readings = [reading(1, 0, 0), reading(3, 1000, 100)]
    assert fed(readings, bound_ua=15_000).charge().upper_bound_nc == 15_000_000


def test_what_is_missing_before_the_first_reading_counts() -> None:
    charge = fed([reading(5, 1000, 2000)]).charge()
    assert charge.upper_bound_nc == 2_000_000


def test_what_the_device_says_it_has_beyond_the_last_reading_counts() -> None:
    accumulator = fed([reading(1, 0, 2000)])
    assert accumulator.charge(until=(9, 3_000)).upper_bound_nc == 6_000_000
    assert accumulator.charge(until=(1, 3_000)).upper_bound_nc == 0


def test_nothing_received_of_a_run_counts_at_the_bound() -> None:
    lost = Accumulator(10_000, bound_ua=4_000)
    assert lost.charge(until=(40, 10_000)) == Charge(0, 0, 0, 40_000_000, 0)


def test_neighbours_too_far_apart_are_a_gap() -> None:
    near = fed([reading(1, 0, 1000), reading(2, 10_000, 1000)]).charge()
    far = fed([reading(1, 0, 1000), reading(2, 10_001, 1000)]).charge()
    assert near.confirmed_nc == 10_000_000
    assert (far.confirmed_nc, far.upper_bound_nc) == (0, 10_001_000)


def test_a_pair_that_touches_a_held_reading_adds_nothing() -> None:
    held = [
        reading(1, 0, 1000),
        reading(2, 250, 500, Phase.HOLDING),
        reading(3, 500, 300, Phase.HELD),
        reading(4, 750, None, Phase.HELD),
        reading(5, 1000, 300, Phase.RAMP_UP),
        reading(6, 1250, 300, Phase.RAMP_UP),
    ]
    charge = fed(held).charge()
    assert charge.confirmed_nc == charge.upper_bound_nc == 187_500 + 75_000


def test_missing_numbers_between_two_holds_may_hide_current() -> None:
    held = [reading(1, 0, 0, Phase.HELD), reading(9, 2000, 0, Phase.HELD)]
    assert fed(held, bound_ua=4000).charge().upper_bound_nc == 8_000_000


def test_flow_time_counts_at_or_above_the_floor_and_outside_holds() -> None:
    readings = [
        reading(1, 0, 999),
        reading(2, 250, -1000),
        reading(3, 500, -1000),
        reading(4, 750, 1000, Phase.HOLDING),
        reading(5, 1000, 1000),
        reading(6, 1250, 5000),
    ]
    assert fed(readings, flow_floor_ua=1000).flow_ms == 500


def test_a_repeated_number_is_told_and_adds_nothing() -> None:
    accumulator = Accumulator(10_000)
    one, two = reading(1, 0, 1000), reading(2, 250, 1000)
    assert [accumulator.add(r) for r in (one, two, two, one)] == [
        True,
        True,
        False,
        False,
    ]
    null = reading(3, 500, None)
    assert (accumulator.add(null), accumulator.add(null)) == (True, False)


def test_have_is_the_last_number_without_a_hole() -> None:
    accumulator = Accumulator(10_000)
    assert accumulator.have == 0
    accumulator.add_all([reading(1, 0, 1), reading(2, 1, None), reading(3, 2, 1)])
    assert accumulator.have == 3
    accumulator.add(reading(5, 4, 1))
    assert accumulator.have == 3
    accumulator.add(reading(4, 3, None))
    assert accumulator.have == 5


def test_a_clock_that_does_not_advance_adds_nothing() -> None:
    readings = [reading(1, 500, 4000), reading(2, 500, 4000), reading(3, 400, 4000)]
    assert fed(readings).charge().upper_bound_nc == 0


# Properties

currents = st.one_of(st.none(), st.integers(-35_000, 35_000))
phases = st.sampled_from([Phase.PLATEAU] * 6 + [Phase.HELD, Phase.HOLDING])


@st.composite
def sessions(draw: st.DrawFn) -> list[Reading]:
    steps = draw(
        st.lists(
            st.tuples(st.integers(1, 12_000), currents, phases), min_size=1, max_size=40
        )
    )
    readings, t_ms = [], 0
    for seq, (dt, ua, phase) in enumerate(steps, 1):
        t_ms += dt
        readings.append(reading(seq, t_ms, ua, phase))
    return readings


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Reading], list[Reading]]:
    """A session and one way for it to arrive: shuffled, repeated, complete."""
    session = draw(sessions())
    repeats = draw(st.lists(st.sampled_from(session), max_size=20))
    return session, draw(st.permutations(session + repeats))


@settings(max_examples=300, deadline=None)
@given(deliveries(), st.integers(0, 15_000), st.integers(0, 5_000))
def test_any_order_and_repetition_gives_identical_integers(
    delivery: tuple[list[Reading], list[Reading]], bound_ua: int, floor_ua: int
) -> None:
    session, arrived = delivery
    options = {"bound_ua": bound_ua, "flow_floor_ua": floor_ua}
    straight, mixed = fed(session, **options), fed(arrived, **options)
    assert mixed.charge() == straight.charge()
    assert mixed.flow_ms == straight.flow_ms
    assert mixed.state() == straight.state()


@settings(max_examples=200, deadline=None)
@given(deliveries(), st.integers(0, 60))
def test_a_successor_that_rebuilds_from_state_goes_on_exactly(
    delivery: tuple[list[Reading], list[Reading]], handover: int
) -> None:
    session, arrived = delivery
    first = fed(arrived[:handover], bound_ua=9)
    successor = Accumulator.from_state(json.loads(json.dumps(first.state())))
    successor.add_all(arrived[handover:])
    assert successor.state() == fed(session, bound_ua=9).state()


@settings(max_examples=200, deadline=None)
@given(sessions(), st.data())
def test_a_lost_reading_never_lowers_the_upper_bound_under_what_flowed(
    session: list[Reading], data: st.DataObject
) -> None:
    most = max((abs(r.mean_ua or 0) for r in session), default=0)
    whole = fed(session, bound_ua=most).charge()
    kept = [r for r in session if data.draw(st.booleans())]
    end = (session[-1].seq, session[-1].t_ms)
    partial = fed(kept, bound_ua=most).charge(until=end)
    assert partial.confirmed_nc <= whole.confirmed_nc
    assert partial.upper_bound_nc >= whole.confirmed_nc


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(-9, 9)), max_size=30))
def test_parts_and_bounds_hold_together(samples: list[tuple[int, int]]) -> None:
    charge = integrate(samples, [(100, 120)], 40)
    parts = charge.positive_nc + charge.negative_nc
    assert parts <= charge.confirmed_nc <= parts + 1
    assert abs(charge.signed_nc) <= charge.confirmed_nc + len(samples)
    assert charge.confirmed_nc <= charge.upper_bound_nc
