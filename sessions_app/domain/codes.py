"""Rules of timed codes and of payers: data with a version, a day and sources.

They say how minutes become units. Whether a payer pays is no question of this
product, and nothing is sent to one.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from clinic.quantities import MS_PER_MIN
from sessions_app.domain.billing import MIDPOINT_MIN, UNIT_MIN, Strategy
from sessions_app.domain.protocol import Trust
from sessions_app.domain.strict import build


@dataclass(frozen=True, slots=True)
class Code:
    """A timed code. `beside` are words of the adjuncts that it is for; empty is the
    current itself. `most` units a day, None where not known."""

    code: str
    label: str
    beside: tuple[str, ...]
    preparation: bool
    most: int | None
    source: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Payer:
    """How a kind of payer counts."""

    code: str
    title: str
    strategy: Strategy
    source: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Attendance:
    """The longest time between two acts that still counts as attended."""

    longest_gap_ms: int
    source: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the rule table."""

    version: str
    dated: dt.date
    attendance: Attendance
    codes: tuple[Code, ...]
    payers: tuple[Payer, ...]

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from its JSON form; raises ValueError that names the field."""
        return build(cls, data, "codes")

    def codes_for(self, adjuncts: tuple[str, ...], *, timed: bool) -> tuple[Code, ...]:
        """The codes of a session by the names of its adjuncts; none of a test, which
        is no timed treatment."""
        if not timed:
            return ()
        names = " ".join(adjuncts).casefold()
        return tuple(
            one
            for one in self.codes
            if not one.beside or any(word in names for word in one.beside)
        )

    def payer(self, code: str) -> Payer:
        """The payer of a code, the first for one that is not known."""
        return next((one for one in self.payers if one.code == code), self.payers[0])

    @property
    def most(self) -> dict[str, int]:
        """Most units a day of each code that has such an edit."""
        return {one.code: one.most for one in self.codes if one.most is not None}

    @property
    def longest_gap_min(self) -> float:
        return self.attendance.longest_gap_ms / MS_PER_MIN


def workings(
    strategy: Strategy, minutes: Mapping[str, int], units: Mapping[str, int]
) -> tuple[str, ...]:
    """How minutes became units, a sentence a line."""
    if strategy is Strategy.MIDPOINT:
        return tuple(
            f"{code}: {_divided(spent, units[code])}" for code, spent in minutes.items()
        )
    pool = " + ".join(map(str, minutes.values())) or "0"
    whole = sum(minutes.values())
    lines = [f"Pool: {pool} = {_divided(whole, sum(units.values()))}"]
    lines += [
        f"{code}: {spent} min has {spent // UNIT_MIN} × {UNIT_MIN} min"
        f" and {spent % UNIT_MIN} min over; it gets {_units(units[code])}."
        for code, spent in minutes.items()
    ]
    return tuple(lines)


def _divided(minutes: int, units: int) -> str:
    rest = minutes % UNIT_MIN
    verdict = "makes one more" if rest >= MIDPOINT_MIN else "makes none"
    return (
        f"{minutes} min = {minutes // UNIT_MIN} × {UNIT_MIN} min + {rest} min;"
        f" a rest of {MIDPOINT_MIN} min or more makes a unit, {rest} {verdict}:"
        f" {_units(units)}."
    )


def _units(number: int) -> str:
    return "1 unit" if number == 1 else f"{number} units"
