"""A course at one place: its history with what persons decided, and what follows."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sessions_app.catalogue import drugs_alike
from sessions_app.domain.course.engine import follow
from sessions_app.domain.course.history import (
    Baseline,
    Event,
    Followed,
    History,
    Kind,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.plain import plain
from sessions_app.domain.ledger import exposure
from sessions_app.domain.strict import build
from sessions_app.models import PrescriptionLeg, Proposal
from sessions_app.selectors.course_facts import CourseRows, Fact
from sessions_app.selectors.ledger import drugs_given, flowed, place_of, spot_of


@dataclass(frozen=True, slots=True)
class Past:
    """The history of a place and the name of each event's row; `before` is where it
    stood before the last event."""

    history: History
    keys: tuple[str, ...]
    before: Standing


def past_of(
    spec: LadderSpec,
    rows: CourseRows,
    leg: PrescriptionLeg,
    place: str,
    pins: Sequence[Proposal],
    today: dt.date,
) -> Past:
    """The past of a place; `pins` are what persons decided there, the newest first."""
    facts = rows.facts(place)
    done = [one for one in facts if one.event.kind is Kind.DONE]
    first = facts.index(done[0]) if done else len(facts)
    early = [one for one in facts[:first] if one.event.kind is Kind.MEASURED]
    baseline = replace(
        _baseline([*early, *done[:1]]),
        exposed=_exposed(rows, leg, done[0].event.day if done else today),
    )
    decided = {pin.after: pin for pin in reversed(pins)}
    told = _Telling(spec, baseline, decided)
    for fact in facts:
        if fact in early:
            continue
        if fact.asked and told.standing.state is State.EVALUATION:
            told.add(rows.result(fact.asked, place))
        told.add(fact)
    waiting = rows.waiting(place)
    if waiting and told.standing.state is State.EVALUATION:
        told.add(rows.result(waiting, place))
    return Past(History(baseline, tuple(told.events)), tuple(told.keys), told.before)


class _Telling:
    """Events one after the other, each with what a person decided after it."""

    def __init__(
        self, spec: LadderSpec, baseline: Baseline, decided: Mapping[str, Proposal]
    ) -> None:
        self.spec, self.baseline, self.decided = spec, baseline, decided
        self.events: list[Event] = []
        self.keys: list[str] = []
        self.before = self.standing = Standing()

    def add(self, fact: Fact) -> None:
        event, pin = fact.event, self.decided.get(fact.key)
        so_far = History(self.baseline, (*self.events, event))
        if pin is not None and pin.decided and holds(pin, self.spec, so_far):
            standing = build(Standing, pin.decided["standing"], "decided")
            event = replace(event, decided=standing)
        found: Followed = follow(self.spec, self.baseline, self.standing, event)
        self.before, self.standing = self.standing, found.standing
        self.events.append(event)
        self.keys.append(fact.key)


def holds(pin: Proposal, spec: LadderSpec, so_far: History) -> bool:
    """Whether a decision rests on the same facts still, under the same rungs."""
    return _bare(pin.inputs["history"]) == _bare(plain(so_far)) and _rungs(
        pin.inputs["ladder"]
    ) == _rungs(spec.to_dict())


def _bare(history: Mapping[str, Any]) -> dict[str, Any]:
    """A history without what persons decided."""
    events = [{**one, "decided": None} for one in history["events"]]
    return {"baseline": history["baseline"], "events": events}


def _rungs(ladder: Mapping[str, Any]) -> list[str]:
    if ladder["down"] is None:
        return []
    return [stage["name"] for stage in ladder["down"]["ladder"]["stages"]]


def _baseline(facts: Sequence[Fact]) -> Baseline:
    """The newest of what was measured before; else what the first visit asked, for
    a visit asks before it treats."""
    before = [one.event for one in facts if one.event.kind is Kind.MEASURED]
    first = [one.event for one in facts if one.event.kind is Kind.DONE]
    ordered = [*reversed(before), *first]

    def newest(name: str) -> int | None:
        values = (getattr(event, name) for event in ordered)
        return next((value for value in values if value is not None), None)

    return Baseline(
        score=newest("score"),
        sweat=newest("sweat"),
        self_scale=newest("self_scale"),
        pain=newest("pain"),
    )


def _exposed(rows: CourseRows, leg: PrescriptionLeg, day: dt.date) -> int:
    """Sessions of other courses with the leading drug or its kind at this place,
    within a year before a day."""
    if not rows.spec.drugs:
        return 0
    drug = rows.spec.drugs[0]
    others = [
        one
        for one in flowed(patient=rows.order.patient)
        if one.course != rows.course.number
    ]
    place = place_of(drug, spot_of(leg), leg.drug_pole or drug.pole)
    past, alike = drugs_given(others), drugs_alike(drug.code)
    return exposure(past, drug.code, place=place, day=day, alike=alike).given
