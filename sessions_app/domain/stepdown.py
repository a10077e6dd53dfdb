"""The way down from many sessions a week to few: ladders as data, steps explained.

A ladder, its thresholds and its windows are inputs, so that a site edits them as a
new version and an old decision replays to the same answer. Whatever comes out is a
proposal; a clinician accepts, changes or rejects it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sessions_app.domain.calendar import CalendarError, Rhythm, pattern_data, rhythm_of


class LadderError(ValueError):
    """A ladder that cannot be walked; the text names the field."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A rung. `sessions` lead to the next one; None stays until a fall-back."""

    name: str
    pattern: Rhythm
    sessions: int | None

    def __post_init__(self) -> None:
        if self.sessions is not None and self.sessions < 1:
            raise LadderError(f"{self.name}: sessions is at least 1 or null")


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs from the first, most frequent one on.

    A score (low good) at or above `fall_back_at` steps back up; a second time within
    `relapse_window_days`, the last day included, goes back to the first rung.
    """

    stages: tuple[Stage, ...]
    fall_back_at: int
    relapse_window_days: int

    def __post_init__(self) -> None:
        if not self.stages:
            raise LadderError("stages: a ladder has at least one")
        if self.relapse_window_days < 0:
            raise LadderError(
                f"relapse_window_days is 0 or more, not {self.relapse_window_days}"
            )

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from `to_dict` form; raises LadderError that names the field."""
        names = ("stages", "fall_back_at", "relapse_window_days")
        if not isinstance(data, Mapping) or set(data) != set(names):
            raise LadderError(f"ladder: an object of {', '.join(names)}")
        for name in names[1:]:
            if type(data[name]) is not int:
                raise LadderError(f"{name} is a whole number, not {data[name]!r}")
        return cls(
            stages_of(data["stages"]), data["fall_back_at"], data["relapse_window_days"]
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal ladder back."""
        return {
            "stages": [
                {
                    "name": stage.name,
                    "pattern": pattern_data(stage.pattern),
                    "sessions": stage.sessions,
                }
                for stage in self.stages
            ],
            "fall_back_at": self.fall_back_at,
            "relapse_window_days": self.relapse_window_days,
        }


def stages_of(data: Any) -> tuple[Stage, ...]:
    """Stages from their JSON form; raises LadderError that names the stage."""
    if not isinstance(data, list):
        raise LadderError(f"stages is a list, not {data!r}")
    return tuple(_stage(row, f"stages[{number}]") for number, row in enumerate(data))


def _stage(row: Any, where: str) -> Stage:
    match row:
        case {"name": str(name), "pattern": pattern, "sessions": sessions} if len(
            row
        ) == 3 and type(sessions) in (int, type(None)):
            try:
                return Stage(name, rhythm_of(pattern), sessions)
            except (CalendarError, LadderError) as error:
                raise LadderError(f"{where}: {error}") from error
    raise LadderError(f"{where} has name, pattern and sessions, not {row!r}")


# Steps


class Rule(StrEnum):
    """Why the next session stands where it does."""

    STAY = "stay"
    ADVANCE = "advance"
    FALL_BACK = "fall_back"
    RESTART = "restart"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a course stands: rung, sessions done on it since it was entered, the day
    of the last fall-back. `stage` beyond the last rung is a completed course."""

    stage: int = 0
    done: int = 0
    fell_back_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The place of the next session, and the rule that put it there."""

    place: Place
    rule: Rule


def step(ladder: Ladder, place: Place, day: dt.date, score: int | None) -> Step:
    """What follows a session done on `day`, with the score after it if one was taken.

    On the first rung there is nothing to fall back to, whatever the score.
    """
    if score is not None and score >= ladder.fall_back_at and place.stage > 0:
        return _fall_back(ladder, place, day)
    stage = ladder.stages[place.stage]
    if stage.sessions is None or place.done + 1 < stage.sessions:
        onward = Place(place.stage, place.done + 1, place.fell_back_on)
        return Step(onward, Rule.STAY)
    onward = Place(place.stage + 1, 0, place.fell_back_on)
    last = onward.stage == len(ladder.stages)
    return Step(onward, Rule.COMPLETE if last else Rule.ADVANCE)


def _fall_back(ladder: Ladder, place: Place, day: dt.date) -> Step:
    before = place.fell_back_on
    if before is not None and (day - before).days <= ladder.relapse_window_days:
        return Step(Place(0, 0, day), Rule.RESTART)
    return Step(Place(place.stage - 1, 0, day), Rule.FALL_BACK)


def next_day(ladder: Ladder, place: Place, last_done: dt.date) -> dt.date | None:
    """The day of the next session, from the last one that was *done*.

    By the pattern of the rung that it belongs to; None once the course is complete.
    """
    if place.stage >= len(ladder.stages):
        return None
    return ladder.stages[place.stage].pattern.after(last_done)


@dataclass(frozen=True, slots=True)
class Visit:
    """A session of a walk; `rule` is what follows it."""

    stage: str
    day: dt.date
    rule: Rule


def walk(
    ladder: Ladder, start: dt.date, sessions: int, scores: Mapping[int, int]
) -> Iterator[Visit]:
    """At most so many sessions, every one done on its day, from `start` itself on.

    `scores` are by session number from 1. Ends early with a completed course.
    """
    place, day = Place(), start
    for number in range(1, sessions + 1):
        step_on = step(ladder, place, day, scores.get(number))
        yield Visit(ladder.stages[place.stage].name, day, step_on.rule)
        place = step_on.place
        onward = next_day(ladder, place, day)
        if onward is None:
            return
        day = onward


# Evaluation


class Decision(StrEnum):
    ADVANCE = "advance"
    EXTEND = "extend"
    CHANGE_FACTOR = "change_factor"
    DISCONTINUE = "discontinue"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Thresholds of an evaluation: a score (low good) at most, or an improvement in
    permille, advances; a smaller improvement still earns one extension."""

    advance_score: int
    advance_permille: int
    extend_permille: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`improvement_permille` is None when the first measurement was 0."""

    improvement_permille: int | None
    decision: Decision


def evaluate(
    criteria: Criteria, *, before: int, after: int, score: int, extension_used: bool
) -> Evaluation:
    """Decide at the end of an induction. `before` and `after` share one unit.

    Raises ValueError for a measurement below 0.
    """
    if min(before, after) < 0:
        raise ValueError(f"before {before} and after {after} are 0 or more")
    gain = (before - after) * 1000 // before if before else None
    return Evaluation(gain, _decision(criteria, gain, score, extension_used))


def _decision(
    criteria: Criteria, gain: int | None, score: int, extension_used: bool
) -> Decision:
    if score <= criteria.advance_score:
        return Decision.ADVANCE
    if gain is not None and gain >= criteria.advance_permille:
        return Decision.ADVANCE
    if extension_used:
        return Decision.DISCONTINUE
    if gain is not None and gain >= criteria.extend_permille:
        return Decision.EXTEND
    return Decision.CHANGE_FACTOR


# Gaps


@dataclass(frozen=True, slots=True)
class GapBand:
    """From so many days without treatment on: what is proposed."""

    from_days: int
    act: str


def after_gap(gap_days: int, bands: Sequence[GapBand]) -> GapBand:
    """The band that a gap falls into. Raises LadderError when none begins so early."""
    fitting = [band for band in bands if band.from_days <= gap_days]
    if not fitting:
        raise LadderError(f"bands: none covers a gap of {gap_days} days")
    return max(fitting, key=lambda band: band.from_days)
