"""What a person's decision leads to, and which proposals leave no choice."""

from dataclasses import replace

from sessions_app.domain.course.engine import Next
from sessions_app.domain.course.history import (
    INDUCING,
    Event,
    History,
    Kind,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.induction import room
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.harm import Code

CAPS = frozenset({Rule.DRUG_CAP, Rule.INDUCTION_CAP})
HARMS = frozenset({Rule.BURN, Rule.HARM_HOLD, Rule.REACTION_AGAIN})


def locked_by(step: Next) -> Rule | None:
    """The cap or harm for which nobody may treat on against a proposal."""
    fired = [one.rule for one in step.fired if one.rule in CAPS | HARMS]
    return fired[-1] if fired else None


def harmed(spec: LadderSpec, history: History) -> bool:
    """Whether harm that holds a course has not been looked at since: no person has
    resumed it after the event."""
    if spec.down is None:
        return False
    since: list[Event] = []
    for event in history.events:
        since = [] if event.kind is Kind.RESUME else [*since, event]
    limit = spec.down.hold_grade
    return any(
        harm.grade >= limit and harm.code != Code.DRY
        for event in since
        for harm in event.harms
    )


def capped(spec: LadderSpec, standing: Standing, exposed: int = 0) -> bool:
    """Whether a course has had all the sessions that a cap allows: an induction,
    under way or ended in it, or a drug with `exposed` sessions before."""
    if spec.fixed is not None:
        cap = spec.fixed.cap
        return cap is not None and exposed + standing.induced >= cap
    inducing = standing.state in INDUCING
    ended = standing.state is State.DISCONTINUED and standing.place.stage == 0
    if spec.down is None or not (inducing or ended):
        return False
    return not room(spec.down, standing)


def rejected(before: Standing, after: Standing, event: Event) -> Standing:
    """The rung stays as it was before an event, with what happened noted.

    `after` is what the rules made of it: days, scores, pain, reactions and skin are
    facts and stay; rung, block, interval and state are those of before.
    """
    counted = event.kind is Kind.DONE and event.counted
    state = before.state
    if state is State.ON_HOLD and event.kind is Kind.DONE:
        # A session that was done ends a hold.
        state = before.before
    if state is State.DRAFT:
        # There was no rung yet to stay on.
        return after
    induced = max(before.induced, after.induced)
    if state in INDUCING:
        # Against a cap every session counts, whatever a person decided.
        induced = before.induced + counted
    return replace(
        after,
        state=state,
        place=replace(before.place, done=before.place.done + counted),
        block=before.block,
        block_from=before.block_from or after.block_from,
        extended=before.extended,
        induced=induced,
        good=before.good,
        interval_days=before.interval_days,
        relapses=before.relapses,
        before=before.before,
    )
