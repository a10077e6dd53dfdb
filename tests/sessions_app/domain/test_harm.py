"""Codes, grades and what follows from them."""

import pytest

from sessions_app.domain.harm import (
    SKIN,
    VOCABULARY,
    Code,
    Finding,
    HarmError,
    Reaction,
    finding,
    is_incident,
    needs_call_back,
    picklist,
    stop_advised,
    worst,
)


def test_the_vocabulary_has_all_seventeen_codes_and_grade_0_means_none() -> None:
    assert len(VOCABULARY) == len(Code) == 17
    assert set(VOCABULARY) == set(Code)
    for harm in VOCABULARY.values():
        assert harm.grades[0] in {"none", "expected", "0 of 10"}
        assert 4 <= len(harm.grades) <= 5


@pytest.mark.parametrize(
    ("code", "grade", "words"),
    [
        ("ERY", 1, "fades within 24 h"),
        ("ERY", 3, "with swelling"),
        ("VES", 1, "few, under 2 mm"),
        ("VES", 3, "bulla"),
        ("BRN", 2, "partial (2nd degree)"),
        ("BRN", 4, "graft"),
        ("PAR", 0, "expected"),
        ("PAR", 2, "persists over 1 h"),
        ("PAI", 2, "4 to 6, held"),
        ("PAI", 3, "7 to 10, stopped"),
        ("DRY", 2, "fissure"),
    ],
)
def test_each_grade_says_what_it_means(code, grade, words) -> None:
    assert finding(code, grade).text.endswith(f": {words}")


@pytest.mark.parametrize(
    ("code", "grade"),
    [("ERY", 4), ("BRN", 5), ("PAI", -1), ("XXX", 1), ("", 0), ("BRN", True)],
)
def test_what_the_vocabulary_does_not_know_is_refused(code, grade) -> None:
    with pytest.raises(HarmError):
        finding(code, grade)


def test_with_tap_water_the_most_frequent_come_first_and_none_is_lost() -> None:
    first = picklist(tap_water=True)
    assert [code.value for code in first[:6]] == [
        "PAR",
        "PRU",
        "PAI",
        "ERY",
        "DRY",
        "VES",
    ]
    assert sorted(first) == sorted(Code) == sorted(picklist(tap_water=False))


@pytest.mark.parametrize("code", Code)
def test_every_grade_from_1_makes_a_call_back(code) -> None:
    assert not needs_call_back(Finding(code, 0))
    assert needs_call_back(Finding(code, 1))


@pytest.mark.parametrize(
    ("code", "grade", "opens"),
    [("BRN", 1, False), ("BRN", 2, True), ("BRN", 3, True), ("VES", 3, False)],
)
def test_a_burn_of_grade_2_is_an_incident(code, grade, opens) -> None:
    assert is_incident(finding(code, grade)) == opens


def test_the_worst_of_nothing_is_0() -> None:
    assert worst([]) == 0
    assert worst([finding("ERY", 1), finding("BRN", 2)]) == 2


def test_two_sessions_with_grade_2_at_one_place_advise_to_stop() -> None:
    once = [Reaction("left palm", 2, 1), Reaction("left palm", 3, 1)]
    assert stop_advised(once) == ()
    assert stop_advised([*once, Reaction("right palm", 2, 2)]) == ()
    assert stop_advised([*once, Reaction("left palm", 1, 2)]) == ()
    assert stop_advised([*once, Reaction("left palm", 2, 2)]) == ("left palm",)


def test_what_is_seen_at_an_electrode_is_part_of_the_vocabulary() -> None:
    assert set(SKIN) < set(Code)
    assert Code.BRN in SKIN
