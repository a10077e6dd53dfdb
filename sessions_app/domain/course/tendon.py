"""Courses of so many sessions, and the rules that end one early."""

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
from sessions_app.domain.course.ladders import Fixed, Stop
from sessions_app.domain.harm import Code


def begun(fixed: Fixed, baseline: Baseline, standing: Standing) -> Followed:
    """Before the first session: not at all when the drug's cap is reached."""
    if capped := _capped(fixed, baseline.exposed):
        return _over(standing, State.DISCONTINUED, capped)
    why = f"first of {fixed.sessions} sessions"
    return Followed(standing, (Fired(Rule.START, why),))


def after_session(
    fixed: Fixed, baseline: Baseline, standing: Standing, event: Event
) -> Followed:
    """What follows a session of a fixed course."""
    done = standing.place.done + event.counted
    now = replace(
        standing,
        state=State.FIXED,
        place=replace(standing.place, done=done),
        induced=standing.induced + 1,
        pains=_pains(fixed.stop, baseline, standing, event),
        reactions=standing.reactions + _reacted(fixed.stop, event),
    )
    if stopped := _stopped(fixed.stop, now, event):
        return _over(now, State.DISCONTINUED, stopped)
    if done >= fixed.sessions:
        why = f"{done} of {fixed.sessions} sessions done. {fixed.after}".strip()
        return _over(now, State.COMPLETED, Fired(Rule.COURSE_DONE, why))
    if capped := _capped(fixed, baseline.exposed + now.induced):
        return _over(now, State.DISCONTINUED, capped)
    if why := _unchanged(fixed.stop, baseline, now, event):
        held = replace(now, state=State.ON_HOLD, before=State.FIXED, asked=True)
        return Followed(held, (Fired(Rule.NO_CHANGE, why),))
    if not event.counted:
        why = "too little was delivered: the session uses up none of the course"
        return Followed(now, (Fired(Rule.NOT_COUNTED, why),))
    return Followed(now, (Fired(Rule.STAY, f"{done} of {fixed.sessions} sessions"),))


def _stopped(stop: Stop, standing: Standing, event: Event) -> Fired | None:
    burn = max((h.grade for h in event.harms if h.code == Code.BRN), default=0)
    if burn >= stop.burn_grade:
        return Fired(Rule.BURN, f"burn of grade {burn}: stop")
    if standing.reactions >= stop.reaction_times:
        why = (
            f"{standing.reactions} reactions of grade {stop.reaction_grade} or more"
            " at this place: stop"
        )
        return Fired(Rule.REACTION_AGAIN, why)
    if _rising(stop, standing):
        told = ", ".join(map(str, standing.pains))
        why = f"pain {told}: {stop.pain_rise} up at {stop.pain_visits} visits running"
        return Fired(Rule.PAIN_RISING, why)
    return None


def _reacted(stop: Stop, event: Event) -> bool:
    return any(harm.grade >= stop.reaction_grade for harm in event.harms)


def _pains(
    stop: Stop, baseline: Baseline, standing: Standing, event: Event
) -> tuple[int, ...]:
    """The readings that a rise is judged by: one before, then those running."""
    before = standing.pains
    if not before and baseline.pain is not None:
        before = (baseline.pain,)
    if event.pain is None:
        return before
    return (*before, event.pain)[-(stop.pain_visits + 1) :]


def _rising(stop: Stop, standing: Standing) -> bool:
    before, *running = standing.pains or (0,)
    if stop.pain_rise is None or len(running) < stop.pain_visits:
        return False
    return min(running) >= before + stop.pain_rise


def _unchanged(stop: Stop, baseline: Baseline, standing: Standing, event: Event) -> str:
    """Why to talk to the referrer about going on; asked once in a course."""
    if stop.no_change_after is None or standing.asked:
        return ""
    if event.pain is None or baseline.pain is None:
        return ""
    done, gain = standing.place.done, baseline.pain - event.pain
    if done < stop.no_change_after or gain >= stop.no_change_points:
        return ""
    return (
        f"pain {baseline.pain} before and {event.pain} after {done} sessions: less"
        f" than {stop.no_change_points} better"
    )


def _capped(fixed: Fixed, given: int) -> Fired | None:
    if fixed.cap is None or given < fixed.cap:
        return None
    why = f"{given} sessions with this drug here within a year, at most {fixed.cap}"
    return Fired(Rule.DRUG_CAP, why)


def _over(standing: Standing, state: State, fired: Fired) -> Followed:
    return Followed(replace(standing, state=state), (fired,))
