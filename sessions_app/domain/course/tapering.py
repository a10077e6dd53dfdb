"""Down the rungs, in maintenance, and back up after a relapse."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

from sessions_app.domain.calendar import WEEK_DAYS, Rhythm, Weekdays
from sessions_app.domain.course.history import (
    Event,
    Fired,
    Followed,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.induction import begun, entered
from sessions_app.domain.course.ladders import StepDown
from sessions_app.domain.stepdown import Rule as Walked
from sessions_app.domain.stepdown import step


def after_session(down: StepDown, standing: Standing, event: Event) -> Followed:
    """What follows a session of a taper, of a relapse or in maintenance."""
    if why := _severe(down, event):
        return relapsed(down, standing, event.day, why)
    worse = _worse(down, standing, event)
    if standing.state is State.MAINTENANCE:
        return _maintained(down, standing, event, worse)
    if worse:
        return relapsed(down, standing, event.day, worse)
    return _tapered(down, standing, event)


def after_result(down: StepDown, standing: Standing, event: Event) -> Followed:
    """What follows a score that was asked without a treatment."""
    asked = standing.missed >= down.taper.missed
    # Another measure does not answer the question for the score.
    now = standing if event.score is None else replace(standing, missed=0)
    why = _severe(down, event)
    if not why:
        told = "no step up: the score asks for none"
        return Followed(now, (Fired(Rule.STAY, told),))
    found = relapsed(down, now, event.day, why)
    if not asked:
        return found
    told = f"{standing.missed} visits missed running, then {why}"
    fired = Fired(Rule.MISSED_STEP_UP, told)
    return Followed(found.standing, (*found.fired, fired))


def _severe(down: StepDown, event: Event) -> str:
    limit = down.ladder.fall_back_at
    if event.score is None or event.score < limit:
        return ""
    return f"HDSS {event.score}, fall back from {limit} on"


def _worse(down: StepDown, standing: Standing, event: Event) -> str:
    """Why it is worse than at its best; empty when it is not."""
    by, best = down.taper.worse_by, standing.best
    if event.score is None or best is None or event.score < best + by:
        return ""
    return f"HDSS {event.score}, at best {best}"


def _wet(down: StepDown, event: Event) -> bool:
    return event.wet_days is not None and event.wet_days > down.taper.wet_days


# Down


def _tapered(down: StepDown, standing: Standing, event: Event) -> Followed:
    now, fired = _recovering(down, standing, event)
    if not event.counted:
        why = "too little was delivered: the session uses up none of the rung"
        return Followed(now, (*fired, Fired(Rule.NOT_COUNTED, why)))
    stage = down.ladder.stages[now.place.stage]
    moved = step(down.ladder, now.place, event.day, None)
    done = now.place.done + 1
    told = f"{done} of {stage.sessions} sessions of {stage.name}"
    stayed = replace(now, place=replace(now.place, done=done))
    if moved.rule is Walked.STAY:
        return Followed(stayed, (*fired, Fired(Rule.STAY, told)))
    if bar := _bar(down, now, event):
        why = f"{told}, but {bar}: the rung goes on"
        return Followed(stayed, (*fired, Fired(Rule.NOT_YET, why)))
    onward = entered(down, now, moved.place)
    next_name = down.ladder.stages[moved.place.stage].name
    return Followed(onward, (*fired, Fired(Rule.ADVANCE, f"{told}: on to {next_name}")))


def _recovering(
    down: StepDown, standing: Standing, event: Event
) -> tuple[Standing, tuple[Fired, ...]]:
    if standing.state is not State.RELAPSE:
        return standing, ()
    good = standing.good + 1 if _good(down, event) else 0
    if good < down.relapse.recovered_visits:
        return replace(standing, good=good), ()
    why = f"HDSS {event.score} at {good} visits running: recovered"
    over = replace(standing, state=State.TAPER, good=0)
    return over, (Fired(Rule.RECOVERED, why),)


def _good(down: StepDown, event: Event) -> bool:
    limit = down.taper.advance_score
    return event.score is not None and event.score <= limit and not _wet(down, event)


def _bar(down: StepDown, standing: Standing, event: Event) -> str:
    """Why a rung may not be left yet; empty when it may."""
    limit = down.taper.advance_score
    if standing.state is State.RELAPSE:
        return f"not yet {down.relapse.recovered_visits} good visits running"
    if standing.score is None or standing.score > limit:
        return f"no HDSS of at most {limit}"
    if _wet(down, event):
        return f"wet days since the last visit: {event.wet_days}"
    return ""


# Maintenance


def _maintained(
    down: StepDown, standing: Standing, event: Event, worse: str
) -> Followed:
    rule = down.maintenance
    if _wet(down, event):
        worse = worse or f"wet days since the last visit: {event.wet_days}"
    if worse:
        days = max(rule.least_days, standing.interval_days - rule.step_days)
        why = f"{worse}: every {days} days"
        # The score of today is what the next ones are measured by.
        shorter = replace(standing, interval_days=days, good=0, best=standing.score)
        return Followed(shorter, (Fired(Rule.SHORTEN, why),))
    good = standing.good + 1 if _good(down, event) else 0
    days = min(rule.most_days, standing.interval_days + rule.step_days)
    if good >= rule.good_visits and days > standing.interval_days:
        longer = replace(standing, interval_days=days, good=0)
        why = f"{good} good visits running: every {days} days"
        return Followed(longer, (Fired(Rule.LENGTHEN, why),))
    why = f"every {standing.interval_days} days, {good} good visits running"
    return Followed(replace(standing, good=good), (Fired(Rule.STAY, why),))


# Up


def relapsed(down: StepDown, standing: Standing, day: dt.date, why: str) -> Followed:
    """One rung up; the first rung when it comes again within the window."""
    origin = replace(standing.place, stage=_above(down, standing) + 1)
    moved = step(down.ladder, origin, day, down.ladder.fall_back_at)
    rule = down.relapse
    lately = [d for d in standing.relapses if (day - d).days <= rule.review_days]
    now = replace(
        standing, place=moved.place, good=0, best=None, relapses=(*lately, day)
    )
    name = down.ladder.stages[moved.place.stage].name
    if moved.place.stage:
        now = replace(now, state=State.RELAPSE, interval_days=0)
    else:
        now = begun(down, replace(now, interval_days=0))
    fired = [Fired(Rule.RELAPSE_STEP_UP, f"{why}: up to {name}")]
    if moved.rule is Walked.RESTART:
        days = down.ladder.relapse_window_days
        told = f"{why}, again within {days} days: {name} anew"
        fired = [Fired(Rule.RELAPSE_INDUCTION, told)]
    if now.state is State.INDUCTION and not now.block:
        told = f"{now.induced} sessions of at most {down.induction.cap}"
        fired.append(Fired(Rule.INDUCTION_CAP, told))
        now = replace(now, state=State.DISCONTINUED)
    if len(now.relapses) >= rule.review_count:
        told = f"relapse {len(now.relapses)} within {rule.review_days} days"
        fired.append(Fired(Rule.RELAPSE_REVIEW, f"{told}: review the alternatives"))
    return Followed(now, tuple(fired))


def _above(down: StepDown, standing: Standing) -> int:
    """The rung to step up to: the lowest one that comes more often than now.

    In maintenance it comes no less often than the shorter interval that a milder
    worsening would bring.
    """
    if standing.state is not State.MAINTENANCE:
        return standing.place.stage - 1
    now, rule = standing.interval_days, down.maintenance
    most = max(rule.least_days, now - rule.step_days)
    stages = down.ladder.stages[:-1]
    periods = [period(stage.pattern) for stage in stages]
    fitting = [n for n, days in enumerate(periods) if days < now and days <= most]
    return max(fitting, default=0)


def period(pattern: Rhythm) -> Fraction:
    """Days from visit to visit, on average."""
    if isinstance(pattern, Weekdays):
        return Fraction(WEEK_DAYS, len(pattern.days))
    return Fraction(pattern.days)
