"""Down the rungs, in maintenance and back up, as decided one by one."""

from dataclasses import replace
from fractions import Fraction

import pytest

from sessions_app.domain.calendar import EveryDays, Weekdays
from sessions_app.domain.course.history import Advice, Kind, Standing, State
from sessions_app.domain.course.tapering import period
from sessions_app.domain.stepdown import Place
from tests.sessions_app.domain.course.scene import (
    STEP,
    changed,
    done,
    event,
    from_standing,
    on,
    on_rung,
    rules,
)


@pytest.mark.parametrize(
    ("stage", "last", "rung", "next_rung"),
    [
        (1, 3, "TAPER_2", "TAPER_1"),
        (2, 3, "TAPER_1", "TAPER_14"),
        (3, 1, "TAPER_14", "MAINTENANCE"),
    ],
)
def test_a_rung_is_left_after_its_sessions(
    stage: int, last: int, rung: str, next_rung: str
) -> None:
    before = from_standing(STEP, on_rung(stage, last - 1), done(3, score=2))
    assert (before.rule, before.rung) == ("stay", rung)
    assert before.why == f"{last} of {last + 1} sessions of {rung}"
    step = from_standing(STEP, on_rung(stage, last), done(3, score=2))
    assert (step.rule, step.rung, step.number) == ("advance", next_rung, 1)
    assert step.why == f"{last + 1} of {last + 1} sessions of {rung}: on to {next_rung}"


def test_maintenance_begins_with_its_own_interval() -> None:
    step = from_standing(STEP, on_rung(3, 1), done(3, score=2))
    assert (step.state, step.standing.interval_days) == (State.MAINTENANCE, 21)
    assert (step.interval_days, step.of) == (21, None)
    tapering = from_standing(STEP, on_rung(1, 3), done(3, score=2))
    assert (tapering.state, tapering.standing.interval_days) == (State.TAPER, 0)


def test_a_session_without_a_score_goes_by_the_last_one() -> None:
    assert from_standing(STEP, on_rung(1, 3), done(3)).rule == "advance"
    unknown = from_standing(STEP, on_rung(1, 3, score=None, best=None), done(3))
    assert unknown.rule == "not_yet"
    assert unknown.why == (
        "4 of 4 sessions of TAPER_2, but no HDSS of at most 2: the rung goes on"
    )


def test_wet_days_keep_a_patient_on_the_rung() -> None:
    step = from_standing(STEP, on_rung(1, 3), done(3, score=2, wet_days=1))
    assert (step.rule, step.rung, step.number) == ("not_yet", "TAPER_2", 5)
    assert step.why == (
        "4 of 4 sessions of TAPER_2, but wet days since the last visit: 1:"
        " the rung goes on"
    )
    later = from_standing(
        STEP, on_rung(1, 3), done(3, score=2, wet_days=1), done(7, wet_days=0)
    )
    assert later.rule == "advance"
    patient = changed(STEP, "down.taper", wet_days=1)
    assert from_standing(patient, on_rung(1, 3), done(3, wet_days=1)).rule == "advance"


def test_a_session_that_delivered_too_little_stays_on_its_rung() -> None:
    step = from_standing(STEP, on_rung(1, 3), done(3, score=2, counted=False))
    assert (step.rule, step.rung, step.number) == ("not_counted", "TAPER_2", 4)
    assert step.why == "too little was delivered: the session uses up none of the rung"


# Relapses


@pytest.mark.parametrize(
    ("stage", "score", "best", "rung", "why"),
    [
        (1, 3, 2, "INDUCTION", "HDSS 3, fall back from 3 on: up to INDUCTION"),
        (2, 3, 2, "TAPER_2", "HDSS 3, fall back from 3 on: up to TAPER_2"),
        (2, 4, None, "TAPER_2", "HDSS 4, fall back from 3 on: up to TAPER_2"),
        (3, 2, 1, "TAPER_1", "HDSS 2, at best 1: up to TAPER_1"),
    ],
)
def test_a_relapse_steps_one_rung_up(
    stage: int, score: int, best: int | None, rung: str, why: str
) -> None:
    before = on_rung(stage, 1, best=best, good=1)
    step = from_standing(STEP, before, done(3, score=score))
    assert (step.rule, step.rung, step.number) == ("relapse_step_up", rung, 1)
    assert step.why == why
    state = State.RELAPSE if stage > 1 else State.INDUCTION
    assert step.state is state
    now = step.standing
    assert (now.relapses, now.place.fell_back_on) == ((on(3),), on(3))
    assert (now.best, now.good, now.interval_days) == (score, 0, 0)


def test_up_to_induction_is_a_whole_block() -> None:
    step = from_standing(STEP, on_rung(1, 1, good=1), done(3, score=3))
    now = step.standing
    assert (step.of, now.block_from, now.good, now.extended) == (10, None, 0, False)


def test_no_score_and_an_equal_one_are_no_relapse() -> None:
    assert from_standing(STEP, on_rung(2, 1, best=2), done(3, score=2)).rule == "stay"
    assert from_standing(STEP, on_rung(2, 1, best=1), done(3)).rule == "stay"
    assert (
        from_standing(STEP, on_rung(2, 1, best=None), done(3, score=2)).rule == "stay"
    )
    lenient = changed(STEP, "down.taper", worse_by=2)
    step = from_standing(lenient, on_rung(2, 1, best=1), done(3, score=2))
    assert step.rule == "stay"


@pytest.mark.parametrize(("days", "rung"), [(28, "INDUCTION"), (29, "TAPER_1")])
def test_a_second_relapse_within_28_days_goes_to_the_start(
    days: int, rung: str
) -> None:
    standing = on_rung(
        3, place=Place(3, 0, on(0)), relapses=(on(0),), last_done=on(days - 14)
    )
    step = from_standing(STEP, standing, done(days, score=3))
    assert step.rung == rung
    again = rung == "INDUCTION"
    assert step.rule == ("relapse_induction" if again else "relapse_step_up")
    if again:
        assert step.why.startswith(
            "HDSS 3, fall back from 3 on, again within 28 days: INDUCTION anew"
        )


@pytest.mark.parametrize(
    ("first", "rule", "kept"),
    [(17, "relapse_review", 3), (16, "relapse_step_up", 2)],
)
def test_a_third_relapse_in_half_a_year_asks_for_another_treatment(
    first: int, rule: str, kept: int
) -> None:
    standing = on_rung(
        3,
        place=Place(3, 0, on(100)),
        relapses=(on(first), on(100)),
        last_done=on(186),
    )
    step = from_standing(STEP, standing, done(200, score=3))
    assert (step.rule, len(step.standing.relapses)) == (rule, kept)
    assert step.rung == "TAPER_1"
    assert (Advice.REVIEW_ALTERNATIVE in step.advice) is (kept == 3)
    if kept == 3:
        assert step.why.startswith(
            "relapse 3 within 183 days: review the alternatives; HDSS 3"
        )


def relapsing(stage: int, done_there: int = 0, good: int = 0) -> Standing:
    return on_rung(stage, done_there, state=State.RELAPSE, good=good)


def test_two_good_visits_end_a_relapse() -> None:
    once = from_standing(STEP, relapsing(2), done(7, score=2))
    assert (once.state, once.standing.good, once.rule) == (State.RELAPSE, 1, "stay")
    twice = from_standing(STEP, relapsing(2), done(7, score=2), done(14, score=1))
    assert (twice.state, twice.standing.good) == (State.TAPER, 0)
    assert rules(twice) == ["recovered", "stay"]
    assert twice.rule == "recovered"
    assert twice.why.startswith("HDSS 1 at 2 visits running: recovered; 2 of 4")
    assert twice.number == 3


@pytest.mark.parametrize("between", [{}, {"score": 2, "wet_days": 1}])
def test_visits_that_are_not_good_begin_the_count_again(
    between: dict[str, int],
) -> None:
    step = from_standing(
        STEP, relapsing(2, good=1), done(7, **between), done(14, score=2)
    )
    assert (step.state, step.standing.good) == (State.RELAPSE, 1)


def test_a_relapse_that_is_not_over_stays_on_its_rung() -> None:
    step = from_standing(STEP, relapsing(2, 3), done(7, score=2))
    assert (step.rule, step.rung) == ("not_yet", "TAPER_1")
    assert step.why == (
        "4 of 4 sessions of TAPER_1, but not yet 2 good visits running:"
        " the rung goes on"
    )
    over = from_standing(STEP, relapsing(2, 3, good=1), done(7, score=2))
    assert rules(over) == ["recovered", "advance"]


def test_a_score_between_advance_and_relapse_is_neither() -> None:
    strict = changed(STEP, "down.taper", advance_score=1)
    step = from_standing(strict, relapsing(2, good=1), done(7, score=2))
    assert (step.state, step.standing.good) == (State.RELAPSE, 0)
    stays = from_standing(strict, on_rung(1, 3), done(3, score=2))
    assert stays.rule == "not_yet"
    assert "no HDSS of at most 1" in stays.why


# Maintenance


def test_three_good_visits_lengthen_the_interval() -> None:
    events = [done(21 * n, score=2) for n in (1, 2)]
    step = from_standing(STEP, on_rung(4), *events)
    assert (step.rule, step.standing.good) == ("stay", 2)
    assert step.why == "every 21 days, 2 good visits running"
    longer = from_standing(STEP, on_rung(4), *events, done(63, score=2))
    assert (longer.rule, longer.standing.interval_days) == ("lengthen", 28)
    assert (longer.interval_days, longer.standing.good) == (28, 0)
    assert longer.why == "3 good visits running: every 28 days"


def test_the_interval_has_a_longest_and_a_shortest() -> None:
    top = on_rung(4, interval_days=28, good=2)
    at_most = from_standing(STEP, top, done(28, score=2))
    assert (at_most.rule, at_most.standing.interval_days) == ("stay", 28)
    low = on_rung(4, interval_days=7, best=1)
    least = from_standing(STEP, low, done(7, score=2))
    assert (least.rule, least.standing.interval_days) == ("shorten", 7)
    between = on_rung(4, interval_days=24, good=2)
    assert from_standing(STEP, between, done(21, score=2)).interval_days == 28
    near = on_rung(4, interval_days=9, best=1)
    assert from_standing(STEP, near, done(9, score=2)).interval_days == 7


def test_worsening_shortens_the_interval_and_is_the_new_measure() -> None:
    step = from_standing(STEP, on_rung(4, best=1, good=2), done(21, score=2))
    assert (step.rule, step.interval_days, step.standing.good) == ("shorten", 14, 0)
    assert step.standing.best == 2
    assert step.why == "HDSS 2, at best 1: every 14 days"
    wet = from_standing(STEP, on_rung(4, good=2), done(21, score=2, wet_days=3))
    assert (wet.rule, wet.interval_days) == ("shorten", 14)
    assert wet.why == "wet days since the last visit: 3: every 14 days"
    both = from_standing(STEP, on_rung(4, best=1), done(21, score=2, wet_days=3))
    assert both.why == "HDSS 2, at best 1: every 14 days"


def test_a_visit_without_a_score_is_not_good() -> None:
    step = from_standing(STEP, on_rung(4, good=2), done(21))
    assert (step.rule, step.standing.good) == ("stay", 0)


@pytest.mark.parametrize(
    ("interval", "rung"),
    [
        (28, "TAPER_14"),
        (21, "TAPER_14"),
        (20, "TAPER_1"),
        (14, "TAPER_1"),
        (7, "TAPER_2"),
    ],
)
def test_a_relapse_in_maintenance_comes_more_often_than_now(
    interval: int, rung: str
) -> None:
    standing = on_rung(4, interval_days=interval)
    step = from_standing(STEP, standing, done(interval, score=3))
    assert (step.rung, step.state) == (rung, State.RELAPSE)
    assert step.standing.interval_days == 0


def test_without_a_rung_that_often_it_is_the_first_one() -> None:
    spec = changed(STEP, "down.maintenance", least_days=1, step_days=21)
    step = from_standing(spec, on_rung(4), done(21, score=3))
    assert (step.rung, step.standing.interval_days) == ("INDUCTION", 0)


# Results without a treatment


def test_a_score_by_telephone_may_step_up() -> None:
    missed = replace(on_rung(2, 1), missed=2)
    step = from_standing(STEP, missed, event(20, Kind.MEASURED, score=3))
    assert rules(step)[:2] == ["relapse_step_up", "missed_step_up"]
    assert (step.rule, step.rung) == ("missed_step_up", "TAPER_2")
    assert step.why.startswith("2 visits missed running, then HDSS 3, fall back from 3")
    assert step.standing.missed == 0
    fewer = from_standing(
        STEP, replace(missed, missed=1), event(8, Kind.MEASURED, score=3)
    )
    assert (fewer.rule, fewer.rung) == ("relapse_step_up", "TAPER_2")


def test_a_good_score_by_telephone_changes_nothing() -> None:
    missed = replace(on_rung(2, 1), missed=2)
    step = from_standing(STEP, missed, event(7, Kind.MEASURED, score=2))
    assert (step.rule, step.rung, step.standing.missed) == ("stay", "TAPER_1", 0)
    assert step.why == "no step up: the score asks for none"
    silent = from_standing(STEP, missed, event(7, Kind.MEASURED))
    assert (silent.rule, silent.standing.score) == ("missed_ask", 2)
    assert silent.standing.missed == 2


@pytest.mark.parametrize(
    ("pattern", "days"),
    [(EveryDays(14), Fraction(14)), (Weekdays(frozenset({0, 3})), Fraction(7, 2))],
)
def test_days_from_visit_to_visit(
    pattern: EveryDays | Weekdays, days: Fraction
) -> None:
    assert period(pattern) == days


def test_a_relapse_without_a_session_left_ends_at_the_cap() -> None:
    # A person moved the course down before it had answered, at its cap.
    tapered = on_rung(1, induced=20)
    step = from_standing(STEP, tapered, done(3, score=3))
    assert (step.state, step.rule) == (State.DISCONTINUED, "induction_cap")
    assert rules(step) == ["relapse_step_up", "induction_cap"]
    assert "20 sessions of at most 20" in step.why
    one_left = from_standing(STEP, on_rung(1, induced=19), done(3, score=3))
    assert (one_left.state, one_left.of) == (State.INDUCTION, 1)
    weekly = from_standing(STEP, on_rung(2, induced=20, block=0), done(7, score=3))
    assert (weekly.state, weekly.rung) == (State.RELAPSE, "TAPER_2")
