"""Attended minutes to units: pooled once, or code by code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.billing import (
    Strategy,
    Units,
    above_edit,
    attended_min,
    units,
)

CODES = st.sampled_from(["97033", "97035", "97110", "97140", "97530"])
MINUTES = st.dictionaries(CODES, st.integers(0, 240))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        *((0, 0), (7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (52, 3)),
        *((53, 4), (67, 4), (68, 5)),
    ],
)
@pytest.mark.parametrize("strategy", Strategy)
def test_one_code_by_the_published_steps(
    strategy: Strategy, minutes: int, expected: int
) -> None:
    assert units(strategy, {"97033": minutes}).units == {"97033": expected}


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ({"97033": 7, "97035": 7, "97110": 7}, {"97033": 1, "97035": 0, "97110": 0}),
        ({"97110": 18, "97140": 18}, {"97110": 1, "97140": 1}),
        ({"97110": 20, "97140": 18}, {"97110": 2, "97140": 1}),
        ({"97110": 20, "97140": 35}, {"97110": 1, "97140": 3}),
        ({"97140": 10, "97110": 10}, {"97110": 1, "97140": 0}),
        ({"97110": 15, "97140": 3}, {"97110": 1, "97140": 0}),
        ({}, {}),
    ],
)
def test_the_pool_gives_its_rest_to_the_largest_part_then_minutes_then_code(
    minutes: dict[str, int], expected: dict[str, int]
) -> None:
    assert units(Strategy.CMS, minutes).units == expected


def test_pool_and_midpoint_differ() -> None:
    minutes = {"97033": 7, "97110": 7}
    assert units(Strategy.CMS, minutes).total == 1
    assert units(Strategy.MIDPOINT, minutes).total == 0


@given(MINUTES)
def test_the_pool_is_rounded_once_and_every_unit_has_its_code(
    minutes: dict[str, int],
) -> None:
    found = units(Strategy.CMS, minutes)
    pool = sum(minutes.values())
    assert found.total == (pool + 7) // 15
    assert set(found.units) == set(minutes)
    for code, spent in minutes.items():
        assert spent // 15 <= found.units[code] <= -(-spent // 15)


@given(MINUTES, st.randoms())
def test_the_order_of_codes_changes_nothing(minutes: dict[str, int], random) -> None:
    codes = list(minutes)
    random.shuffle(codes)
    shuffled = {code: minutes[code] for code in codes}
    for strategy in Strategy:
        assert units(strategy, shuffled).units == units(strategy, minutes).units


def test_minutes_below_zero_are_refused_by_code() -> None:
    with pytest.raises(ValueError, match="97035"):
        units(Strategy.CMS, {"97033": 8, "97035": -1})


def test_too_many_units_are_shown_and_never_cut() -> None:
    claim = units(Strategy.CMS, {"97033": 75, "97110": 75})
    assert above_edit(claim, {"97033": 4}) == {"97033": 4}
    assert claim.units["97033"] == 5
    assert above_edit(Units({"97033": 4}), {"97033": 4}) == {}


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], 0),
        ([(0, 59_999)], 0),
        ([(0, 59_999), (10, 20)], 0),
        ([(0, 600_000), (300_000, 900_000)], 15),
        ([(300_000, 900_000), (0, 600_000), (60_000, 120_000)], 15),
        ([(0, 60_000), (120_000, 180_000)], 2),
        ([(0, 30_000), (60_000, 90_000)], 1),
        ([(-60_000, 0), (0, 60_000)], 2),
    ],
)
def test_attended_minutes_count_an_overlap_once(
    spans: list[tuple[int, int]], expected: int
) -> None:
    assert attended_min(spans) == expected
