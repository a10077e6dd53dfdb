"""Courses for the tests: the published step-down and a tendon, told day by day."""

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import Any

from sessions_app.catalogue.ladders import published_ladders
from sessions_app.domain.course.engine import Next, next_step, standing_of
from sessions_app.domain.course.history import (
    Baseline,
    Event,
    History,
    Kind,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.stepdown import Place

MONDAY = dt.date(2026, 3, 2)
BEFORE = Baseline(score=4, sweat=50_000, self_scale=8, pain=6)


@cache
def ladder(code: str) -> LadderSpec:
    return published_ladders()[code]


STEP = ladder("HH-STEP")
TENDON = ladder("TENDON-6")
UK7 = ladder("HH-UK7")


def changed(spec: LadderSpec, part: str, **fields: Any) -> LadderSpec:
    """A ladder with fields of one part changed; `part` may be dotted."""
    data = spec.to_dict()
    inner = data
    for name in part.split(".") if part else []:
        inner = inner[name]
    inner.update(fields)
    return LadderSpec.from_dict(data)


def on(days: int) -> dt.date:
    """So many days after the first Monday."""
    return MONDAY + dt.timedelta(days=days)


def done(days: int, **given: Any) -> Event:
    return Event(on(days), **given)


def event(days: int, kind: Kind, **given: Any) -> Event:
    return Event(on(days), kind, **given)


def seen(
    spec: LadderSpec,
    *events: Event,
    today: int | None = None,
    before: Baseline = BEFORE,
) -> Next:
    """The next step after events, seen on the day of the last one by default."""
    found = standing_of(spec, History(before, events))
    day = events[-1].day if today is None else on(today)
    return next_step(spec, before, found, day)


def from_standing(
    spec: LadderSpec,
    standing: Standing,
    *events: Event,
    today: int | None = None,
    before: Baseline = BEFORE,
) -> Next:
    """As `seen`, from a standing that a person decided at the first event."""
    set_up = Event(standing.last_done or MONDAY, Kind.CLOSED, decided=standing)
    return seen(
        spec,
        set_up,
        *events,
        today=today if events or today is not None else 0,
        before=before,
    )


def on_rung(stage: int, done_there: int = 0, **given: Any) -> Standing:
    """On a rung of the step-down, last done on the first Monday."""
    state = State.MAINTENANCE if stage == 4 else State.TAPER
    base = Standing(
        state=state,
        place=Place(stage, done_there),
        score=2,
        best=2,
        interval_days=21 if stage == 4 else 0,
        first_done=on(-30),
        last_done=MONDAY,
        recent=(MONDAY,),
    )
    return replace(base, **given)


def inducing(done_there: int, **given: Any) -> Standing:
    """In a first block of the step-down, last done on the first Monday."""
    base = Standing(
        state=State.INDUCTION,
        place=Place(0, done_there),
        block=10,
        block_from=on(-10),
        induced=done_there,
        first_done=on(-10),
        last_done=MONDAY,
        recent=(MONDAY,),
    )
    return replace(base, **given)


def rules(step: Next) -> list[str]:
    return [fired.rule.value for fired in step.fired]
