"""Whether a place may be treated again on a day, and from when at the earliest."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple


class Treated(NamedTuple):
    """A place that was treated on a day, for example ``palm-left``."""

    day: dt.date
    site: str


class Spacing(NamedTuple):
    """`earliest` is the day itself when it is allowed."""

    allowed: bool
    earliest: dt.date
    why: str


def min_gap(
    treatments: Iterable[Treated],
    min_gap_days: int,
    sites_per_day: int,
    day: dt.date,
    site: str,
) -> Spacing:
    """Calendar days between treatments; on one day several places, each once.

    The gap counts from the last treated day, whatever its place; after a refusal on
    a treated day, from that day.
    """
    done = list(treatments)
    if not done:
        return Spacing(True, day, "nothing was treated before")
    last = max(one.day for one in done)
    that_day = {one.site for one in done if one.day == day}
    gap = dt.timedelta(days=min_gap_days)
    if that_day:
        why = _same_day(that_day, sites_per_day, site)
        return Spacing(not why, day + gap if why else day, why or "another place")
    earliest = last + gap
    if day < earliest:
        why = f"{min_gap_days} days after {last:%d-%b-%Y} at the earliest"
        return Spacing(False, earliest, why)
    return Spacing(True, day, f"last treated on {last:%d-%b-%Y}")


def _same_day(done: set[str], sites_per_day: int, site: str) -> str:
    """Why no further place may be treated that day; empty when it may."""
    if site in done:
        return f"{site} was treated that day already"
    if len(done) >= sites_per_day:
        return f"{len(done)} of {sites_per_day} places were treated that day"
    return ""
