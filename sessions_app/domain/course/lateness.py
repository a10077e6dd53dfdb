"""Missed, late and too long away: nothing of it uses up a session."""

import datetime as dt
from dataclasses import replace

from sessions_app.domain.course.dates import due_day
from sessions_app.domain.course.history import (
    INDUCING,
    TAPERING,
    WAITING,
    Fired,
    Followed,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.induction import block_of, room
from sessions_app.domain.course.ladders import LadderSpec, StepDown
from sessions_app.domain.stepdown import after_gap


def arrived(spec: LadderSpec, standing: Standing, day: dt.date) -> Followed:
    """What the days since the last session mean for a visit on a day."""
    down, last = spec.down, standing.last_done
    if down is None or last is None or standing.state in WAITING:
        return Followed(standing, ())
    if standing.state in INDUCING:
        # A day before the last session, of an entry out of order, is no gap.
        return _after_gap(down, standing, max(0, (day - last).days))
    return _late(down, spec, standing, last, day)


def _after_gap(down: StepDown, standing: Standing, days: int) -> Followed:
    act = after_gap(days, down.gaps).act
    told = f"{days} days since the last session"
    if act == "note":
        return Followed(standing, (Fired(Rule.GAP_NOTE, f"{told}: carry on"),))
    if act == "re_evaluate":
        most = standing.place.done + room(down, standing)
        block = min(standing.block + down.gap_sessions, most)
        why = f"{told}: evaluate again, {block - standing.block} sessions more"
        longer = replace(standing, block=block)
        return Followed(longer, (Fired(Rule.GAP_RE_EVALUATE, why),))
    if act == "restart":
        block = block_of(down, standing)
        place = replace(standing.place, done=0)
        anew = replace(standing, place=place, block=block, block_from=None, good=0)
        why = (
            f"{told}: the block begins anew with {block} sessions;"
            f" {standing.induced} of {down.induction.cap} are used"
        )
        return Followed(anew, (Fired(Rule.GAP_RESTART, why),))
    return Followed(standing, ())


def _late(
    down: StepDown, spec: LadderSpec, standing: Standing, last: dt.date, day: dt.date
) -> Followed:
    due = due_day(spec, standing, day)
    late, interval = (day - due).days, (due - last).days
    if late <= 0:
        return Followed(standing, ())
    told = f"{late} days late on an interval of {interval}"
    if late * 1000 < down.taper.late_permille * interval:
        why = f"{told}: the rung goes on from the last session"
        return Followed(standing, (Fired(Rule.LATE_KEEP, why),))
    why = f"{told}: ask for HDSS before treating"
    return Followed(standing, (Fired(Rule.LATE_ASK, why),))


def missed(spec: LadderSpec, standing: Standing) -> Followed:
    """What a visit that the patient missed means."""
    down, count = spec.down, standing.missed + 1
    now = replace(standing, missed=count)
    tapering = standing.state in TAPERING
    if down is not None and tapering and count >= down.taper.missed:
        return Followed(now, (Fired(Rule.MISSED_ASK, ask_why(count)),))
    return Followed(now, (Fired(Rule.STAY, "a missed visit uses up no session"),))


def ask_why(missed: int) -> str:
    return f"{missed} visits missed running: ask for HDSS by telephone"


def idle(spec: LadderSpec, standing: Standing, day: dt.date) -> Followed:
    """Held when nobody came for too long; a resumption counts as coming."""
    days_known = [d for d in (standing.last_done, standing.resumed_on) if d]
    if not days_known or standing.state in WAITING:
        return Followed(standing, ())
    days = (day - max(days_known)).days
    limit = spec.visits.hold_after_days
    if days < limit:
        return Followed(standing, ())
    held = replace(standing, state=State.ON_HOLD)
    why = f"{days} days since the last session, held from {limit} on"
    return Followed(held, (Fired(Rule.MISSED_TOO_LONG, why),))
