"""What holds for every history: caps, gaps, order by severity, the same again.

Each property is a plain check over made-up courses. It must hold as the engine is,
and fail with a fault planted in it: else it says nothing.

What is monotone: of two visits that differ in one finding only,
- a higher score or wet days never bring a longer interval, where both are treated;
- a higher grade of harm, or more dryness, never brings the next visit sooner;
- more pain in a fixed course never brings it sooner, and never lets one go on that
  ends with less pain.
A score may end a course (no response), which is why it is judged by the interval.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sessions_app.catalogue.ladders import published_ladders
from sessions_app.domain.calendar import at_wall, in_rolling_days, in_utc
from sessions_app.domain.course import (
    current,
    dates,
    engine,
    induction,
    replay,
    sites,
    tapering,
    tendon,
)
from sessions_app.domain.course.engine import Next, follow, next_step, propose
from sessions_app.domain.course.history import (
    ENDED,
    INDUCING,
    WAITING,
    Baseline,
    Event,
    Followed,
    Harm,
    History,
    Kind,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.proposal import Proposal
from sessions_app.domain.course.timing import propose_time
from tests.sessions_app.domain.course.scene import BEFORE, STEP, on

EXAMPLES = 30
PLANTED_EXAMPLES = 200


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), values)


HARMS = [*[()] * 16, (Harm("ERY", 2),), (Harm("BRN", 2),)]


def visits(scores: list[int | None]) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        day=st.just(on(0)),
        kind=st.sampled_from([Kind.DONE] * 30 + [*Kind]),
        counted=st.sampled_from([True, True, True, True, True, False]),
        score=st.sampled_from(scores),
        sweat=st.sampled_from([None, None, 60_000, 45_000, 35_000, 10_000]),
        self_scale=st.sampled_from([None, None, None, 8, 6, 3]),
        wet_days=st.sampled_from([None, 0, 0, 0, 0, 1, 2]),
        dryness=maybe(st.integers(0, 3)),
        pain=maybe(st.integers(0, 10)),
        harms=st.sampled_from(HARMS),
    )


# Who answers well, who does not, and anybody.
SCORES: list[list[int | None]] = [
    [None, 1, *[2] * 12, 3],
    [None, 3, 3, 3, 4],
    [None, 1, 2, 3, 4],
]
Walk = list[tuple[Event, int]]


def walks(
    scores: list[int | None], least: int = 15, most: int = 45
) -> st.SearchStrategy[Walk]:
    """Each event with how many days after the proposed one it happens."""
    late = st.sampled_from([0] * 9 + [1, 3, 6, 9, 15, 70])
    return st.lists(st.tuples(visits(scores), late), min_size=least, max_size=most)


WALKS = st.one_of(map(walks, SCORES))
LONG = walks(SCORES[1], 40, 60)
GOOD = walks(SCORES[0], 30, 45)
LADDERS = st.sampled_from([*published_ladders().values()])
FIXED = st.sampled_from([one for one in published_ladders().values() if one.fixed])
BEFORES = st.builds(replace, st.just(BEFORE), exposed=st.integers(0, 12))
Told = list[tuple[Event, Standing, Next]]


def told(spec: LadderSpec, walk: Walk, before: Baseline = BEFORE) -> Told:
    """The events on the days that the engine proposes, late by so many; with the
    standing before each and the step after it. A person goes on where asked."""
    found, today, rows = Followed(Standing(), ()), on(0), []
    step = next_step(spec, before, found, today)
    for event, late in walk:
        if step.dates is not None:
            today = max(today, step.dates.day + dt.timedelta(days=late))
        if not step.treats and event.kind is Kind.DONE:
            held = step.state is State.ON_HOLD
            event = replace(event, kind=Kind.RESUME if held else Kind.MEASURED)
        standing, happened = found.standing, replace(event, day=today)
        found = follow(spec, before, standing, happened)
        step = next_step(spec, before, found, today)
        rows.append((happened, standing, step))
        if found.standing.state in ENDED:
            break
    return rows


def treated(rows: Told) -> list[dt.date]:
    return [event.day for event, _, _ in rows if event.kind is Kind.DONE]


# Caps and gaps


def keeps_apart(spec: LadderSpec, days: list[dt.date]) -> None:
    least = max(1, spec.visits.min_gap_days)
    assert all((b - a).days >= least for a, b in pairwise(days))
    assert all(in_rolling_days(days, day, 7) <= spec.visits.per_week for day in days)


def caps_and_gaps(spec: LadderSpec, walk: Walk, before: Baseline) -> None:
    rows = told(spec, walk, before)
    days = treated(rows)
    keeps_apart(spec, days)
    done = sum(event.kind is Kind.DONE and event.counted for event, _, _ in rows)
    if spec.fixed is not None:
        assert done <= spec.fixed.sessions
        if spec.fixed.cap is not None and days:
            assert len(days) + before.exposed <= spec.fixed.cap


def induction_cap(walk: Walk) -> None:
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
        assert not step.treats or step.of is None or step.of > 0


# Days in any order of kinds, close together or not: what came, not what was proposed.
FREE = st.lists(
    st.tuples(visits(SCORES[2]), st.sampled_from([0, 1, 1, 1, 2, 2, 3, 5, 9, 15, 30])),
    max_size=25,
)
LATER = st.sampled_from([0, 0, 0, 1, 2, 5, 40])


def happened(walk: Walk) -> tuple[Event, ...]:
    day, events = on(0), []
    for event, days in walk:
        day += dt.timedelta(days=days)
        events.append(replace(event, day=day))
    return tuple(events)


def after_anything(spec: LadderSpec, walk: Walk, later: int) -> None:
    history = History(BEFORE, happened(walk))
    days = [one.day for one in history.events if one.kind is Kind.DONE]
    today = (history.events[-1].day if walk else on(0)) + dt.timedelta(days=later)
    found = engine.standing_of(spec, history)
    step = next_step(spec, BEFORE, found, today)
    if step.dates is None:
        return
    assert step.dates.day >= max(today, step.dates.earliest)
    for day in (step.dates.day, step.dates.earliest):
        if days:
            assert (day - days[-1]).days >= max(1, spec.visits.min_gap_days)
            assert in_rolling_days([*days, day], day, 7) <= spec.visits.per_week


def open_days(spec: LadderSpec, walk: Walk, shut: set[int]) -> None:
    closures = [on(day) for day in shut]
    for event, _, step in told(spec, walk):
        found = Followed(step.standing, step.fired)
        later = next_step(spec, BEFORE, found, event.day, closures)
        assert later.treats is (later.state not in WAITING)
        assert (later.dates is not None) is later.treats
        if later.dates is not None:
            assert later.dates.day not in closures
            assert later.dates.day >= event.day


ZONES = ["Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kolkata"]
CLOCKS = st.lists(st.times(dt.time(6), dt.time(21)), min_size=12, max_size=12)


def hours_apart(
    spec: LadderSpec, zone: str, first: dt.date, clocks: list[dt.time], minutes: int
) -> None:
    """A month of visits as often as they may come, each at another wall time."""
    clinic, day, ended = ZoneInfo(zone), first, None
    for clock in clocks:
        made = dates.time_of(spec, day, clock=clock, zone=clinic, last_ended=ended)
        assert made.at == at_wall(made.at.date(), clock, clinic)
        if ended is not None:
            least = dt.timedelta(hours=spec.visits.min_gap_hours)
            assert in_utc(made.at) - in_utc(ended) >= least
        ended = in_utc(made.at) + dt.timedelta(minutes=minutes)
        day = made.at.date() + dt.timedelta(days=max(1, spec.visits.min_gap_days))


def union_of_places(spec: LadderSpec, walks: list[Walk]) -> None:
    """Places that are treated when they join a visit, and left alone on others."""
    founds = {str(n): Followed(Standing(), ()) for n in range(len(walks))}
    days: dict[str, list[dt.date]] = {place: [] for place in founds}
    today = on(0)
    for number in range(max(map(len, walks), default=0)):
        steps = {p: next_step(spec, BEFORE, f, today) for p, f in founds.items()}
        visit = sites.visit_of(steps)
        assert sorted(visit.places + tuple(p for p, _ in visit.later)) == sorted(steps)
        if visit.day is None:
            return
        today = max(today, visit.day)
        for place in visit.places:
            walk = walks[int(place)]
            event, _ = walk[number % len(walk)] if walk else (Event(today), 0)
            event = replace(event, day=today)
            day = steps[place].dates
            assert day is not None
            assert visit.day >= day.earliest
            if event.kind is Kind.DONE:
                days[place].append(today)
            founds[place] = follow(spec, BEFORE, founds[place].standing, event)
    for treatments in days.values():
        keeps_apart(spec, treatments)


# The same again


def step_replays(spec: LadderSpec, walk: Walk) -> None:
    rows = told(spec, walk)
    history = History(BEFORE, tuple(event for event, _, _ in rows))
    today = rows[-1][0].day if rows else on(0)
    made = propose(spec, history, today)
    same_again(made)
    assert made == propose(spec, history, today)
    assert len(made.why) <= 400
    assert made.rule in made.rules
    if rows:
        step = rows[-1][2]
        assert (made.rule, made.why) == (step.rule, step.why)


def free_step_replays(spec: LadderSpec, walk: Walk, closed: set[int]) -> None:
    history = History(BEFORE, happened(walk))
    same_again(propose(spec, history, on(200), [on(day) for day in closed]))


def same_again(made: Proposal) -> None:
    assert replay.replay(json.loads(json.dumps(made.inputs))) == made


def date_replays(
    spec: LadderSpec, zone: str, day: dt.date, clock: dt.time, ago_min: int
) -> None:
    clinic = ZoneInfo(zone)
    ended = in_utc(at_wall(day, clock, clinic)) - dt.timedelta(minutes=ago_min)
    closed = [day + dt.timedelta(days=1)]
    same_again(
        propose_time(
            spec, day, clock=clock, zone=clinic, last_ended=ended, closures=closed
        )
    )


SET_UPS = st.builds(
    current.SetUp,
    place=st.sampled_from(["palm", "sole"]),
    electrode=st.sampled_from(["tray", "pad"]),
    waveform=st.just("dc"),
    device_kind=st.just("box"),
    polarity_rule=st.sampled_from(["fixed", "half"]),
)
LASTS = st.one_of(
    st.none(),
    st.builds(
        current.LastRun,
        day=st.dates(on(0), on(20)),
        tolerated_ua=st.integers(0, 30_000),
        set_up=SET_UPS,
        harm=st.integers(0, 3),
        pain=st.integers(0, 10),
        at_compliance=st.booleans(),
    ),
)
LIMITS = st.integers(1_000, 25_000)


def levels(limit_ua: int) -> current.Levels:
    return current.Levels(500, 1_000, 10_000, 20_000, 1_000, limit_ua, "limit")


def current_replays(
    spec: LadderSpec, last: current.LastRun | None, now: current.SetUp, limit: int
) -> None:
    today = current.Today(on(21), now, 0)
    same_again(current.propose_current(spec, levels(limit), last, today))


def current_is_bounded(
    spec: LadderSpec, last: current.LastRun | None, now: current.SetUp, limit: int
) -> None:
    """Inside every limit; at most one step over the last; worse never gives more."""
    bounds, rules = levels(limit), spec.current
    today = current.Today(on(21), now, 0)
    found = current.window_of(rules, bounds, last, today)
    assert found.start_ua == bounds.start_ua
    assert found.ceiling_ua <= min(bounds.max_ua, limit)
    if last is None:
        return
    step = last.tolerated_ua + bounds.step_ua
    assert found.ceiling_ua <= max(step, bounds.floor_ua)
    for worse in (
        (replace(last, harm=last.harm + 1), today),
        (replace(last, pain=last.pain + 1), today),
        (replace(last, at_compliance=True), today),
        (last, replace(today, dryness=3)),
    ):
        again = current.window_of(rules, bounds, *worse)
        assert again.ceiling_ua <= found.ceiling_ua


# Severity


def after(spec: LadderSpec, before: Standing, event: Event) -> Next:
    return next_step(spec, BEFORE, follow(spec, BEFORE, before, event), event.day)


def score_shortens(walk: Walk, score: int) -> None:
    shortens(walk, replace_score(score), replace_score(score + 1))


def wet_days_shorten(walk: Walk, days: int) -> None:
    shortens(
        walk,
        lambda event: replace(event, wet_days=days),
        lambda event: replace(event, wet_days=days + 1),
    )


Change = Callable[[Event], Event]


def replace_score(score: int) -> Change:
    return lambda event: replace(event, score=score)


def shortens(walk: Walk, better: Change, worse: Change) -> None:
    for event, before, _ in told(STEP, walk):
        if event.kind is not Kind.DONE:
            continue
        good, bad = (after(STEP, before, change(event)) for change in (better, worse))
        if good.interval_days is not None and bad.interval_days is not None:
            assert bad.interval_days <= good.interval_days


def harm_is_never_sooner(spec: LadderSpec, walk: Walk, code: str, grade: int) -> None:
    def harmed(event: Event, grade: int) -> Event:
        return replace(event, harms=(Harm(code, grade),))

    never_sooner(spec, walk, lambda event: (harmed(event, n) for n in (grade, 4)))


def dryness_is_never_sooner(walk: Walk, grade: int) -> None:
    never_sooner(
        STEP, walk, lambda event: (replace(event, dryness=n) for n in (grade, 3))
    )


def pain_is_never_sooner(spec: LadderSpec, walk: Walk, pain: int) -> None:
    never_sooner(
        spec, walk, lambda event: (replace(event, pain=n) for n in (pain, pain + 1))
    )


def never_sooner(spec: LadderSpec, walk: Walk, both: Callable[[Event], Any]) -> None:
    """Of two endings of a visit, the milder one first."""
    for event, before, _ in told(spec, walk):
        if event.kind is not Kind.DONE:
            continue
        mild, grave = (after(spec, before, one) for one in both(event))
        assert mild.treats or not grave.treats
        if mild.dates is not None and grave.dates is not None:
            assert grave.dates.due >= mild.dates.due
            assert grave.dates.day >= mild.dates.day


# Held, and not held by an engine with a fault


@dataclass(frozen=True)
class Property:
    check: Callable[..., None]
    given: tuple[st.SearchStrategy[Any], ...]

    def run(self, examples: int, phases: tuple[Phase, ...]) -> None:
        made = settings(
            max_examples=examples,
            phases=phases,
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
        )
        made(given(*self.given)(self.check))()


SHUT = st.sets(st.integers(0, 60), min_size=15, max_size=40)
FIRST_DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 1))
PROPERTIES = [
    Property(caps_and_gaps, (LADDERS, WALKS, BEFORES)),
    Property(induction_cap, (LONG,)),
    Property(after_anything, (LADDERS, FREE, LATER)),
    Property(open_days, (LADDERS, WALKS, SHUT)),
    Property(
        hours_apart,
        (LADDERS, st.sampled_from(ZONES), FIRST_DAYS, CLOCKS, st.integers(1, 90)),
    ),
    Property(union_of_places, (LADDERS, st.lists(WALKS, min_size=1, max_size=3))),
    Property(step_replays, (LADDERS, WALKS)),
    Property(free_step_replays, (LADDERS, FREE, SHUT)),
    Property(
        date_replays,
        (
            LADDERS,
            st.sampled_from(ZONES),
            FIRST_DAYS,
            st.times(),
            st.integers(0, 4_000),
        ),
    ),
    Property(current_replays, (LADDERS, LASTS, SET_UPS, LIMITS)),
    Property(current_is_bounded, (LADDERS, LASTS, SET_UPS, LIMITS)),
    Property(score_shortens, (WALKS, st.integers(1, 3))),
    Property(wet_days_shorten, (GOOD, st.integers(0, 2))),
    Property(
        harm_is_never_sooner,
        (LADDERS, WALKS, st.sampled_from(["ERY", "BRN", "DRY"]), st.integers(0, 3)),
    ),
    Property(dryness_is_never_sooner, (WALKS, st.integers(0, 2))),
    Property(pain_is_never_sooner, (FIXED, WALKS, st.integers(0, 9))),
]
BY_NAME = {one.check.__name__: one for one in PROPERTIES}


@pytest.mark.parametrize("name", BY_NAME)
def test_it_holds_for_every_course(name: str) -> None:
    BY_NAME[name].run(EXAMPLES, (Phase.generate, Phase.shrink))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BY_NAME)
def test_it_holds_for_many_more(name: str) -> None:
    BY_NAME[name].run(1_500, (Phase.generate, Phase.shrink))


def awake(spec: LadderSpec, standing: Standing, event: Event) -> Followed:
    """Harm brings a visit of the first rung, dryness is read the wrong way round."""
    now = replace(standing, eased=event.dryness is not None and event.dryness < 2)
    if event.harms and event.harms[0].grade > 2 and spec.down is not None:
        now = induction.begun(spec.down, now)
    return Followed(now, ())


def by_the_wall(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC)


def tomorrow(
    spec: LadderSpec, history: History, today: dt.date, closures: Any
) -> Proposal:
    return propose(spec, history, today + dt.timedelta(days=1), closures)


WRONG = current.CurrentRule.ANEW_HARM
FAULTS: list[tuple[str, object, str, Any]] = [
    ("caps_and_gaps", dates, "soonest", lambda spec, standing: None),
    ("caps_and_gaps", dates, "_full_days", lambda spec, standing: frozenset()),
    ("caps_and_gaps", tendon, "_capped", lambda fixed, given: None),
    ("induction_cap", induction, "block_of", lambda down, standing: 15),
    ("after_anything", dates, "soonest", lambda spec, standing: None),
    ("after_anything", dates, "_full_days", lambda spec, standing: frozenset()),
    ("open_days", dates, "next_open", lambda day, closures: day),
    ("hours_apart", dates, "in_utc", by_the_wall),
    ("union_of_places", sites, "_joins", lambda step, day: step.dates is not None),
    ("step_replays", replay, "propose", tomorrow),
    ("free_step_replays", replay, "_closures", lambda inputs: []),
    ("date_replays", replay, "_closures", lambda inputs: []),
    ("current_replays", replay, "ENGINE", "2"),
    ("current_is_bounded", current, "_wanted", lambda *_: (WRONG, 99_000, "more")),
    (
        "current_is_bounded",
        current,
        "_anew",
        lambda rules, last, today: None if last.harm else (WRONG, "anew"),
    ),
    (
        "score_shortens",
        tapering,
        "_above",
        lambda down, standing: min(standing.place.stage + 1, 4),
    ),
    ("wet_days_shorten", tapering, "_wet", lambda down, event: event.wet_days == 1),
    ("harm_is_never_sooner", engine, "_skin", awake),
    ("dryness_is_never_sooner", engine, "_skin", awake),
    (
        "pain_is_never_sooner",
        tendon,
        "_rising",
        lambda stop, standing: (standing.pains or (9,))[-1] < 5,
    ),
]


@pytest.mark.parametrize(("name", "module", "function", "fault"), FAULTS)
def test_a_planted_fault_is_caught(
    name: str, module: object, function: str, fault: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(module, function, fault)
    with pytest.raises((AssertionError, replay.ReplayError)):
        BY_NAME[name].run(PLANTED_EXAMPLES, (Phase.generate,))


def test_every_property_has_its_fault() -> None:
    assert {name for name, *_ in FAULTS} == set(BY_NAME)
