"""Blocks of an induction, their evaluation and the cap, as decided one by one."""

import datetime as dt

import pytest

from sessions_app.domain.course.history import Advice, Baseline, Kind, State
from sessions_app.domain.stepdown import Place
from tests.sessions_app.domain.course.scene import (
    STEP,
    changed,
    done,
    event,
    from_standing,
    inducing,
    on,
    rules,
    seen,
)


def test_a_course_begins_today_with_its_first_block() -> None:
    first = seen(STEP, event(0, Kind.CANCELLED))
    assert (first.state, first.rung, first.number) == (State.DRAFT, "INDUCTION", 1)
    assert first.dates is not None
    assert (first.dates.due, first.treats) == (on(0), True)
    assert rules(first) == ["stay", "start"]
    assert "first session of the induction" in first.why


def test_a_first_session_opens_a_block_of_ten() -> None:
    step = seen(STEP, done(0, score=4))
    assert (step.state, step.number, step.of) == (State.INDUCTION, 2, 10)
    assert step.standing.block_from == on(0)
    assert step.standing.induced == 1
    assert step.why == "1 of 10 sessions of the block"
    assert (step.interval_days, step.advice) == (2, ())


def test_a_session_that_delivered_too_little_uses_up_nothing() -> None:
    step = from_standing(STEP, inducing(3), done(2, counted=False, score=4))
    assert (step.number, step.standing.induced) == (4, 3)
    assert step.rule == "not_counted"
    assert step.standing.last_done == on(0)
    assert step.standing.recent == (on(0), on(2))
    assert step.why == (
        "too little was delivered: the session uses up none of the block"
    )


@pytest.mark.parametrize(
    ("score", "sweat", "rule", "state", "block"),
    [
        (2, None, "response", State.TAPER, 0),
        (1, 50_000, "response", State.TAPER, 0),
        (3, 25_000, "response", State.TAPER, 0),
        (3, 25_001, "partial", State.INDUCTION_EXTENDED, 10),
        (4, 37_500, "partial", State.INDUCTION_EXTENDED, 10),
        (3, 37_501, "change_factor", State.INDUCTION_EXTENDED, 10),
        (3, None, "change_factor", State.INDUCTION_EXTENDED, 10),
        (None, 25_000, "evaluation_due", State.EVALUATION, 10),
    ],
)
def test_the_tenth_session_is_evaluated(
    score: int | None, sweat: int | None, rule: str, state: State, block: int
) -> None:
    step = from_standing(STEP, inducing(9), done(2, score=score, sweat=sweat))
    assert (step.rule, step.state, step.standing.block) == (rule, state, block)
    assert step.treats is (rule != "evaluation_due")
    assert (step.dates is None) is (rule == "evaluation_due")


def test_the_self_scale_may_show_a_response_alone() -> None:
    found = from_standing(STEP, inducing(9), done(2, score=3, self_scale=4))
    assert found.rule == "response"
    partial = from_standing(
        STEP, inducing(9), done(2, score=3, sweat=49_000, self_scale=6)
    )
    assert partial.rule == "partial"
    assert partial.why == (
        "10 of 10 sessions of the block, HDSS 3, gravimetry 50000 to 49000,"
        " self scale 8 to 6: partial response, at most 10 sessions more"
    )


def test_without_a_baseline_the_score_alone_decides() -> None:
    step = from_standing(
        STEP, inducing(9), done(2, score=3, sweat=1), before=Baseline(score=4)
    )
    assert step.rule == "change_factor"
    assert step.advice == (Advice.CHANGE_ONE_FACTOR,)
    assert step.why == (
        "10 of 10 sessions of the block, HDSS 3: change one factor (more current,"
        " poles, waveform, drug) for at most 10 sessions, or stop"
    )


def test_a_response_opens_the_taper_and_counts_anew() -> None:
    step = from_standing(STEP, inducing(9, extended=True), done(2, score=2))
    now = step.standing
    assert (step.rung, step.number, step.of) == ("TAPER_2", 1, 4)
    assert (now.induced, now.extended, now.block, now.block_from) == (
        0,
        False,
        0,
        None,
    )
    assert step.why == "10 of 10 sessions of the block, HDSS 2: response"


def test_an_extension_is_a_block_of_its_own() -> None:
    step = from_standing(STEP, inducing(9, good=1), done(2, score=3, sweat=30_000))
    now = step.standing
    assert (now.place.done, now.block, now.block_from, now.extended) == (
        0,
        10,
        None,
        True,
    )
    assert (now.induced, now.good) == (10, 0)


@pytest.mark.parametrize(("left", "block"), [(3, 3), (11, 10)])
def test_an_extension_ends_at_the_cap(left: int, block: int) -> None:
    spec = changed(STEP, "down.induction", cap=10 + left)
    step = from_standing(spec, inducing(9), done(2, score=3, sweat=30_000))
    assert step.standing.block == block


def test_at_the_cap_there_is_no_extension() -> None:
    spec = changed(STEP, "down.induction", cap=10)
    step = from_standing(spec, inducing(9), done(2, score=3, sweat=30_000))
    assert (step.rule, step.state, step.treats) == (
        "induction_cap",
        State.DISCONTINUED,
        False,
    )
    assert step.advice == (Advice.REVIEW_ALTERNATIVE,)
    assert step.why.endswith("10 sessions of at most 10")


def test_after_the_extension_there_is_a_response_or_an_end() -> None:
    standing = inducing(9, extended=True, state=State.INDUCTION_EXTENDED, induced=19)
    ended = from_standing(STEP, standing, done(2, score=3, sweat=30_000))
    assert (ended.rule, ended.state) == ("no_response", State.DISCONTINUED)
    assert ended.advice == (Advice.REVIEW_ALTERNATIVE,)
    assert ended.why.endswith(": no response after the extension, discontinue")
    assert from_standing(STEP, standing, done(2, score=2)).rule == "response"


def test_two_dry_visits_running_end_an_induction_early() -> None:
    once = from_standing(STEP, inducing(4), done(2, score=1))
    assert (once.rule, once.standing.good) == ("stay", 1)
    twice = from_standing(STEP, inducing(4), done(2, score=1), done(4, score=1))
    assert (twice.rule, twice.rung, twice.standing.good) == ("euhidrosis", "TAPER_2", 0)
    assert twice.why == "HDSS 1 at 2 visits running: dry"
    for between in (done(4, score=2), done(4)):
        broken = from_standing(
            STEP, inducing(4), done(2, score=1), between, done(7, score=1)
        )
        assert (broken.rule, broken.standing.good) == ("stay", 1)


@pytest.mark.parametrize(("days", "rule"), [(17, "stay"), (18, "response")])
def test_a_block_is_evaluated_by_its_28th_day(days: int, rule: str) -> None:
    standing = inducing(4, last_done=on(days - 2), recent=(on(days - 2),))
    step = from_standing(STEP, standing, done(days, score=2))
    assert step.rule == rule
    if rule == "response":
        assert step.why == "28 days since the block began, HDSS 2: response"


def test_a_result_settles_an_evaluation_that_waits() -> None:
    waiting = from_standing(STEP, inducing(9), done(2))
    assert waiting.why == (
        "10 of 10 sessions of the block: evaluate, HDSS and sweat are not measured yet"
    )
    assert waiting.advice == (Advice.MEASURE,)
    settled = from_standing(
        STEP, inducing(9), done(2), event(5, Kind.MEASURED, score=2)
    )
    assert (settled.rule, settled.state) == ("response", State.TAPER)
    assert settled.why == "10 of 10 sessions of the block, HDSS 2: response"


def test_a_result_inside_a_block_decides_nothing() -> None:
    step = from_standing(STEP, inducing(4), event(1, Kind.MEASURED, score=1))
    assert (step.rule, step.standing.score, step.standing.best) == ("stay", 1, 1)
    assert step.why == "measured inside the block"


def test_thresholds_are_of_the_ladder() -> None:
    easy = changed(STEP, "down.criteria", advance_score=3)
    assert from_standing(easy, inducing(9), done(2, score=3)).rule == "response"
    short = changed(STEP, "down.induction", euhidrosis_visits=1)
    assert from_standing(short, inducing(1), done(2, score=1)).rule == "euhidrosis"
    early = changed(STEP, "down.induction", evaluate_by_days=12)
    assert from_standing(early, inducing(1), done(2, score=2)).rule == "response"


def test_a_ladder_of_two_rungs_goes_to_maintenance_at_once() -> None:
    data = STEP.to_dict()
    stages = data["down"]["ladder"]["stages"]
    data["down"]["ladder"]["stages"] = [stages[0], stages[-1]]
    data["down"]["least_days"] = [1, 21]
    step = from_standing(type(STEP).from_dict(data), inducing(9), done(2, score=2))
    assert (step.state, step.standing.interval_days) == (State.MAINTENANCE, 21)
    assert step.standing.place == Place(1)


def test_the_place_of_a_fall_back_is_kept() -> None:
    fell = dt.date(2026, 1, 5)
    for score in (2, 3):
        standing = inducing(9, place=Place(0, 9, fell))
        step = from_standing(STEP, standing, done(2, score=score))
        assert step.standing.place.fell_back_on == fell


def test_a_block_after_the_hold_of_a_draft_is_whole() -> None:
    held = seen(STEP, event(0, Kind.HOLD, reason="pregnancy"), done(3))
    assert (held.state, held.standing.block) == (State.INDUCTION, 10)
