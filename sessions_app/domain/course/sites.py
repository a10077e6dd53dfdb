"""Several places in one course: each on its own rung, the visit their union."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sessions_app.domain.course.engine import Next


@dataclass(frozen=True, slots=True)
class Visit:
    """The next visit: its day, the places treated then, and those left out with the
    day of each (None for one that waits for a person). Worst first."""

    day: dt.date | None
    places: tuple[str, ...]
    later: tuple[tuple[str, dt.date | None], ...]


def worst_first(steps: Mapping[str, Next]) -> tuple[str, ...]:
    """Places by their last score, the highest first; one without a score last."""

    def badness(place: str) -> tuple[int, str]:
        score = steps[place].standing.score
        return (0 if score is None else -score, place)

    return tuple(sorted(steps, key=badness))


def visit_of(steps: Mapping[str, Next]) -> Visit:
    """The visit of the place that is due first; others join that may come then.

    A place joins when the visit is neither before its earliest day nor, since the
    visit is the first one, after its own day.
    """
    order = worst_first(steps)
    days = {place: _day(steps[place]) for place in order}
    known = [day for day in days.values() if day is not None]
    if not known:
        return Visit(None, (), tuple((place, None) for place in order))
    first = min(known)
    joined = tuple(place for place in order if _joins(steps[place], first))
    later = tuple((place, days[place]) for place in order if place not in joined)
    return Visit(first, joined, later)


def _day(step: Next) -> dt.date | None:
    return step.dates.day if step.dates is not None else None


def _joins(step: Next, day: dt.date) -> bool:
    return step.dates is not None and step.dates.earliest <= day
