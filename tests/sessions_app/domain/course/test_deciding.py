"""A rejection keeps the rung and every fact; caps and harm leave no choice."""

import datetime as dt
from dataclasses import replace

from sessions_app.catalogue.ladders import published_ladders
from sessions_app.domain.course.deciding import capped, harmed, locked_by, rejected
from sessions_app.domain.course.engine import follow, next_step, standing_of
from sessions_app.domain.course.history import (
    Baseline,
    Event,
    Harm,
    History,
    Kind,
    Rule,
    Standing,
    State,
)

SPEC = published_ladders()["HH-STEP"]
DAY = dt.date(2026, 3, 2)


def sessions(count, score=3, **more):
    days = (DAY + dt.timedelta(days=2 * number) for number in range(count))
    return tuple(Event(day, score=score, **more) for day in days)


def standing(events):
    return standing_of(SPEC, History(Baseline(), events)).standing


def test_a_rejected_response_stays_in_induction_with_the_session_counted() -> None:
    events = sessions(10, score=1)
    before = standing(events[:1])
    after = follow(SPEC, Baseline(), before, events[1]).standing
    assert (before.state, after.state) == (State.INDUCTION, State.TAPER)
    kept = rejected(before, after, events[1])
    assert (kept.state, kept.place.stage, kept.place.done) == (State.INDUCTION, 0, 2)
    assert (kept.induced, kept.last_done, kept.score) == (2, events[1].day, 1)


def test_a_first_session_that_is_rejected_has_begun_the_course() -> None:
    (event,) = sessions(1)
    after = follow(SPEC, Baseline(), Standing(), event).standing
    assert rejected(Standing(), after, event) == after


def test_a_session_that_did_not_count_is_not_counted_by_a_rejection() -> None:
    (event,) = sessions(1)
    before = standing(sessions(3))
    late = replace(event, day=DAY + dt.timedelta(days=6), counted=False)
    after = follow(SPEC, Baseline(), before, late).standing
    kept = rejected(before, after, late)
    assert (kept.place.done, kept.induced) == (3, 3)
    assert kept.recent[-1] == late.day


def test_an_induction_at_its_cap_has_no_room() -> None:
    cap = SPEC.down.induction.cap
    held = Standing(state=State.INDUCTION, induced=cap)
    assert capped(SPEC, held)
    assert not capped(SPEC, replace(held, induced=cap - 1))
    assert not capped(SPEC, replace(held, state=State.TAPER))


def test_harm_is_open_until_somebody_resumes() -> None:
    burnt = sessions(2, harms=(Harm("VES", 2),))
    history = History(Baseline(), burnt)
    step = next_step(SPEC, Baseline(), standing_of(SPEC, history), DAY)
    assert locked_by(step) is Rule.HARM_HOLD
    assert harmed(SPEC, history)
    resumed = Event(DAY + dt.timedelta(days=3), Kind.RESUME, reason="healed")
    assert not harmed(SPEC, History(Baseline(), (*burnt, resumed)))


def test_dry_skin_is_no_harm_that_holds() -> None:
    dry = sessions(2, harms=(Harm("DRY", 2),), dryness=2)
    history = History(Baseline(), dry)
    step = next_step(SPEC, Baseline(), standing_of(SPEC, history), DAY)
    assert not harmed(SPEC, history)
    assert locked_by(step) is None
