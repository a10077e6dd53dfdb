"""Fixed courses and what ends one early, as decided one by one."""

from typing import Any

import pytest

from sessions_app.domain.course.history import Advice, Baseline, Harm, Kind, State
from tests.sessions_app.domain.course.scene import (
    TENDON,
    UK7,
    changed,
    done,
    event,
    ladder,
    on,
    rules,
    seen,
)

DAYS = (0, 2, 4, 7, 9, 11)


def sessions(count: int, **given: Any) -> list[Any]:
    return [done(day, **given) for day in DAYS[:count]]


def harmed(day: int, code: str, grade: int) -> Any:
    return done(day, pain=5, harms=(Harm("ERY", 0), Harm(code, grade)))


def test_six_sessions_complete_a_course() -> None:
    five = seen(TENDON, *sessions(5, pain=4))
    assert (five.state, five.number, five.of) == (State.FIXED, 6, 6)
    assert (five.why, five.rung) == ("5 of 6 sessions", "")
    six = seen(TENDON, *sessions(6, pain=4))
    assert (six.rule, six.state, six.treats) == ("course_done", State.COMPLETED, False)
    assert six.why == ("6 of 6 sessions done. Measure again and write to the referrer.")
    assert six.dates is None


def test_what_follows_the_uk_pattern_is_told() -> None:
    days = (0, 1, 3, 6, 9, 14, 21)
    step = seen(UK7, *[done(day) for day in days])
    assert step.why == (
        "7 of 7 sessions done. Then single sessions when clammy, from twice a week"
        " to once a month."
    )
    plain = changed(UK7, "fixed", after="")
    assert seen(plain, *[done(day) for day in days]).why == "7 of 7 sessions done."


def test_too_little_delivered_uses_up_none_of_the_course() -> None:
    step = seen(TENDON, done(0, pain=5), done(2, pain=5, counted=False))
    assert (step.rule, step.number, step.standing.induced) == ("not_counted", 2, 2)
    assert (
        step.why == "too little was delivered: the session uses up none of the course"
    )


@pytest.mark.parametrize(
    ("code", "grade", "rule"),
    [("BRN", 1, "stay"), ("BRN", 2, "burn"), ("BRN", 3, "burn"), ("ERY", 2, "stay")],
)
def test_a_burn_of_the_second_degree_ends_a_course(
    code: str, grade: int, rule: str
) -> None:
    step = seen(TENDON, harmed(0, code, grade))
    assert step.rule == rule
    if rule == "burn":
        assert (step.state, step.why) == (
            State.DISCONTINUED,
            f"burn of grade {grade}: stop",
        )
        assert step.advice == (Advice.LOOK_AT_SKIN,)


def test_the_worst_burn_counts_and_none_is_none() -> None:
    two = done(0, pain=5, harms=(Harm("BRN", 1), Harm("BRN", 2)))
    assert seen(TENDON, two).rule == "burn"
    strict = changed(TENDON, "fixed.stop", burn_grade=1)
    assert seen(strict, done(0, pain=5)).rule == "stay"


def test_a_second_reaction_at_the_place_ends_a_course() -> None:
    once = seen(TENDON, harmed(0, "ERY", 2), harmed(2, "ERY", 1))
    assert (once.rule, once.standing.reactions) == ("stay", 1)
    twice = seen(TENDON, harmed(0, "ERY", 2), done(2, pain=5), harmed(4, "VES", 3))
    assert (twice.rule, twice.state) == ("reaction_again", State.DISCONTINUED)
    assert twice.why == "2 reactions of grade 2 or more at this place: stop"


@pytest.mark.parametrize(
    ("pains", "rule"),
    [
        ((8, 8), "pain_rising"),
        ((8, 7), "stay"),
        ((7, 8), "stay"),
        ((8, None, 9), "pain_rising"),
        ((4, 6, 6), "pain_rising"),
        ((4, 6, 5), "no_change"),
        ((4, 5, 6), "no_change"),
        ((8,), "stay"),
    ],
)
def test_pain_two_up_at_two_visits_running_ends_a_course(
    pains: tuple[int | None, ...], rule: str
) -> None:
    events = [done(day, pain=pain) for day, pain in zip(DAYS, pains, strict=False)]
    before = Baseline(pain=6)
    if rule == "no_change":
        events[-1] = done(4, pain=6 if pains[-1] == 6 else 5)
        rule = "no_change" if pains[-1] == 6 else "stay"
    step = seen(TENDON, *events, before=before)
    assert step.rule == rule
    if rule == "pain_rising":
        assert step.state is State.DISCONTINUED
        assert step.why.endswith(": 2 up at 2 visits running")
        assert step.advice == (Advice.TALK_TO_REFERRER,)


def test_pain_is_told_and_may_begin_without_a_baseline() -> None:
    step = seen(
        TENDON,
        *[done(d, pain=p) for d, p in ((0, 3), (2, 5), (4, 6))],
        before=Baseline(),
    )
    assert step.why == "pain 3, 5, 6: 2 up at 2 visits running"
    assert step.standing.pains == (3, 5, 6)
    two = seen(TENDON, done(0, pain=5), done(2, pain=6), before=Baseline())
    assert (two.rule, two.standing.pains) == ("stay", (5, 6))


def test_no_change_after_three_sessions_is_talked_about_once() -> None:
    three = [done(0, pain=6), done(2, pain=5), done(4, pain=6)]
    step = seen(TENDON, *three)
    assert (step.rule, step.state) == ("no_change", State.ON_HOLD)
    assert step.why == "pain 6 before and 6 after 3 sessions: less than 1 better"
    assert (step.advice, step.treats) == ((Advice.TALK_TO_REFERRER,), False)
    on_again = [*three, event(5, Kind.RESUME, reason="go on"), done(7, pain=6)]
    assert rules(seen(TENDON, *on_again)) == ["stay"]


@pytest.mark.parametrize(
    ("pains", "rule"),
    [
        ((6, 6, 5), "stay"),
        ((6, 6, 6), "no_change"),
        ((6, 6, None), "stay"),
        ((None, None, 7), "no_change"),
        ((6, 6), "stay"),
    ],
)
def test_one_point_is_a_change(pains: tuple[int | None, ...], rule: str) -> None:
    events = [done(day, pain=pain) for day, pain in zip(DAYS, pains, strict=False)]
    assert seen(TENDON, *events).rule == rule
    assert seen(TENDON, *events, before=Baseline()).rule == "stay"


def test_a_reading_that_came_late_is_judged_then() -> None:
    events = [done(0), done(2), done(4), done(7, pain=6)]
    assert seen(TENDON, *events).rule == "no_change"
    last = [*sessions(5), done(11, pain=6)]
    assert seen(TENDON, *last).rule == "course_done"


def test_rules_that_a_ladder_switches_off() -> None:
    days = (0, 1, 3)
    worse = [done(day, pain=9) for day in days]
    assert seen(UK7, *worse).rule == "stay"
    only_rise = changed(UK7, "fixed.stop", pain_rise=2)
    assert seen(only_rise, *worse[:2]).rule == "pain_rising"
    only_change = changed(UK7, "fixed.stop", no_change_after=2, no_change_points=1)
    assert seen(only_change, *worse[:2]).rule == "no_change"


@pytest.mark.parametrize(
    ("exposed", "count", "rule", "state"),
    [
        (5, 4, "stay", State.FIXED),
        (5, 5, "drug_cap", State.DISCONTINUED),
        (4, 6, "course_done", State.COMPLETED),
        (9, 1, "drug_cap", State.DISCONTINUED),
    ],
)
def test_the_drug_has_a_cap_at_a_place(
    exposed: int, count: int, rule: str, state: State
) -> None:
    before = Baseline(pain=9, exposed=exposed)
    step = seen(TENDON, *sessions(count, pain=5), before=before)
    assert (step.rule, step.state) == (rule, state)
    if rule == "drug_cap":
        assert step.why == "10 sessions with this drug here within a year, at most 10"
        assert step.advice == (Advice.ASK_PRESCRIBER,)


def test_a_session_that_did_not_count_exposes_all_the_same() -> None:
    before = Baseline(pain=9, exposed=8)
    events = (done(0, pain=5), done(2, pain=5, counted=False))
    assert seen(TENDON, *events, before=before).rule == "drug_cap"


def test_a_course_does_not_begin_at_the_cap() -> None:
    called_off = event(0, Kind.CANCELLED)
    begun = seen(TENDON, called_off, before=Baseline(exposed=9))
    assert (begun.rule, begun.state, begun.treats) == ("start", State.DRAFT, True)
    assert begun.why == "first of 6 sessions; a visit called off uses up no session"
    capped = seen(TENDON, called_off, before=Baseline(exposed=10))
    assert (capped.rule, capped.state, capped.treats) == (
        "drug_cap",
        State.DISCONTINUED,
        False,
    )
    free = seen(ladder("HH-ROTH"), called_off, before=Baseline(exposed=99))
    assert free.rule == "start"


def test_a_course_that_leaves_its_window_is_told() -> None:
    fits = seen(TENDON, *sessions(4, pain=4))
    assert (fits.rule, fits.dates and fits.dates.fits) == ("stay", True)
    late = seen(TENDON, *sessions(4, pain=4), today=14)
    assert (late.rule, late.advice) == ("out_of_window", (Advice.ASK_PRESCRIBER,))
    assert late.why == (
        "the rest does not end by 16-Mar-2026, its window; 4 of 6 sessions"
    )
    assert late.dates is not None
    assert (late.dates.day, late.dates.latest) == (on(14), on(14))
