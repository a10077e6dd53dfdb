"""Ladders as data: every threshold of a course, each with its trust and source.

A site edits a ladder as a new version; no number of a course stands in code.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sessions_app.domain.calendar import (
    WEEK_DAYS,
    DayOffsets,
    EveryDays,
    Pattern,
    Rhythm,
    Weekdays,
    moved,
    pattern_of,
)
from sessions_app.domain.course.plain import plain
from sessions_app.domain.protocol import Source
from sessions_app.domain.stepdown import Criteria, GapBand, Ladder, LadderError
from sessions_app.domain.strict import build

GAP_ACTS = ("carry_on", "note", "re_evaluate", "restart")


@dataclass(frozen=True, slots=True)
class Visits:
    """How close visits may come. `per_week` is of any seven days running;
    `early_days` a visit may come before its day. A course that nobody came to for
    `hold_after_days` is held."""

    min_gap_days: int
    min_gap_hours: int
    per_week: int
    early_days: int
    hold_after_days: int

    def __post_init__(self) -> None:
        _no_less("visits", self, min_gap_days=0, min_gap_hours=0, early_days=0)
        _no_less("visits", self, per_week=1, hold_after_days=1)


@dataclass(frozen=True, slots=True)
class CurrentRules:
    """When the current begins anew: after more than `rest_days`, harm or pain from
    these grades on. From `dry_grade` on it is not raised."""

    rest_days: int
    harm_grade: int
    pain: int
    dry_grade: int

    def __post_init__(self) -> None:
        _no_less("current", self, rest_days=0, harm_grade=1, pain=1, dry_grade=1)


@dataclass(frozen=True, slots=True)
class Induction:
    """Ends early after `euhidrosis_visits` running with a score of at most
    `euhidrosis_score`; is evaluated after its sessions or `evaluate_by_days`.
    It is extended once; never more than `cap` sessions up to a response."""

    euhidrosis_score: int
    euhidrosis_visits: int
    evaluate_by_days: int
    extension_sessions: int
    cap: int

    def __post_init__(self) -> None:
        _no_less("induction", self, euhidrosis_visits=1, evaluate_by_days=1)
        _no_less("induction", self, extension_sessions=1, cap=1)


@dataclass(frozen=True, slots=True)
class Taper:
    """A rung is left with a score of at most `advance_score` and no more than
    `wet_days`; a score `worse_by` points over the best one is a relapse. Late from
    `late_permille` of the interval on, or `missed` visits running: ask first."""

    advance_score: int
    wet_days: int
    worse_by: int
    late_permille: int
    missed: int

    def __post_init__(self) -> None:
        _no_less("taper", self, wet_days=0, worse_by=1, late_permille=0, missed=1)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The patient's own interval, longer after `good_visits` running."""

    least_days: int
    most_days: int
    step_days: int
    good_visits: int

    def __post_init__(self) -> None:
        _no_less("maintenance", self, least_days=1, step_days=0, good_visits=1)
        _no_less("maintenance", self, most_days=self.least_days)


@dataclass(frozen=True, slots=True)
class Relapse:
    """Over after `recovered_visits` running; the `review_count`th within
    `review_days` asks for another treatment."""

    recovered_visits: int
    review_count: int
    review_days: int

    def __post_init__(self) -> None:
        _no_less("relapse", self, recovered_visits=1, review_count=1, review_days=0)


@dataclass(frozen=True, slots=True)
class StepDown:
    """Induction, rungs down, maintenance. `least_days` after the last session is the
    soonest of each rung. From `hold_grade` of harm on, dryness apart, the course is
    held; from `dry_grade` of dryness on the next rung's rhythm holds. The bands are
    days without treatment in induction; one of them adds `gap_sessions`.
    """

    ladder: Ladder
    least_days: tuple[int, ...]
    induction: Induction
    criteria: Criteria
    taper: Taper
    maintenance: Maintenance
    relapse: Relapse
    gaps: tuple[GapBand, ...]
    gap_sessions: int
    dry_grade: int
    hold_grade: int

    def __post_init__(self) -> None:
        stages = self.ladder.stages
        if len(stages) < 2 or len(self.least_days) != len(stages):
            raise LadderError("least_days: one for each of at least two stages")
        if any(stage.sessions is None for stage in stages[:-1]):
            raise LadderError("stages: only the last one goes on for ever")
        if stages[-1].sessions is not None or not isinstance(
            stages[-1].pattern, EveryDays
        ):
            raise LadderError("stages: the last one has every_days and no sessions")
        if wrong := {band.act for band in self.gaps} - set(GAP_ACTS):
            raise LadderError(f"gaps: {', '.join(sorted(wrong))} is no act")
        if all(band.from_days > 0 for band in self.gaps):
            raise LadderError("gaps: the first band is from day 0 on")
        if min(self.least_days) < 1:
            raise LadderError(f"least_days is at least 1, not {min(self.least_days)}")
        _no_less("down", self, gap_sessions=0, dry_grade=1, hold_grade=1)
        _check_lengthening(self)

    def most_sessions(self, days: int) -> int:
        """So many sessions at most within some days: the induction up to its cap,
        each rung once, and maintenance at its shortest interval."""
        rungs = sum(stage.sessions or 0 for stage in self.ladder.stages[1:])
        return self.induction.cap + rungs + days // self.maintenance.least_days

    def after(self, stage: int, last: dt.date) -> dt.date:
        """The next day of a rung after the last session that was done."""
        return next_of(self.ladder.stages[stage].pattern, last, self.least_days[stage])


@dataclass(frozen=True, slots=True)
class Stop:
    """When a fixed course ends early; None switches a rule off. Pain counts when
    it stood `pain_rise` over the reading before for `pain_visits` running."""

    burn_grade: int
    reaction_grade: int
    reaction_times: int
    pain_rise: int | None
    pain_visits: int
    no_change_after: int | None
    no_change_points: int

    def __post_init__(self) -> None:
        _no_less("stop", self, burn_grade=1, reaction_grade=1, reaction_times=1)
        _no_less("stop", self, pain_rise=1, pain_visits=1)
        _no_less("stop", self, no_change_after=1, no_change_points=0)


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many sessions; at most `cap` of the drug at one place within a year, None
    where nothing caps it. The course ends within `window_days`, its first day being
    day 1; None: no window."""

    pattern: Pattern
    sessions: int
    cap: int | None
    window_days: int | None
    stop: Stop
    after: str

    def __post_init__(self) -> None:
        if self.window_days is not None and not isinstance(self.pattern, Weekdays):
            raise LadderError("fixed.window_days: a window needs weekdays")
        _no_less("fixed", self, sessions=1, cap=1, window_days=1)
        if isinstance(self.pattern, DayOffsets):
            _check_offsets(self.pattern, self.sessions)


@dataclass(frozen=True, slots=True)
class LadderSpec:
    """A version of a ladder for some protocols: either down or fixed."""

    code: str
    version: int
    title: str
    protocols: tuple[str, ...]
    visits: Visits
    current: CurrentRules
    down: StepDown | None
    fixed: Fixed | None
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        if (self.down is None) is (self.fixed is None):
            raise LadderError(f"{self.code}: either down or fixed, never both or none")

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from `to_dict` form; raises LadderError that names the field."""
        if not isinstance(data, Mapping):
            raise LadderError(f"ladder is an object, not {data!r}")
        try:
            return build(
                cls,
                data,
                "ladder",
                down=_down(data.get("down")),
                fixed=_fixed(data.get("fixed")),
            )
        except LadderError:
            raise
        except ValueError as error:
            raise LadderError(str(error)) from error

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal ladder back."""
        made: dict[str, Any] = plain(self)
        return made


def next_of(pattern: Rhythm, last: dt.date, least_days: int) -> dt.date:
    """The next day of a rhythm at least so many days after the last session."""
    if isinstance(pattern, Weekdays):
        return pattern.after(moved(last, least_days - 1))
    return pattern.after(last)


def _down(data: Any) -> StepDown | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise LadderError(f"ladder.down is an object, not {data!r}")
    ladder = Ladder.from_dict(data.get("ladder"))
    return build(StepDown, data, "ladder.down", ladder=ladder)


def _fixed(data: Any) -> Fixed | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise LadderError(f"ladder.fixed is an object, not {data!r}")
    pattern = pattern_of(data.get("pattern"))
    return build(Fixed, data, "ladder.fixed", pattern=pattern)


def _no_less(part: str, given: object, **least: int) -> None:
    """Refuses a number that would let a rule hold always, or never end."""
    for name, fewest in least.items():
        number = getattr(given, name)
        if number is not None and number < fewest:
            raise LadderError(f"{part}.{name} is at least {fewest}, not {number}")


def _check_offsets(pattern: DayOffsets, sessions: int) -> None:
    days = pattern.days
    if len(days) != sessions or sorted(set(days)) != list(days):
        raise LadderError(
            f"fixed.pattern: day_offsets rise, one for each of {sessions} sessions,"
            f" not {list(days)}"
        )


def _check_lengthening(down: StepDown) -> None:
    """Whatever the weekday, no rung may bring a visit sooner than the one above."""
    spans = [_span(down, number) for number in range(len(down.ladder.stages))]
    for number in range(1, len(spans)):
        if spans[number - 1][1] > spans[number][0]:
            above, below = (s.name for s in down.ladder.stages[number - 1 : number + 1])
            raise LadderError(
                f"least_days: {below} may come after {spans[number][0]} days, {above}"
                f" only after {spans[number - 1][1]}; rungs come less and less often"
            )


def _span(down: StepDown, number: int) -> tuple[int, int]:
    """Fewest and most days to the next visit of a rung, over a week of last days."""
    week = map(dt.date.fromordinal, range(1, 1 + WEEK_DAYS))
    gaps = [(down.after(number, last) - last).days for last in week]
    return min(gaps), max(gaps)
