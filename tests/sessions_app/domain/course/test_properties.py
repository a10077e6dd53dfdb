"""What holds for every history: caps, gaps, order by severity, the same again."""

import datetime as dt
import json
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_app.domain.course.engine import Next, follow, next_step, propose
from sessions_app.domain.course.history import (
    ENDED,
    INDUCING,
    WAITING,
    Event,
    Followed,
    Harm,
    History,
    Kind,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.replay import replay
from tests.sessions_app.domain.course.scene import BEFORE, STEP, TENDON, UK7, on

FREQUENT = settings(max_examples=60, deadline=None)


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), values)


VISITS = st.builds(
    Event,
    day=st.just(on(0)),
    kind=st.sampled_from([Kind.DONE] * 8 + [*Kind]),
    counted=st.sampled_from([True, True, True, False]),
    score=maybe(st.integers(1, 4)),
    sweat=maybe(st.integers(0, 60_000)),
    self_scale=maybe(st.integers(0, 10)),
    wet_days=maybe(st.integers(0, 2)),
    dryness=maybe(st.integers(0, 3)),
    pain=maybe(st.integers(0, 10)),
    harms=st.sampled_from([(), (), (), (Harm("ERY", 2),), (Harm("BRN", 2),)]),
)
# Each event with how many days after the proposed one it happens.
WALKS = st.lists(
    st.tuples(VISITS, st.sampled_from([0] * 9 + [1, 3, 6, 9, 15, 70])), max_size=60
)
LADDERS = st.sampled_from([STEP, TENDON, UK7])
Walk = list[tuple[Event, int]]


def told(spec: LadderSpec, walk: Walk) -> list[tuple[Event, Standing, Next]]:
    """The events on the days that the engine proposes, late by so many; with the
    standing before each and the step after it. A person goes on where asked."""
    found, today, rows = Followed(Standing(), ()), on(0), []
    step = next_step(spec, BEFORE, found, today)
    for event, late in walk:
        if step.dates is not None:
            today = max(today, step.dates.day + dt.timedelta(days=late))
        if not step.treats and event.kind is Kind.DONE:
            event = replace(event, kind=Kind.MEASURED)
        before, happened = found.standing, replace(event, day=today)
        found = follow(spec, BEFORE, before, happened)
        step = next_step(spec, BEFORE, found, today)
        rows.append((happened, before, step))
        if found.standing.state in ENDED:
            break
    return rows


@FREQUENT
@given(LADDERS, WALKS)
def test_caps_and_gaps_are_never_broken(spec: LadderSpec, walk: Walk) -> None:
    rows = told(spec, walk)
    days = [event.day for event, _, _ in rows if event.kind is Kind.DONE]
    assert all((b - a).days >= spec.visits.min_gap_days for a, b in pairwise(days))
    for day in days:
        week = [one for one in days if 0 <= (day - one).days < 7]
        assert len(week) <= spec.visits.per_week
    done = sum(event.kind is Kind.DONE and event.counted for event, _, _ in rows)
    if spec.fixed is not None:
        assert done <= spec.fixed.sessions
        assert len(days) <= (spec.fixed.cap or len(days))


@FREQUENT
@given(WALKS)
def test_an_induction_never_passes_its_cap(walk: Walk) -> None:
    induced = 0
    assert STEP.down is not None
    for event, before, step in told(STEP, walk):
        inducing = before.state in INDUCING | {State.DRAFT, State.ON_HOLD}
        on_first = before.place.stage == 0
        if inducing and on_first and event.kind is Kind.DONE and event.counted:
            induced += 1
        if step.standing.place.stage > 0:
            induced = 0
        assert induced <= STEP.down.induction.cap
        assert step.standing.induced <= STEP.down.induction.cap


@FREQUENT
@given(LADDERS, WALKS)
def test_a_proposal_is_the_same_again(spec: LadderSpec, walk: Walk) -> None:
    rows = told(spec, walk)
    history = History(BEFORE, tuple(event for event, _, _ in rows))
    today = rows[-1][0].day if rows else on(0)
    made = propose(spec, history, today)
    assert replay(json.loads(json.dumps(made.inputs))) == made
    assert len(made.why) <= 400
    assert made.rule in made.rules
    if rows:
        step = rows[-1][2]
        assert (made.rule, made.why) == (step.rule, step.why)


@FREQUENT
@given(WALKS, st.integers(1, 3))
def test_a_worse_score_never_gives_a_longer_interval(walk: Walk, score: int) -> None:
    for event, before, _ in told(STEP, walk):
        if event.kind is not Kind.DONE:
            continue
        better, worse = (
            _after(before, replace(event, score=one)) for one in (score, score + 1)
        )
        if better.interval_days is not None and worse.interval_days is not None:
            assert worse.interval_days <= better.interval_days


def _after(before: Standing, event: Event) -> Next:
    return next_step(STEP, BEFORE, follow(STEP, BEFORE, before, event), event.day)


@FREQUENT
@given(LADDERS, WALKS, st.sets(st.integers(0, 200), max_size=40))
def test_a_proposed_day_is_open_and_treats(
    spec: LadderSpec, walk: Walk, shut: set[int]
) -> None:
    closures = [on(day) for day in shut]
    for event, _, step in told(spec, walk):
        found = Followed(step.standing, step.fired)
        later = next_step(spec, BEFORE, found, event.day, closures)
        assert later.treats is (later.state not in WAITING)
        assert (later.dates is not None) is later.treats
        if later.dates is not None:
            assert later.dates.day not in closures
            assert later.dates.day >= event.day
