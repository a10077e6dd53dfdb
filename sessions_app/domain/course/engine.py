"""The next step of a course at one place: followed event by event, explained.

`follow` is the whole machine; `propose` folds a history through it and adds what
today means. Nothing here knows the time or a threshold.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from sessions_app.domain.course import induction, lateness, tapering, tendon
from sessions_app.domain.course.dates import Dates, dates_of
from sessions_app.domain.course.history import (
    ADVICE,
    ENDED,
    INDUCING,
    MISSED,
    RANK,
    TAPERING,
    WAITING,
    Advice,
    Baseline,
    Event,
    Fired,
    Followed,
    History,
    Kind,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.plain import plain
from sessions_app.domain.course.proposal import ENGINE, WHY_CHARS, Proposal
from sessions_app.domain.harm import Code
from sessions_app.domain.stepdown import LadderError, Place

# At most one visit a day: enough to count any seven days running.
_RECENT = 7


@dataclass(frozen=True, slots=True)
class Next:
    """What is proposed: where the course stands, and the next visit.

    `number` of `of` is the next session on its rung; `of` is None where a rung goes
    on for ever. `interval_days` is from the last session to the due day.
    """

    state: State
    rung: str
    number: int
    of: int | None
    treats: bool
    dates: Dates | None
    interval_days: int | None
    advice: tuple[Advice, ...]
    standing: Standing
    fired: tuple[Fired, ...]

    @property
    def rule(self) -> Rule:
        return max((fired.rule for fired in self.fired), key=RANK.__getitem__)

    @property
    def why(self) -> str:
        """Every reason, that of the rule first."""
        ordered = sorted(self.fired, key=lambda fired: -RANK[fired.rule])
        return "; ".join(fired.why for fired in ordered)[:WHY_CHARS]


# One event


def follow(
    spec: LadderSpec, baseline: Baseline, standing: Standing, event: Event
) -> Followed:
    """Where a course stands after one event, by the rules or by a person's word."""
    found = _follow(spec, baseline, standing, event)
    if event.decided is not None:
        return Followed(_fitted(spec, event.decided), found.fired)
    return found


def _fitted(spec: LadderSpec, decided: Standing) -> Standing:
    """What a person put in place under a ladder that had more rungs than this one."""
    last = len(spec.down.ladder.stages) - 1 if spec.down else decided.place.stage
    if spec.down is None or decided.place.stage <= last:
        return decided
    place = Place(last, 0, decided.place.fell_back_on)
    moved = induction.entered(spec.down, decided, place)
    if decided.state not in ENDED | {State.ON_HOLD}:
        return moved
    return replace(moved, state=decided.state, before=moved.state)


def _follow(
    spec: LadderSpec, baseline: Baseline, standing: Standing, event: Event
) -> Followed:
    if standing.state in ENDED:
        why = f"the course is {standing.state} already"
        return Followed(standing, (Fired(Rule.STAY, why),))
    if event.kind is Kind.DONE:
        return _treated(spec, baseline, standing, event)
    if event.kind is Kind.MEASURED:
        return _measured(spec, baseline, standing, event)
    if event.kind in MISSED:
        return lateness.missed(spec, standing)
    if event.kind in (Kind.CANCELLED, Kind.CLOSED):
        fired = Fired(Rule.STAY, "a visit called off uses up no session")
        return Followed(standing, (fired,))
    return _decided(standing, event)


def _treated(
    spec: LadderSpec, baseline: Baseline, standing: Standing, event: Event
) -> Followed:
    came = _came(spec, standing)
    late = lateness.arrived(spec, came, event.day)
    now = _noted(late.standing, event)
    if spec.fixed is not None:
        found = tendon.after_session(spec.fixed, baseline, now, event)
    elif spec.down is not None and now.state in INDUCING:
        found = induction.after_session(spec.down, baseline, now, event)
    elif spec.down is not None:
        found = tapering.after_session(spec.down, now, event)
    looked = _skin(spec, _scored(found.standing, event), event)
    return Followed(looked.standing, (*late.fired, *found.fired, *looked.fired))


def _came(spec: LadderSpec, standing: Standing) -> Standing:
    """Under way: a session that was done begins a course or ends its hold."""
    state = standing.before if standing.state is State.ON_HOLD else standing.state
    if state is not State.DRAFT:
        same = state is standing.state
        return standing if same else replace(standing, state=state)
    return standing if spec.down is None else induction.begun(spec.down, standing)


def _noted(standing: Standing, event: Event) -> Standing:
    """The day and the score; one that did not count still touched the skin."""
    last = event.day if event.counted else standing.last_done
    first = standing.first_done or (event.day if event.counted else None)
    return replace(
        standing,
        last_done=last,
        first_done=first,
        missed=0,
        recent=(*standing.recent, event.day)[-_RECENT:],
        score=standing.score if event.score is None else event.score,
    )


def _scored(standing: Standing, event: Event) -> Standing:
    """The best score, once the event was judged by the one before."""
    score, best = event.score, standing.best
    if score is None or (best is not None and best <= score):
        return standing
    return replace(standing, best=score)


def _skin(spec: LadderSpec, standing: Standing, event: Event) -> Followed:
    """Over-dry skin comes less often; harm holds the course for a person."""
    down = spec.down
    if down is None:
        return Followed(standing, ())
    now, fired = standing, []
    if event.dryness is not None:
        eased = event.dryness >= down.dry_grade
        if eased is not now.eased:
            now = replace(now, eased=eased)
        if eased:
            why = f"dryness of grade {event.dryness}: one rung longer, emollient"
            fired.append(Fired(Rule.OVER_DRY, why))
    harm = max((h.grade for h in event.harms if h.code != Code.DRY), default=0)
    if harm >= down.hold_grade and now.state not in ENDED:
        now = replace(now, state=State.ON_HOLD, before=now.state)
        why = f"harm of grade {harm}: held until a person has looked"
        fired.append(Fired(Rule.HARM_HOLD, why))
    return Followed(now, tuple(fired))


def _measured(
    spec: LadderSpec, baseline: Baseline, standing: Standing, event: Event
) -> Followed:
    down = spec.down
    score = standing.score if event.score is None else event.score
    now = replace(standing, score=score)
    if down is None or standing.state in (State.DRAFT, State.ON_HOLD):
        found = Followed(now, (Fired(Rule.STAY, "measured without a treatment"),))
    elif standing.state is State.EVALUATION:
        due = f"{now.place.done} of {now.block} sessions of the block"
        found = induction.judged(down, baseline, now, event, due)
    elif standing.state in INDUCING:
        found = Followed(now, (Fired(Rule.STAY, "measured inside the block"),))
    else:
        found = tapering.after_result(down, now, event)
    return Followed(_scored(found.standing, event), found.fired)


def _decided(standing: Standing, event: Event) -> Followed:
    """A person's hold, resumption or end."""
    if event.kind is Kind.STOP:
        ended = replace(standing, state=State.DISCONTINUED)
        return Followed(ended, (Fired(Rule.STOPPED, f"ended: {event.reason}"),))
    held = standing.state is State.ON_HOLD
    if event.kind is Kind.HOLD:
        before = standing.before if held else standing.state
        now = replace(standing, state=State.ON_HOLD, before=before)
        return Followed(now, (Fired(Rule.HELD, f"held: {event.reason}"),))
    state = standing.before if held else standing.state
    now = replace(standing, state=state, resumed_on=event.day)
    return Followed(now, (Fired(Rule.RESUMED, f"resumed: {event.reason}"),))


# The next step


def standing_of(spec: LadderSpec, history: History) -> Followed:
    """Where a course stands, with the rules that the last event fired."""
    return reduce(
        lambda so_far, event: follow(spec, history.baseline, so_far.standing, event),
        history.events,
        Followed(Standing(), ()),
    )


def next_step(
    spec: LadderSpec,
    baseline: Baseline,
    found: Followed,
    today: dt.date,
    closures: Collection[dt.date] = (),
) -> Next:
    """The next visit of a course that stands so, as seen on a day."""
    standing, fired = found.standing, found.fired
    if standing.state is State.DRAFT:
        begun = _begun(spec, baseline, standing)
        standing, fired = begun.standing, (*fired, *begun.fired)
    now = lateness.arrived(spec, standing, today)
    gone = lateness.idle(spec, now.standing, today)
    dates = dates_of(spec, gone.standing, today, closures)
    fired = (*fired, *now.fired, *gone.fired, *_window(dates))
    fired = (*fired, *_unanswered(spec, gone.standing, fired))
    last = standing.last_done
    return Next(
        state=gone.standing.state,
        rung=rung_of(spec, gone.standing),
        number=gone.standing.place.done + 1,
        of=_of(spec, gone.standing),
        treats=gone.standing.state not in WAITING,
        dates=dates,
        interval_days=(dates.due - last).days if dates and last else None,
        advice=_advice(fired),
        standing=found.standing,
        fired=fired,
    )


def _begun(spec: LadderSpec, baseline: Baseline, standing: Standing) -> Followed:
    if spec.fixed is not None:
        return tendon.begun(spec.fixed, baseline, standing)
    return Followed(standing, (Fired(Rule.START, "first session of the induction"),))


def _window(dates: Dates | None) -> tuple[Fired, ...]:
    if dates is None or dates.fits or dates.latest is None:
        return ()
    why = f"the rest does not end by {dates.latest:%d-%b-%Y}, its window"
    return (Fired(Rule.OUT_OF_WINDOW, why),)


def _unanswered(
    spec: LadderSpec, standing: Standing, fired: Iterable[Fired]
) -> tuple[Fired, ...]:
    """What was asked and is still open, when something else happened since."""
    asked = {one.rule for one in fired}
    if standing.state is State.EVALUATION and Rule.EVALUATION_DUE not in asked:
        why = "the block is to be evaluated, HDSS is not measured yet"
        return (Fired(Rule.EVALUATION_DUE, why),)
    down = spec.down
    if down is None or standing.state not in TAPERING or Rule.MISSED_ASK in asked:
        return ()
    if standing.missed < down.taper.missed:
        return ()
    return (Fired(Rule.MISSED_ASK, lateness.ask_why(standing.missed)),)


def _advice(fired: Iterable[Fired]) -> tuple[Advice, ...]:
    found = [ADVICE[one.rule] for one in fired if one.rule in ADVICE]
    return tuple(dict.fromkeys(found))


def rung_of(spec: LadderSpec, standing: Standing) -> str:
    """The name of the rung; empty for a fixed course."""
    if spec.down is None:
        return ""
    return spec.down.ladder.stages[standing.place.stage].name


def _of(spec: LadderSpec, standing: Standing) -> int | None:
    if spec.fixed is not None:
        return spec.fixed.sessions
    if standing.state in INDUCING:
        return standing.block
    return spec.down.ladder.stages[standing.place.stage].sessions if spec.down else None


def placed(spec: LadderSpec, standing: Standing, rung: str) -> Standing:
    """The standing that a person puts in place: on another rung, counted anew.

    Raises LadderError for a rung that the ladder does not have, and for an
    induction that has had all the sessions of its cap.
    """
    names = [stage.name for stage in spec.down.ladder.stages] if spec.down else []
    if spec.down is None or rung not in names:
        raise LadderError(f"{rung!r} is no rung of {spec.code}: {', '.join(names)}")
    place = Place(names.index(rung), 0, standing.place.fell_back_on)
    if place.stage == 0 and not induction.room(spec.down, standing):
        cap = spec.down.induction.cap
        raise LadderError(f"{rung}: {standing.induced} sessions of at most {cap}")
    if place.stage == 0:
        return induction.begun(spec.down, standing)
    return induction.entered(spec.down, standing, place)


# The proposal


def propose(
    spec: LadderSpec,
    history: History,
    today: dt.date,
    closures: Collection[dt.date] = (),
) -> Proposal:
    """The next step at one place of the body, as a proposal that replays."""
    found = next_step(
        spec, history.baseline, standing_of(spec, history), today, closures
    )
    inputs = {
        "kind": "step",
        "engine": ENGINE,
        "ladder": spec.to_dict(),
        "history": plain(history),
        "today": plain(today),
        "closures": sorted(map(plain, closures)),
    }
    return Proposal(
        kind="step",
        rule=found.rule.value,
        rules=tuple(fired.rule.value for fired in found.fired),
        engine=ENGINE,
        ladder=spec.code,
        ladder_version=spec.version,
        inputs=inputs,
        result=_result(found),
        why=found.why,
    )


def _result(found: Next) -> dict[str, Any]:
    told = plain(found)
    told.pop("fired")
    return {"rule": found.rule.value, **told}
