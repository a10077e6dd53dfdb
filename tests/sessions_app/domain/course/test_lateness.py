"""Missed, late and too long away, at the edges of every band."""

import pytest

from sessions_app.domain.course.history import Advice, Kind, State
from tests.sessions_app.domain.course.scene import (
    STEP,
    TENDON,
    changed,
    done,
    event,
    from_standing,
    inducing,
    on,
    on_rung,
    rules,
    seen,
)


@pytest.mark.parametrize(
    ("gap", "rule", "number", "block"),
    [
        (4, None, 5, 10),
        (5, "gap_note", 5, 10),
        (7, "gap_note", 5, 10),
        (8, "gap_re_evaluate", 5, 12),
        (13, "gap_re_evaluate", 5, 12),
        (14, "gap_restart", 1, 10),
        (30, "gap_restart", 1, 10),
    ],
)
def test_the_bands_of_a_gap_in_induction(
    gap: int, rule: str | None, number: int, block: int
) -> None:
    today = from_standing(STEP, inducing(4), today=gap)
    assert (today.number, today.of) == (number, block)
    assert rules(today) == ["stay", *([rule] if rule else [])]
    treated = from_standing(STEP, inducing(4), done(gap, score=3), today=gap)
    assert (treated.number, treated.standing.block) == (number + 1, block)
    assert treated.standing.induced == 5


def test_what_is_said_of_a_gap() -> None:
    noted = from_standing(STEP, inducing(4), today=6)
    assert noted.advice == (Advice.NOTE_GAP,)
    assert noted.why.startswith("6 days since the last session: carry on")
    again = from_standing(STEP, inducing(4), today=9)
    assert again.advice == (Advice.RE_EVALUATE,)
    assert again.why.startswith(
        "9 days since the last session: evaluate again, 2 sessions more"
    )
    anew = from_standing(STEP, inducing(4), today=15)
    assert anew.why.startswith(
        "15 days since the last session: the block begins anew with 10 sessions;"
        " 4 of 20 are used"
    )
    assert anew.advice == ()


def test_what_today_means_is_not_kept_before_somebody_came() -> None:
    today = from_standing(STEP, inducing(4, good=1), today=15)
    assert today.standing.place.done == 4
    treated = from_standing(STEP, inducing(4, good=1), done(15, score=1))
    assert treated.standing.block_from == on(15)
    assert treated.standing.good == 1


def test_sessions_that_a_gap_adds_end_at_the_cap() -> None:
    step = from_standing(STEP, inducing(4, induced=15, block=8), today=9)
    assert step.of == 9
    anew = from_standing(STEP, inducing(4, induced=15, block=8), today=15)
    assert anew.of == 5


def test_an_extension_begins_anew_as_an_extension() -> None:
    spec = changed(STEP, "down.induction", extension_sessions=6)
    step = from_standing(spec, inducing(4, extended=True), today=15)
    assert step.of == 6


def test_a_visit_late_by_less_than_half_the_interval_goes_on() -> None:
    for days in (7, 6):
        assert rules(from_standing(STEP, on_rung(2), today=days)) == ["stay"]
    late = from_standing(STEP, on_rung(2), today=10)
    assert rules(late) == ["stay", "late_keep"]
    assert late.why.startswith(
        "3 days late on an interval of 7: the rung goes on from the last session"
    )
    later = from_standing(STEP, on_rung(3), today=21)
    assert rules(later) == ["stay", "late_ask"]
    assert later.advice == (Advice.ASK_SCORE,)
    assert later.why.startswith(
        "7 days late on an interval of 14: ask for HDSS before treating"
    )
    assert rules(from_standing(STEP, on_rung(3), today=20))[1] == "late_keep"
    exact = changed(STEP, "down.taper", late_permille=429)
    assert rules(from_standing(exact, on_rung(2), today=10))[1] == "late_keep"
    strict = changed(STEP, "down.taper", late_permille=400)
    assert rules(from_standing(strict, on_rung(3), today=20))[1] == "late_ask"


def test_a_late_session_is_told_and_counted_from() -> None:
    step = from_standing(STEP, on_rung(2), done(9, score=2))
    assert rules(step) == ["late_keep", "stay"]
    assert step.dates is not None
    assert step.dates.due == on(16)


def test_missed_visits_use_up_nothing_and_two_running_are_asked_about() -> None:
    once = from_standing(STEP, on_rung(2, 1), event(7, Kind.NO_SHOW))
    assert (once.rule, once.number, once.standing.missed) == ("stay", 2, 1)
    assert once.why == "a missed visit uses up no session"
    twice = from_standing(
        STEP, on_rung(2, 1), event(7, Kind.NO_SHOW), event(8, Kind.CANCELLED_LATE)
    )
    assert (twice.rule, twice.number) == ("missed_ask", 2)
    assert twice.advice == (Advice.ASK_SCORE,)
    assert twice.why.startswith("2 visits missed running: ask for HDSS by telephone")
    for kind in (Kind.CANCELLED, Kind.CLOSED):
        other = from_standing(
            STEP, on_rung(2, 1), event(7, Kind.NO_SHOW), event(7, kind)
        )
        assert (other.rule, other.standing.missed) == ("stay", 1)
        assert other.why == "a visit called off uses up no session"


@pytest.mark.parametrize("state", [State.RELAPSE, State.MAINTENANCE])
def test_missed_visits_are_asked_about_in_every_taper(state: State) -> None:
    standing = on_rung(2, missed=1, state=state, interval_days=7)
    step = from_standing(STEP, standing, event(7, Kind.NO_SHOW))
    assert step.rule == "missed_ask"


def test_a_session_ends_the_run_of_missed_visits() -> None:
    step = from_standing(
        STEP, on_rung(2), event(7, Kind.NO_SHOW), done(8), event(15, Kind.NO_SHOW)
    )
    assert (step.rule, step.standing.missed) == ("stay", 1)


def test_missed_visits_of_other_courses_are_only_counted() -> None:
    two = (event(2, Kind.NO_SHOW), event(3, Kind.NO_SHOW))
    assert from_standing(STEP, inducing(3), *two).rule == "stay"
    assert seen(TENDON, done(0, pain=5), *two).rule == "stay"


@pytest.mark.parametrize(("days", "state"), [(55, State.TAPER), (56, State.ON_HOLD)])
def test_a_course_that_nobody_comes_to_is_held(days: int, state: State) -> None:
    step = from_standing(STEP, on_rung(2), today=days)
    assert step.state is state
    if state is State.ON_HOLD:
        assert (step.rule, step.treats, step.dates) == ("missed_too_long", False, None)
        assert step.advice == (Advice.ASK_SCORE, Advice.ASK_PRESCRIBER)
        assert step.why.startswith(
            "56 days since the last session, held from 56 on; 49 days late"
        )


def test_a_resumed_course_is_not_held_again_at_once() -> None:
    events = (
        event(60, Kind.HOLD, reason="pregnancy"),
        event(100, Kind.RESUME, reason="prescriber"),
    )
    for today, state in ((155, State.TAPER), (156, State.ON_HOLD)):
        assert from_standing(STEP, on_rung(2), *events, today=today).state is state


def test_somebody_who_comes_after_all_is_treated_on_the_rung() -> None:
    step = from_standing(STEP, on_rung(2), done(60, score=2))
    assert (step.state, step.rung) == (State.TAPER, "TAPER_1")
    assert rules(step) == ["late_ask", "stay"]


def test_nothing_is_late_before_a_first_session_or_after_the_end() -> None:
    assert rules(seen(STEP, event(0, Kind.NO_SHOW), today=90)) == ["stay", "start"]
    ended = seen(TENDON, done(0), event(1, Kind.STOP, reason="wish"), today=90)
    assert rules(ended) == ["stopped"]
    waiting = from_standing(STEP, inducing(9), done(2), today=90)
    assert rules(waiting) == ["evaluation_due"]
    tendon = seen(TENDON, done(0, pain=5), today=56)
    assert tendon.state is State.ON_HOLD
    assert tendon.standing.before is State.DRAFT
    assert seen(TENDON, done(0, pain=5), today=20).state is State.FIXED


def test_an_entry_out_of_order_is_no_gap() -> None:
    step = from_standing(STEP, inducing(4), done(-3, score=3), today=0)
    assert rules(step) == ["stay"]
    assert rules(from_standing(STEP, inducing(4), today=-2)) == ["stay"]
    bands = [{"from_days": 0, "act": "carry_on"}, {"from_days": 1, "act": "note"}]
    strict = changed(STEP, "down", gaps=bands)
    assert rules(from_standing(strict, inducing(4), today=-2)) == ["stay"]
    assert rules(from_standing(strict, inducing(4), today=1)) == ["stay", "gap_note"]


def test_what_was_asked_stays_asked_until_it_is_answered() -> None:
    missed = [event(7, Kind.NO_SHOW), event(14, Kind.NO_SHOW)]
    closed = from_standing(STEP, on_rung(2), *missed, event(14, Kind.CLOSED))
    assert rules(closed)[-1] == "missed_ask"
    assert "2 visits missed running: ask for HDSS by telephone" in closed.why
    assert Advice.ASK_SCORE in closed.advice
    told = event(15, Kind.MEASURED, score=2)
    answered = from_standing(STEP, on_rung(2), *missed, told, today=14)
    assert "missed_ask" not in rules(answered)
    once = from_standing(STEP, on_rung(2), missed[0], event(7, Kind.CLOSED))
    assert "missed_ask" not in rules(once)
    inducing_still = from_standing(
        STEP, inducing(3), *missed, event(14, Kind.CLOSED), today=14
    )
    assert "missed_ask" not in rules(inducing_still)


def test_an_evaluation_stays_due_whatever_happens_beside_it() -> None:
    due = from_standing(STEP, inducing(9), done(2), event(4, Kind.CLOSED))
    assert (due.state, due.rule) == (State.EVALUATION, "evaluation_due")
    assert due.advice == (Advice.MEASURE,)
    told = "the block is to be evaluated, HDSS is not measured yet; "
    assert due.why.startswith(told)
    once = from_standing(STEP, inducing(9), done(2))
    assert rules(once) == ["evaluation_due"]
