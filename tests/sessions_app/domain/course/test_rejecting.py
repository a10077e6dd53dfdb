"""Locks, caps and rejections at their edges."""

from dataclasses import replace

import pytest

from sessions_app.domain.course.deciding import capped, harmed, locked_by, rejected
from sessions_app.domain.course.engine import follow, next_step
from sessions_app.domain.course.history import (
    Baseline,
    Event,
    Followed,
    Harm,
    History,
    Kind,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.stepdown import Place
from tests.sessions_app.domain.course.scene import (
    BEFORE,
    STEP,
    TENDON,
    changed,
    done,
    event,
    from_standing,
    inducing,
    ladder,
    on,
    on_rung,
    seen,
)

RED = (Harm("ERY", 0), Harm("ERY", 2))


def test_harm_and_caps_lock() -> None:
    assert locked_by(seen(TENDON, done(0, harms=(Harm("BRN", 2),)))) is Rule.BURN
    again = seen(TENDON, done(0, harms=RED), done(2, harms=RED))
    assert locked_by(again) is Rule.REACTION_AGAIN
    assert locked_by(seen(TENDON, done(0, pain=9), done(2, pain=9))) is None
    begun = next_step(TENDON, Baseline(exposed=10), Followed(Standing(), ()), on(0))
    assert locked_by(begun) is Rule.DRUG_CAP
    held = from_standing(STEP, on_rung(2), done(7, harms=RED))
    assert locked_by(held) is Rule.HARM_HOLD
    ended = from_standing(STEP, inducing(9, induced=19), done(2, score=4))
    assert locked_by(ended) is Rule.INDUCTION_CAP
    late = from_standing(STEP, on_rung(3), done(21, harms=RED), today=50)
    assert locked_by(late) is Rule.HARM_HOLD


def test_harm_stays_until_somebody_resumes() -> None:
    def after(*events: Event) -> History:
        return History(BEFORE, events)

    red, later = done(0, harms=RED), event(1, Kind.CLOSED)
    resumed = event(2, Kind.RESUME, reason="seen")
    assert harmed(STEP, after(red, later))
    assert not harmed(STEP, after(red, resumed))
    assert not harmed(STEP, after(red, resumed, later))
    assert harmed(STEP, after(red, resumed, red))
    assert not harmed(STEP, after(done(0, harms=(Harm("ERY", 1), Harm("DRY", 3)))))
    assert not harmed(changed(STEP, "down", hold_grade=3), after(red))
    assert not harmed(TENDON, after(red))


@pytest.mark.parametrize(
    ("standing", "full"),
    [
        (inducing(9, induced=20), True),
        (inducing(9, induced=19), False),
        (inducing(9, induced=20, state=State.EVALUATION), True),
        (inducing(9, induced=20, state=State.DISCONTINUED), True),
        (inducing(9, induced=19, state=State.DISCONTINUED), False),
        (inducing(9, induced=20, state=State.ON_HOLD), False),
        (on_rung(2, induced=20), False),
        (on_rung(2, induced=20, state=State.DISCONTINUED), False),
    ],
)
def test_an_induction_that_has_had_its_sessions_is_capped(
    standing: Standing, full: bool
) -> None:
    assert capped(STEP, standing) is full


def test_what_comes_after_the_end_at_a_cap_opens_no_way_around_it() -> None:
    ended = inducing(9, induced=19)
    step = from_standing(STEP, ended, done(2, score=4), event(3, Kind.CLOSED))
    assert (step.state, locked_by(step)) == (State.DISCONTINUED, None)
    assert capped(STEP, step.standing)


@pytest.mark.parametrize(
    ("spec", "given", "exposed", "full"),
    [
        (TENDON, 6, 3, False),
        (TENDON, 6, 4, True),
        (TENDON, 6, 5, True),
        (ladder("TENDON-10-DAILY"), 10, 0, True),
        (ladder("TENDON-10-DAILY"), 9, 0, False),
        (ladder("HH-UK7"), 7, 30, False),
    ],
)
def test_a_drug_is_capped_in_a_course_that_is_done_too(
    spec: LadderSpec, given: int, exposed: int, full: bool
) -> None:
    standing = Standing(State.COMPLETED, Place(0, given), induced=given)
    assert capped(spec, standing, exposed) is full
    if not exposed:
        assert capped(spec, standing) is full


def no(before: Standing, what: Event, spec: LadderSpec = STEP) -> Standing:
    found = follow(spec, BEFORE, before, what).standing
    return rejected(before, found, what)


def test_what_is_rejected_leaves_the_rung_and_keeps_the_facts() -> None:
    before = on_rung(2, 3, good=1)
    kept = no(before, done(7, score=2))
    assert (kept.state, kept.place, kept.score) == (State.TAPER, Place(2, 4), 2)
    assert (kept.last_done, kept.good, kept.interval_days) == (on(7), 1, 0)
    relapse = no(before, done(7, score=3, dryness=2))
    assert (relapse.place, relapse.relapses, relapse.eased) == (Place(2, 4), (), True)
    assert relapse.score == 3
    assert no(before, done(7, score=2, counted=False)).place.done == 3
    told = no(before, event(7, Kind.MEASURED, score=4))
    assert (told.place, told.state) == (Place(2, 3), State.TAPER)


def test_an_evaluation_that_is_rejected_goes_on_with_its_block() -> None:
    before = inducing(9, induced=9, good=1)
    kept = no(before, done(2, score=2))
    assert (kept.state, kept.place.done, kept.block) == (State.INDUCTION, 10, 10)
    assert (kept.induced, kept.block_from, kept.extended) == (10, on(-10), False)
    assert kept.good == 1
    assert no(before, done(2, score=2, counted=False)).induced == 9
    assert no(inducing(3, block_from=None), done(2, score=3)).block_from == on(2)
    assert no(replace(before, extended=True), done(2, score=2)).extended


def test_sessions_count_against_a_cap_whatever_is_rejected() -> None:
    tapered = on_rung(1, 1, induced=7)
    for induced, kept in ((9, 9), (7, 7), (0, 7)):
        after = replace(tapered, induced=induced)
        assert rejected(tapered, after, done(3, score=2)).induced == kept


def test_a_session_begins_a_course_or_ends_its_hold_though_rejected() -> None:
    first = no(Standing(), done(0, score=4))
    assert (first.state, first.block, first.induced) == (State.INDUCTION, 10, 1)
    tendon = no(Standing(), done(0, pain=5), TENDON)
    assert (tendon.state, tendon.place.done) == (State.FIXED, 1)
    unborn = Standing(state=State.ON_HOLD)
    assert no(unborn, done(0, score=4)).block == 10
    held = on_rung(2, 1, state=State.ON_HOLD, before=State.TAPER)
    assert no(held, done(7, score=2)).state is State.TAPER
    waits = no(held, event(7, Kind.MEASURED, score=2))
    assert (waits.state, waits.before) == (State.ON_HOLD, State.TAPER)
    asked = no(Standing(), event(0, Kind.MEASURED, score=4))
    assert (asked.state, asked.score) == (State.DRAFT, 4)
    dry = inducing(5, good=1, state=State.ON_HOLD, before=State.INDUCTION)
    assert no(dry, done(2, score=1)).induced == 6
    interval = no(on_rung(4, 0), done(21, score=3))
    assert (interval.state, interval.interval_days) == (State.MAINTENANCE, 21)
    stopped = no(on_rung(2, 1), event(3, Kind.HOLD, reason="asked"))
    assert (stopped.state, stopped.before) == (State.TAPER, State.DRAFT)
