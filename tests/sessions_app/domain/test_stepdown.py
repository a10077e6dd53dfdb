"""Ladders as data: every step has its rule, and replays to the same answer."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.calendar import EveryDays, Weekdays
from sessions_app.domain.stepdown import (
    Criteria,
    Decision,
    GapBand,
    Ladder,
    LadderError,
    Place,
    Rule,
    Stage,
    after_gap,
    evaluate,
    next_day,
    step,
    walk,
)

START = dt.date(2026, 3, 2)
LADDER = Ladder(
    (
        Stage("DAILY", EveryDays(1), 2),
        Stage("WEEKLY", EveryDays(7), 2),
        Stage("MONTHLY", EveryDays(28), None),
    ),
    fall_back_at=3,
    relapse_window_days=28,
)
SHAPE = "ladder: an object of stages, fall_back_at, relapse_window_days"
STAGE = {"name": "A", "pattern": {"every_days": 1}, "sessions": 1}
WIDER = {**STAGE, "colour": 1}
CRITERIA = Criteria(advance_score=2, advance_permille=500, extend_permille=250)


def stages(scores: dict[int, int], sessions: int = 8, ladder: Ladder = LADDER) -> str:
    return "".join(v.stage[0] for v in walk(ladder, START, sessions, scores))


def test_a_walk_begins_on_the_start_whatever_its_pattern() -> None:
    ladder = Ladder((Stage("A", Weekdays(frozenset({4})), None),), 3, 28)
    days = [visit.day for visit in walk(ladder, START, 2, {})]
    assert days == [START, dt.date(2026, 3, 6)]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({}, "DDWWMMMM"),
        ({1: 4}, "DDWWMMMM"),  # nothing above the first rung
        ({2: 4}, "DDWWMMMM"),
        ({3: 2}, "DDWWMMMM"),
        ({3: 3}, "DDWDDWWM"),  # one rung up, counted anew
        ({4: 3}, "DDWWDDWW"),  # its sessions are done, but the relapse comes first
        ({5: 3}, "DDWWMWWM"),
        ({5: 3, 6: 3}, "DDWWMWDD"),  # within the window: the first rung
    ],
)
def test_rungs_by_score(scores: dict[int, int], expected: str) -> None:
    assert stages(scores) == expected


@pytest.mark.parametrize(
    ("days", "stage", "rule"), [(28, 0, Rule.RESTART), (29, 1, Rule.FALL_BACK)]
)
def test_the_relapse_window_has_its_last_day_inside(
    days: int, stage: int, rule: Rule
) -> None:
    before = Place(2, 1, START)
    found = step(LADDER, before, START + dt.timedelta(days=days), 3)
    assert (found.place.stage, found.rule) == (stage, rule)
    assert found.place == Place(stage, 0, START + dt.timedelta(days=days))


def test_a_window_of_no_days_is_the_same_day() -> None:
    ladder = Ladder.from_dict({**LADDER.to_dict(), "relapse_window_days": 0})
    assert step(ladder, Place(2, 1, START), START, 3).rule is Rule.RESTART
    tomorrow = START + dt.timedelta(days=1)
    assert step(ladder, Place(2, 1, START), tomorrow, 3).rule is Rule.FALL_BACK


def test_the_next_day_comes_from_the_rung_of_the_next_session() -> None:
    last = step(LADDER, Place(0, 1), START, None)
    assert last.rule is Rule.ADVANCE
    assert next_day(LADDER, last.place, START) == START + dt.timedelta(days=7)


@pytest.mark.parametrize(("rung", "expected"), [(1, "AWWMMM"), (4, "AAAAWW")])
def test_a_rung_is_left_after_its_sessions(rung: int, expected: str) -> None:
    ladder = Ladder((Stage("A", EveryDays(1), rung), *LADDER.stages[1:]), 3, 28)
    assert stages({}, 6, ladder) == expected


def test_a_ladder_that_ends_completes_its_course() -> None:
    ladder = Ladder(LADDER.stages[:2], 3, 28)
    visits = list(walk(ladder, START, 99, {}))
    assert [visit.rule for visit in visits][-1] is Rule.COMPLETE
    assert len(visits) == 4
    assert next_day(ladder, Place(2), START) is None


SCORES = st.dictionaries(st.integers(1, 30), st.integers(1, 4))


@given(SCORES, st.integers(0, 30))
def test_a_walk_replays_and_a_longer_one_begins_the_same(
    scores: dict[int, int], sessions: int
) -> None:
    visits = list(walk(LADDER, START, sessions, scores))
    assert visits == list(walk(LADDER, START, 30, scores))[:sessions]
    assert (
        visits
        == list(walk(Ladder.from_dict(LADDER.to_dict()), START, 30, scores))[:sessions]
    )


@given(SCORES)
def test_days_only_go_on_and_rungs_move_by_one_or_to_the_first(
    scores: dict[int, int],
) -> None:
    visits = list(walk(LADDER, START, 30, scores))
    names = [stage.name for stage in LADDER.stages]
    for before, after in pairwise(visits):
        assert after.day > before.day
        moved = names.index(after.stage) - names.index(before.stage)
        assert moved in (-1, 0, 1) or (after.stage, before.rule) == (
            names[0],
            Rule.RESTART,
        )


@given(
    st.integers(0, 2),
    st.integers(0, 1),
    st.one_of(st.none(), st.dates(dt.date(2026, 1, 1), START)),
    st.integers(1, 4),
)
def test_a_worse_score_never_leads_to_fewer_sessions(
    stage: int, done: int, fell_back_on: dt.date | None, score: int
) -> None:
    place = Place(stage, done, fell_back_on)
    better = step(LADDER, place, START, score).place.stage
    worse = step(LADDER, place, START, score + 1).place.stage
    assert worse <= better


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": []},
        {"stages": "all"},
        {"stages": [1]},
        {"stages": [{"name": "A", "pattern": {"every_days": 1}}]},
        {"stages": [{"name": "A", "pattern": {"every_days": 0}, "sessions": 1}]},
        {"stages": [{"name": "A", "pattern": {"every_days": 1}, "sessions": 0}]},
        {"stages": [{"name": "A", "pattern": {"every_days": 1}, "sessions": True}]},
        {"stages": [{"name": 1, "pattern": {"every_days": 1}, "sessions": 1}]},
        {"fall_back_at": "3"},
        {"fall_back_at": True},
        {"relapse_window_days": -1},
        {"colour": "blue"},
    ],
)
def test_a_ladder_that_cannot_be_walked_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(LadderError):
        Ladder.from_dict({**LADDER.to_dict(), **changes})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, SHAPE),
        (["stages", "fall_back_at", "relapse_window_days"], SHAPE),
        ({"fall_back_at": "3"}, "fall_back_at is a whole number, not '3'"),
        ({"relapse_window_days": -1}, "relapse_window_days is 0 or more, not -1"),
        ({"stages": []}, "stages: a ladder has at least one"),
        ({"stages": "all"}, "stages is a list, not 'all'"),
        ({"stages": [1]}, "stages[0] has name, pattern and sessions, not 1"),
        (
            {"stages": [STAGE, WIDER]},
            f"stages[1] has name, pattern and sessions, not {WIDER!r}",
        ),
        (
            {"stages": [{**STAGE, "sessions": 0}]},
            "stages[0]: A: sessions is at least 1 or null",
        ),
        (
            {"stages": [{**STAGE, "pattern": {"every_days": 0}}]},
            "stages[0]: every_days is at least 1, not 0",
        ),
    ],
)
def test_a_refusal_names_the_field(data: Any, says: str) -> None:
    whole = {**LADDER.to_dict(), **data} if isinstance(data, dict) else data
    with pytest.raises(LadderError) as refused:
        Ladder.from_dict(whole)
    assert str(refused.value) == says


def test_a_ladder_comes_back_from_its_json() -> None:
    assert Ladder.from_dict(LADDER.to_dict()) == LADDER


def test_words_that_are_stored_stay() -> None:
    assert list(Rule) == ["stay", "advance", "fall_back", "restart", "complete"]


# Evaluation


@pytest.mark.parametrize(
    ("before", "after", "score", "extended", "permille", "decision"),
    [
        (50, 41, 4, False, 180, "change_factor"),
        (50, 35, 3, True, 300, "discontinue"),
        (50, 41, 4, True, 180, "discontinue"),
        (50, 25, 4, True, 500, "advance"),
        (1000, 501, 3, False, 499, "extend"),
        (1000, 750, 3, False, 250, "extend"),
        (1000, 751, 3, False, 249, "change_factor"),
        (50, 60, 2, True, -200, "advance"),
        (3, 4, 3, False, -334, "change_factor"),
        (0, 0, 3, False, None, "change_factor"),
        (0, 5, 3, True, None, "discontinue"),
        (0, 5, 2, True, None, "advance"),
    ],
)
def test_an_evaluation_at_its_thresholds(
    before: int,
    after: int,
    score: int,
    extended: bool,
    permille: int | None,
    decision: str,
) -> None:
    found = evaluate(
        CRITERIA, before=before, after=after, score=score, extension_used=extended
    )
    assert (found.improvement_permille, found.decision) == (permille, decision)


def test_thresholds_are_inputs() -> None:
    given = {"before": 50, "after": 41, "score": 3, "extension_used": False}
    assert evaluate(Criteria(3, 500, 250), **given).decision is Decision.ADVANCE
    assert evaluate(Criteria(2, 180, 100), **given).decision is Decision.ADVANCE
    assert evaluate(Criteria(2, 500, 180), **given).decision is Decision.EXTEND


@given(
    st.integers(1, 10_000),
    st.integers(0, 20_000),
    st.integers(1, 4),
    st.booleans(),
)
def test_a_worse_result_never_gets_a_better_decision(
    before: int, after: int, score: int, extended: bool
) -> None:
    rank = [
        Decision.ADVANCE,
        Decision.EXTEND,
        Decision.CHANGE_FACTOR,
        Decision.DISCONTINUE,
    ].index

    def decide(after: int, score: int) -> int:
        found = evaluate(
            CRITERIA, before=before, after=after, score=score, extension_used=extended
        )
        return rank(found.decision)

    assert decide(after, score) <= decide(after + 1, score)
    assert decide(after, score) <= decide(after, score + 1)


@pytest.mark.parametrize(("before", "after"), [(-1, 0), (0, -1)])
def test_a_measurement_below_zero_is_refused(before: int, after: int) -> None:
    with pytest.raises(
        ValueError, match=rf"^before {before} and after {after} are 0 or more$"
    ):
        evaluate(CRITERIA, before=before, after=after, score=1, extension_used=False)


# Gaps

BANDS = (GapBand(8, "re_evaluate"), GapBand(0, "carry_on"), GapBand(14, "restart"))


@pytest.mark.parametrize(
    ("days", "act"),
    [
        (0, "carry_on"),
        (7, "carry_on"),
        (8, "re_evaluate"),
        (13, "re_evaluate"),
        (14, "restart"),
        (99, "restart"),
    ],
)
def test_a_gap_falls_into_the_band_that_begins_last(days: int, act: str) -> None:
    assert after_gap(days, BANDS).act == act


def test_a_gap_before_every_band_is_refused() -> None:
    with pytest.raises(LadderError, match=r"^bands: none covers a gap of 7 days$"):
        after_gap(7, BANDS[:1])
