"""Units of timed treatment codes, by the strategy of the payer.

Only minutes of one person with one patient count: the time that a stimulator ran
is no attended time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from clinic.quantities import MS_PER_MIN

UNIT_MIN = 15
MIDPOINT_MIN = 8


class Strategy(StrEnum):
    """How a payer turns minutes into units."""

    CMS = "cms"  # one pool of minutes over all codes of the day
    MIDPOINT = "midpoint"  # each code for itself


@dataclass(frozen=True, slots=True)
class Units:
    """Units per code, and their sum."""

    units: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.units.values())


def units(strategy: Strategy, minutes: Mapping[str, int]) -> Units:
    """Units of attended whole minutes per code.

    Minutes of several places under one code are one number here: round once, never
    per place. Raises ValueError for minutes below 0.
    """
    if wrong := sorted(code for code, spent in minutes.items() if spent < 0):
        raise ValueError(f"minutes of {', '.join(wrong)} are below 0")
    if strategy is Strategy.MIDPOINT:
        return Units({code: _rounded(spent) for code, spent in minutes.items()})
    return Units(_pooled(minutes))


def above_edit(claim: Units, most: Mapping[str, int]) -> dict[str, int]:
    """Codes whose units exceed what a payer accepts on one day, with that number.

    The payer denies such a line whole, so the claim is never cut down to it: a
    person looks at it first.
    """
    return {
        code: most[code]
        for code, billed in claim.units.items()
        if code in most and billed > most[code]
    }


def attended_min(spans_ms: Iterable[tuple[int, int]]) -> int:
    """Whole minutes at the chair from (start_ms, end_ms); an overlap counts once."""
    total, reached = 0, None
    for start, end in sorted(spans_ms):
        begin = start if reached is None else max(start, reached)
        total += max(0, end - begin)
        reached = end if reached is None else max(end, reached)
    return total // MS_PER_MIN


def _rounded(minutes: int) -> int:
    return minutes // UNIT_MIN + (minutes % UNIT_MIN >= MIDPOINT_MIN)


def _pooled(minutes: Mapping[str, int]) -> dict[str, int]:
    found = {code: spent // UNIT_MIN for code, spent in minutes.items()}
    left = _rounded(sum(minutes.values())) - sum(found.values())
    order = sorted(
        minutes, key=lambda code: (-(minutes[code] % UNIT_MIN), -minutes[code], code)
    )
    for code in order[:left]:
        found[code] += 1
    return found
