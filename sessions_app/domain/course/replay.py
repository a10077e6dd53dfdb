"""A past proposal from its inputs alone.

A new engine version comes beside the old one, never in its place: what was once
proposed must read the same for as long as the record is kept.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sessions_app.domain.calendar import zone_of
from sessions_app.domain.course.current import (
    LastRun,
    Levels,
    Today,
    propose_current,
)
from sessions_app.domain.course.engine import propose
from sessions_app.domain.course.history import History
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.proposal import ENGINE, Proposal, ReplayError
from sessions_app.domain.course.timing import propose_time
from sessions_app.domain.strict import build, value

_Inputs = Mapping[str, Any]


def replay(inputs: _Inputs) -> Proposal:
    """The proposal that these inputs lead to.

    Raises ReplayError for a kind or engine version that is not known, or inputs
    that are not whole.
    """
    engine, kind = inputs.get("engine"), str(inputs.get("kind"))
    if engine != ENGINE or kind not in _KINDS:
        known = f"engine {ENGINE} with {', '.join(_KINDS)}"
        raise ReplayError(f"{kind!r} of engine {engine!r} is unknown; known: {known}")
    try:
        return _KINDS[kind](LadderSpec.from_dict(inputs["ladder"]), inputs)
    except (KeyError, ValueError) as error:
        raise ReplayError(f"{kind} of engine {engine}: {error}") from error


def _step(spec: LadderSpec, inputs: _Inputs) -> Proposal:
    return propose(
        spec,
        build(History, inputs["history"], "history"),
        _day(inputs["today"], "today"),
        _closures(inputs),
    )


def _current(spec: LadderSpec, inputs: _Inputs) -> Proposal:
    last = inputs["last"]
    return propose_current(
        spec,
        build(Levels, inputs["levels"], "levels"),
        None if last is None else build(LastRun, last, "last"),
        build(Today, inputs["today"], "today"),
    )


def _date(spec: LadderSpec, inputs: _Inputs) -> Proposal:
    ended = inputs["last_ended"]
    return propose_time(
        spec,
        _day(inputs["day"], "day"),
        clock=dt.time.fromisoformat(inputs["clock"]),
        zone=zone_of(inputs["zone"]),
        last_ended=None if ended is None else dt.datetime.fromisoformat(ended),
        closures=_closures(inputs),
    )


_KINDS: Mapping[str, Callable[[LadderSpec, _Inputs], Proposal]] = {
    "step": _step,
    "current": _current,
    "date": _date,
}


def _day(data: Any, where: str) -> dt.date:
    made: dt.date = value(dt.date, data, where)
    return made


def _closures(inputs: _Inputs) -> list[dt.date]:
    return [_day(day, "closures") for day in inputs["closures"]]
