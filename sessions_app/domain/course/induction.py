"""From the first session to a response: blocks, their evaluation, the cap."""

from dataclasses import replace

from sessions_app.domain.course.history import (
    Baseline,
    Event,
    Fired,
    Followed,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import StepDown
from sessions_app.domain.stepdown import Decision, Place, evaluate

# The best first: of several measures the one that says most for going on counts.
_BEST = (
    Decision.ADVANCE,
    Decision.EXTEND,
    Decision.CHANGE_FACTOR,
    Decision.DISCONTINUE,
)


def begun(down: StepDown, standing: Standing) -> Standing:
    """A first block, from the next session on."""
    return replace(
        standing,
        state=State.INDUCTION,
        place=Place(0, 0, standing.place.fell_back_on),
        block=block_of(down, standing),
        block_from=None,
        good=0,
    )


def block_of(down: StepDown, standing: Standing) -> int:
    """Sessions of a whole block, as far as the cap leaves any."""
    whole = (
        down.induction.extension_sessions
        if standing.extended
        else down.ladder.stages[0].sessions or 0
    )
    return min(whole, room(down, standing))


def room(down: StepDown, standing: Standing) -> int:
    """Sessions up to the cap."""
    return max(0, down.induction.cap - standing.induced)


def after_session(
    down: StepDown, baseline: Baseline, standing: Standing, event: Event
) -> Followed:
    """What follows a session of an induction."""
    rule = down.induction
    place = standing.place
    if event.counted:
        place = replace(place, done=place.done + 1)
    dry = event.score is not None and event.score <= rule.euhidrosis_score
    now = replace(
        standing,
        place=place,
        induced=standing.induced + event.counted,
        good=standing.good + 1 if dry else 0,
        block_from=standing.block_from or event.day,
    )
    if now.good >= rule.euhidrosis_visits:
        why = f"HDSS {event.score} at {now.good} visits running: dry"
        return responded(down, now, Fired(Rule.EUHIDROSIS, why))
    if why := _due(down, now, event):
        return judged(down, baseline, now, event, why)
    if not event.counted:
        why = "too little was delivered: the session uses up none of the block"
        return Followed(now, (Fired(Rule.NOT_COUNTED, why),))
    why = f"{place.done} of {now.block} sessions of the block"
    return Followed(now, (Fired(Rule.STAY, why),))


def _due(down: StepDown, standing: Standing, event: Event) -> str:
    """Why the block is to be evaluated now; empty before that."""
    done = standing.place.done
    if done >= standing.block:
        return f"{done} of {standing.block} sessions of the block"
    days = (event.day - (standing.block_from or event.day)).days
    if days >= down.induction.evaluate_by_days:
        return f"{days} days since the block began"
    return ""


def judged(
    down: StepDown, baseline: Baseline, standing: Standing, event: Event, due: str
) -> Followed:
    """The evaluation of a block: on, once longer, or not at all."""
    if event.score is None:
        waiting = replace(standing, state=State.EVALUATION)
        why = f"{due}: evaluate, HDSS and sweat are not measured yet"
        return Followed(waiting, (Fired(Rule.EVALUATION_DUE, why),))
    gains = _gains(baseline, event)
    decision = _decision(down, standing, event.score, gains)
    told = ", ".join([due, f"HDSS {event.score}", *(f"{g[0]} {g[3]}" for g in gains)])
    if decision is Decision.ADVANCE:
        return responded(down, standing, Fired(Rule.RESPONSE, f"{told}: response"))
    if decision is Decision.DISCONTINUE:
        why = f"{told}: no response after the extension, discontinue"
        return _ended(standing, Fired(Rule.NO_RESPONSE, why))
    if not room(down, standing):
        why = f"{told}: {standing.induced} sessions of at most {down.induction.cap}"
        return _ended(standing, Fired(Rule.INDUCTION_CAP, why))
    return _extended(down, standing, decision, told)


_Gain = tuple[str, int, int, str]


def _gains(baseline: Baseline, event: Event) -> list[_Gain]:
    """Measures that were taken before and now: name, before, after, change."""
    found = []
    for name, before, after in (
        ("gravimetry", baseline.sweat, event.sweat),
        ("self scale", baseline.self_scale, event.self_scale),
    ):
        if before is not None and after is not None:
            found.append((name, before, after, f"{before} to {after}"))
    return found


def _decision(
    down: StepDown, standing: Standing, score: int, gains: list[_Gain]
) -> Decision:
    # Without a second measure the score alone decides: nothing was gained.
    pairs = [(before, after) for _, before, after, _ in gains] or [(0, 0)]
    found = [
        evaluate(
            down.criteria,
            before=before,
            after=after,
            score=score,
            extension_used=standing.extended,
        ).decision
        for before, after in pairs
    ]
    return min(found, key=_BEST.index)


def responded(down: StepDown, standing: Standing, fired: Fired) -> Followed:
    """On to the first rung down; the cap counts anew after a response."""
    onward = entered(down, standing, Place(1, 0, standing.place.fell_back_on))
    return Followed(
        replace(onward, induced=0, extended=False, block=0, block_from=None), (fired,)
    )


def entered(down: StepDown, standing: Standing, place: Place) -> Standing:
    """On a rung below induction; the last one begins with its own interval."""
    last = place.stage == len(down.ladder.stages) - 1
    pattern = down.ladder.stages[-1].pattern
    return replace(
        standing,
        place=place,
        state=State.MAINTENANCE if last else State.TAPER,
        interval_days=getattr(pattern, "days", 0) if last else 0,
        good=0,
    )


def _extended(
    down: StepDown, standing: Standing, decision: Decision, told: str
) -> Followed:
    longer = replace(standing, extended=True)
    block = block_of(down, longer)
    again = replace(begun(down, longer), state=State.INDUCTION_EXTENDED)
    if decision is Decision.EXTEND:
        why = f"{told}: partial response, at most {block} sessions more"
        return Followed(again, (Fired(Rule.PARTIAL, why),))
    why = (
        f"{told}: change one factor (more current, poles, waveform, drug) for at most"
        f" {block} sessions, or stop"
    )
    return Followed(again, (Fired(Rule.CHANGE_FACTOR, why),))


def _ended(standing: Standing, fired: Fired) -> Followed:
    return Followed(replace(standing, state=State.DISCONTINUED), (fired,))
