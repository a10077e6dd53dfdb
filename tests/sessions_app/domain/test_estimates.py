"""Doses that nobody measured have an estimate and an upper bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.dosimetry import Evidence
from sessions_app.domain.estimates import (
    MeterReading,
    Share,
    counter_charge,
    diary_charge,
    hand_charge,
    split_estimate,
    worn_charge,
)

MIN = 60_000


def meter(*rows: tuple[int, int]) -> list[MeterReading]:
    return [MeterReading(minute * MIN, current) for minute, current in rows]


def test_between_two_readings_the_bound_is_the_larger_one_all_the_way() -> None:
    found = hand_charge(meter((0, 2_000), (10, 4_000)), 10 * MIN, 4_000)
    assert (found.estimate_nc, found.upper_nc) == (30_000 * MIN, 40_000 * MIN)
    falling = hand_charge(meter((0, 4_000), (10, 2_000)), 10 * MIN, 4_000)
    assert (falling.estimate_nc, falling.upper_nc) == (30_000 * MIN, 40_000 * MIN)


def test_after_the_last_reading_the_ceiling_of_the_order_counts() -> None:
    found = hand_charge(meter((0, 2_000), (5, 2_000)), 20 * MIN, 4_000)
    assert found.estimate_nc == 2_000 * 20 * MIN
    assert found.upper_nc == (2_000 * 5 + 4_000 * 15) * MIN


def test_before_the_first_reading_too() -> None:
    found = hand_charge(meter((5, 2_000), (20, 3_000)), 20 * MIN, 4_000)
    assert found.estimate_nc == (2_000 * 5 + 2_500 * 15) * MIN
    assert found.upper_nc == (4_000 * 5 + 3_000 * 15) * MIN


def test_a_reading_over_the_ceiling_is_believed() -> None:
    found = hand_charge(meter((5, 6_000)), 10 * MIN, 4_000)
    assert (found.estimate_nc, found.upper_nc) == (6_000 * 10 * MIN,) * 2


def test_four_readings_of_a_whole_treatment() -> None:
    rows = meter((0, 0), (5, 10_000), (10, 12_000), (20, 11_000))
    found = hand_charge(rows, 20 * MIN, 15_000)
    assert found.estimate_nc == (25_000 + 55_000 + 115_000) * MIN
    assert found.upper_nc == (50_000 + 60_000 + 120_000) * MIN
    assert found.evidence is Evidence.HAND
    assert found.how == "4 readings off the meter; the higher one counts in between"


def test_without_a_reading_only_the_bound_is_known() -> None:
    found = hand_charge([], 10 * MIN, 4_000)
    assert (found.estimate_nc, found.upper_nc) == (0, 4_000 * 10 * MIN)


def test_half_a_nanocoulomb_is_dropped_once_at_the_end() -> None:
    rows = [MeterReading(0, 0), MeterReading(1, 1), MeterReading(2, 0)]
    assert hand_charge(rows, 2, 0).estimate_nc == 1


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([(0, 1), (0, 2)], "readings at 0 and 0 ms: give them in order of time"),
        ([(5, 1), (4, 2)], "readings at 5 and 4 ms: give them in order of time"),
        ([(0, -1)], "-1 µA: a meter reading is not below 0"),
        ([(11, 1)], "a reading at 11 ms: the current flowed from 0 to 10 ms"),
        ([(-1, 1)], "a reading at -1 ms: the current flowed from 0 to 10 ms"),
    ],
)
def test_readings_that_cannot_be_are_refused(
    rows: list[tuple[int, int]], text: str
) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        hand_charge([MeterReading(*row) for row in rows], 10, 5)


def test_readings_on_the_first_and_the_last_moment_are_taken() -> None:
    found = hand_charge([MeterReading(0, 0), MeterReading(10, 5)], 10, 5)
    assert found.upper_nc == 50


@given(
    st.dictionaries(st.integers(0, 50), st.integers(0, 20), max_size=6),
    st.integers(0, 9),
    st.integers(0, 20),
)
def test_the_estimate_never_passes_its_bound(
    rows: dict[int, int], more: int, ceiling: int
) -> None:
    readings = [MeterReading(*row) for row in sorted(rows.items())]
    ended = max(rows, default=0) + more
    found = hand_charge(readings, ended, ceiling)
    highest = max([ceiling, *rows.values()])
    assert 0 <= found.estimate_nc <= found.upper_nc <= highest * ended


def test_a_counter_alone_may_be_half_a_percent_short() -> None:
    found = counter_charge(1_001)
    assert (found.estimate_nc, found.upper_nc) == (1_001, 1_007)
    assert counter_charge(1_000).upper_nc == 1_005
    assert (found.evidence, found.how) == (
        Evidence.COUNTER,
        "total of the device, to 0.5 %",
    )


@pytest.mark.parametrize(
    ("current", "flow", "upper"),
    [(8, 10, 10 * 20), (12, 10, 12 * 20), (8, 30, 10 * 30), (12, 30, 12 * 30)],
)
def test_a_diary_may_understate_up_to_the_caps(
    current: int, flow: int, upper: int
) -> None:
    found = diary_charge(current, flow, cap_ua=10, cap_flow_ms=20)
    assert (found.estimate_nc, found.upper_nc) == (current * flow, upper)
    assert found.evidence is Evidence.DIARY
    assert found.how == "as written in the diary; at most the caps of the home device"


@pytest.mark.parametrize(("worn", "estimate"), [(0, 0), (30, 40), (60, 80), (90, 80)])
def test_a_patch_gives_its_rating_and_no_more(worn: int, estimate: int) -> None:
    found = worn_charge(80, worn, 60)
    assert (found.estimate_nc, found.upper_nc) == (estimate, 80)
    assert found.evidence is Evidence.PATCH
    assert found.how == (
        "rating of the patch over the time that it was worn; at most the rating"
    )


@pytest.mark.parametrize(("worn", "full"), [(10, 0), (10, -1), (-1, 60)])
def test_a_patch_needs_time_to_give(worn: int, full: int) -> None:
    with pytest.raises(
        ValueError, match=f"worn {worn} of {full} ms: a patch needs time to give$"
    ):
        worn_charge(80, worn, full)


def test_a_patch_of_one_moment_gives_all_of_it() -> None:
    assert worn_charge(80, 1, 1).estimate_nc == 80


def test_nothing_here_is_called_measured() -> None:
    found = [
        hand_charge([], 1, 1),
        counter_charge(1),
        diary_charge(1, 1, cap_ua=1, cap_flow_ms=1),
        worn_charge(1, 1, 1),
    ]
    assert Evidence.TRACE not in {one.evidence for one in found}


def test_a_split_lead_divides_by_conductance_and_bounds_each_by_the_whole() -> None:
    shares = split_estimate(2_400, 2_500, {"left": 6_000, "right": 9_000})
    assert shares == (Share("left", 1_440, 2_500), Share("right", 960, 2_500))


def test_a_branch_without_resistance_is_refused() -> None:
    with pytest.raises(ValueError, match="each must be above 0"):
        split_estimate(1, 1, {"left": 0, "right": 9})
