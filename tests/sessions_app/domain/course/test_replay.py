"""A past decision reads the same for ever.

`recorded.json` holds proposals as engine 1 made them, one at least for each rule.
They are never made anew: when one of them fails, records in use would change too,
and the change belongs into an engine of its own version.
"""

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sessions_app.domain.course.engine import propose
from sessions_app.domain.course.history import History, Rule
from sessions_app.domain.course.proposal import Proposal, ReplayError
from sessions_app.domain.course.replay import replay
from sessions_app.domain.course.timing import propose_time
from tests.sessions_app.domain.course.scene import BEFORE, STEP, done, on


@cache
def recorded() -> dict[str, Any]:
    path = Path(__file__).with_name("recorded.json")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def again(one: dict[str, Any]) -> Proposal:
    return replay({**one["inputs"], "ladder": recorded()["ladders"][one["ladder"]]})


def test_recorded_proposals_replay_to_the_same_answer() -> None:
    for one in recorded()["proposals"]:
        found = again(one)
        told = (found.rule, list(found.rules), found.why, found.result, found.ladder)
        assert told == (
            one["rule"],
            one["rules"],
            one["why"],
            one["result"],
            one["ladder"],
        )
        assert {**found.inputs, "ladder": None} == {**one["inputs"], "ladder": None}


def test_every_rule_is_recorded() -> None:
    rules = {rule for one in recorded()["proposals"] for rule in one["rules"]}
    assert set(Rule) <= rules


def test_inputs_lead_to_the_equal_proposal() -> None:
    made = propose(STEP, History(BEFORE, (done(0, score=4),)), on(3), [on(4)])
    assert replay(json.loads(json.dumps(made.inputs))) == made


def test_a_time_by_the_clock_replays() -> None:
    sydney = ZoneInfo("Australia/Sydney")
    ended = dt.datetime(2026, 4, 4, 15, tzinfo=sydney)
    made = propose_time(
        STEP,
        dt.date(2026, 4, 5),
        clock=dt.time(9),
        zone=sydney,
        last_ended=ended,
        closures=[dt.date(2026, 4, 6)],
    )
    assert (made.kind, made.rule, made.rules) == (
        "date",
        "hours_apart",
        ("hours_apart",),
    )
    assert (made.engine, made.ladder, made.ladder_version) == ("1", "HH-STEP", 1)
    assert made.result == {
        "local": "2026-04-07T09:00:00+10:00",
        "utc": "2026-04-06T23:00:00+00:00",
        "moved_days": 2,
    }
    assert made.why == (
        "07-Apr-2026 09:00 Australia/Sydney, 2 days later: at least 20 hours apart"
        " and on an open day"
    )
    assert made.inputs["last_ended"] == "2026-04-04T04:00:00+00:00"
    assert replay(json.loads(json.dumps(made.inputs))) == made


def test_a_time_that_stays_says_only_when() -> None:
    made = propose_time(
        STEP, on(2), clock=dt.time(9), zone=ZoneInfo("Europe/London"), last_ended=None
    )
    assert (made.rule, made.why) == ("day", "04-Mar-2026 09:00 Europe/London")
    assert replay(made.inputs) == made


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"engine": "2"}, "'step' of engine '2' is unknown; known: engine 1 with step"),
        ({"kind": "guess"}, "'guess' of engine '1' is unknown"),
        ({"ladder": None}, "step of engine 1: ladder is an object, not None"),
        ({"today": "2026-02-30"}, "today is a day as 2026-11-02, not '2026-02-30'"),
        ({"history": {}}, "history: missing or unknown baseline, events"),
    ],
)
def test_inputs_that_are_not_whole_are_refused(
    changes: dict[str, Any], says: str
) -> None:
    made = propose(STEP, History(), on(0))
    with pytest.raises(ReplayError) as refused:
        replay({**made.inputs, **changes})
    assert says in str(refused.value)


def test_the_known_kinds_are_named() -> None:
    with pytest.raises(ReplayError, match=r"known: engine 1 with step, current, date$"):
        replay({"engine": "1", "kind": "guess"})


@pytest.mark.parametrize(
    ("kind", "field", "wrong", "says"),
    [
        ("current", "levels", 1, "current of engine 1: levels is an object, not 1"),
        ("current", "last", 1, "last is an object, not 1"),
        ("current", "today", 1, "today is an object, not 1"),
        ("date", "day", 1, "day is a day as 2026-11-02, not 1"),
        ("date", "closures", [1], "closures is a day as 2026-11-02, not 1"),
        ("date", "zone", "Moon", "date of engine 1: zone 'Moon' is not known"),
    ],
)
def test_a_wrong_input_is_named(kind: str, field: str, wrong: Any, says: str) -> None:
    one = next(p for p in recorded()["proposals"] if p["inputs"]["kind"] == kind)
    with pytest.raises(ReplayError) as refused:
        again({**one, "inputs": {**one["inputs"], field: wrong}})
    assert says in str(refused.value)


def test_a_missing_input_is_named() -> None:
    with pytest.raises(ReplayError, match="'ladder'"):
        replay({"engine": "1", "kind": "step"})
