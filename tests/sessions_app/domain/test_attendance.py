"""Attended time: two acts of one person, not too far apart."""

import pytest

from sessions_app.domain.attendance import Act, Span, spans

MIN = 60_000


def acts(*pairs: tuple[str, int]) -> list[Act]:
    return [Act(at * MIN, who, "Pain asked") for who, at in pairs]


def test_a_gap_of_the_longest_counts_and_one_longer_ends_the_span() -> None:
    found = spans(
        acts(("a", 0), ("a", 5), ("a", 11), ("a", 12)), 5 * MIN, preparation=True
    )
    assert found == (Span("a", 0, 5 * MIN, 2), Span("a", 11 * MIN, 12 * MIN, 2))


def test_one_act_alone_is_no_time_and_acts_of_others_join_nothing() -> None:
    assert spans(acts(("a", 0), ("b", 1), ("c", 2)), 5 * MIN, preparation=True) == ()
    found = spans(acts(("a", 0), ("b", 3), ("a", 6)), 5 * MIN, preparation=True)
    assert found == ()


def test_the_order_of_acts_changes_nothing() -> None:
    told = acts(("b", 4), ("a", 3), ("b", 1), ("a", 0))
    found = spans(told, 5 * MIN, preparation=True)
    assert [span.who for span in found] == ["a", "b"]
    assert spans(reversed(told), 5 * MIN, preparation=True) == found


def test_preparation_is_left_out_where_it_does_not_count() -> None:
    told = [Act(0, "a", "Checked in", True), *acts(("a", 4), ("a", 6))]
    assert spans(told, 5 * MIN, preparation=True) == (Span("a", 0, 6 * MIN, 3),)
    assert spans(told, 5 * MIN, preparation=False) == (Span("a", 4 * MIN, 6 * MIN, 2),)


def test_a_gap_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="not below 0"):
        spans([], -1, preparation=True)
