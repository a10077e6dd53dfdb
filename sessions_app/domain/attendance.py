"""Time at the chair, from what somebody did there.

Two acts of one person that are not too far apart span attended time; one act alone
spans none, and nothing that a stimulator does is an act.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did with the patient. `prepares`: before the treatment."""

    at_ms: int
    who: str
    what: str
    prepares: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Time of one person, from the first of its acts to the last."""

    who: str
    start_ms: int
    end_ms: int
    acts: int


def spans(
    acts: Iterable[Act], longest_gap_ms: int, *, preparation: bool
) -> tuple[Span, ...]:
    """Attended time of each person, by its start.

    A gap of `longest_gap_ms` still counts, a longer one ends a span. Without
    `preparation` the acts before the treatment are left out. Raises ValueError for
    a gap below 0.
    """
    if longest_gap_ms < 0:
        raise ValueError(f"the longest gap is {longest_gap_ms} ms; it is not below 0")
    by_person: dict[str, list[int]] = {}
    for act in acts:
        if preparation or not act.prepares:
            by_person.setdefault(act.who, []).append(act.at_ms)
    found = [
        Span(who, run[0], run[-1], len(run))
        for who, times in by_person.items()
        for run in _runs(sorted(times), longest_gap_ms)
        if len(run) > 1
    ]
    return tuple(sorted(found, key=lambda span: (span.start_ms, span.who)))


def _runs(times: list[int], longest_gap_ms: int) -> list[list[int]]:
    runs = [times[:1]]
    for earlier, later in pairwise(times):
        if later - earlier > longest_gap_ms:
            runs.append([])
        runs[-1].append(later)
    return runs
