"""The gap between treatments, in calendar days."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.spacing import Treated, min_gap

JUNE_1 = dt.date(2026, 6, 1)
LEFT, RIGHT, SOLE = "palm-left", "palm-right", "sole-left"


def june(day: int) -> dt.date:
    return dt.date(2026, 6, day)


@pytest.mark.parametrize(
    ("day", "site", "allowed", "earliest", "why"),
    [
        (7, LEFT, False, 8, "7 days after 01-Jun-2026 at the earliest"),
        (8, LEFT, True, 8, "last treated on 01-Jun-2026"),
        (7, RIGHT, False, 8, "7 days after 01-Jun-2026 at the earliest"),
        (1, RIGHT, True, 1, "another place"),
        (1, LEFT, False, 8, "palm-left was treated that day already"),
    ],
)
def test_a_week_counts_from_the_last_treated_day(
    day: int, site: str, allowed: bool, earliest: int, why: str
) -> None:
    found = min_gap([Treated(JUNE_1, LEFT)], 7, 2, june(day), site)
    assert found == (allowed, june(earliest), why)


def test_a_day_has_its_number_of_places() -> None:
    done = [Treated(JUNE_1, LEFT), Treated(JUNE_1, RIGHT)]
    found = min_gap(done, 7, 2, JUNE_1, SOLE)
    assert found == (False, june(8), "2 of 2 places were treated that day")
    assert min_gap(done, 7, 3, JUNE_1, SOLE).allowed


def test_a_place_entered_twice_is_one_place() -> None:
    done = [Treated(JUNE_1, LEFT), Treated(JUNE_1, LEFT)]
    assert min_gap(done, 7, 2, JUNE_1, RIGHT).allowed


def test_the_latest_day_counts_in_any_order() -> None:
    done = [Treated(june(5), LEFT), Treated(JUNE_1, RIGHT)]
    assert min_gap(done, 7, 2, june(9), LEFT).earliest == june(12)
    assert min_gap(done[::-1], 7, 2, june(9), LEFT).earliest == june(12)


def test_another_place_of_an_earlier_day_does_not_count_towards_this_day() -> None:
    done = [Treated(JUNE_1, LEFT), Treated(june(8), LEFT)]
    assert min_gap(done, 7, 2, june(8), RIGHT).allowed


def test_without_a_treatment_any_day_will_do() -> None:
    found = min_gap([], 7, 2, JUNE_1, LEFT)
    assert found == (True, JUNE_1, "nothing was treated before")


def test_never_twice_a_day_even_without_a_gap() -> None:
    done = [Treated(JUNE_1, LEFT)]
    assert not min_gap(done, 0, 2, JUNE_1, LEFT).allowed
    assert min_gap(done, 0, 2, june(2), LEFT).allowed


def test_a_refusal_on_a_treated_day_counts_from_that_day() -> None:
    done = [Treated(JUNE_1, LEFT), Treated(june(8), LEFT)]
    assert min_gap(done, 7, 2, JUNE_1, LEFT)[:2] == (False, june(8))
    assert min_gap(done, 0, 2, june(8), LEFT)[:2] == (False, june(8))


@given(
    st.lists(
        st.tuples(st.integers(1, 25), st.sampled_from([LEFT, RIGHT, SOLE])), max_size=5
    ),
    st.integers(1, 9),
    st.integers(1, 3),
    st.integers(1, 25),
    st.sampled_from([LEFT, RIGHT, SOLE]),
)
def test_the_earliest_day_is_itself_allowed(
    done: list[tuple[int, str]], gap: int, per_day: int, day: int, site: str
) -> None:
    treated = [Treated(june(min(on, day)), where) for on, where in done]
    found = min_gap(treated, gap, per_day, june(day), site)
    assert found.allowed is (found.earliest == june(day))
    assert min_gap(treated, gap, per_day, found.earliest, site).allowed
