"""Charge from measured current: exact integers, equal to the bit whatever the order.

Trapezoid between neighbouring samples, kept doubled until the end. Nothing is
integrated across a hold or across a gap: a gap goes to the upper bound only.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Self

from devices.core.reading import Phase, Reading


class Charge(NamedTuple):
    """Charge in nC. `confirmed_nc` is absolute; the true one lies between it and
    `upper_bound_nc`. Positive and negative are the parts of each polarity."""

    positive_nc: int
    negative_nc: int
    confirmed_nc: int
    upper_bound_nc: int
    signed_nc: int


class Pair(NamedTuple):
    """Two neighbouring samples outside any hold; `gap` if too far apart."""

    from_ms: int
    to_ms: int
    from_ua: int
    to_ua: int
    gap: bool


Span = tuple[int, int]


def parts2(from_ua: int, to_ua: int, dt_ms: int) -> tuple[int, int]:
    """Doubled positive and negative charge of one trapezoid.

    Across a zero crossing the two triangles are floored each on its own.
    """
    if from_ua * to_ua >= 0:
        both = (from_ua + to_ua) * dt_ms
        return (both, 0) if both >= 0 else (0, -both)
    high, low = max(from_ua, to_ua), -min(from_ua, to_ua)
    return high * high * dt_ms // (high + low), low * low * dt_ms // (high + low)


def pairs(
    samples: Iterable[Span], holds: Sequence[Span], max_gap_ms: int
) -> Iterator[Pair]:
    """Neighbours of samples (t_ms, µA) given in any order; of equal t the later wins.

    A pair that overlaps a hold (start_ms, end_ms) by any length is left out.
    """
    for (start, first), (end, last) in pairwise(sorted(dict(samples).items())):
        if not overlaps(start, end, holds):
            yield Pair(start, end, first, last, end - start > max_gap_ms)


def overlaps(start_ms: int, end_ms: int, spans: Iterable[Span]) -> bool:
    """Whether a stretch of time shares more than an instant with any span."""
    return any(max(start_ms, a) < min(end_ms, b) for a, b in spans)


def integrate(
    samples: Iterable[Span], holds: Sequence[Span], max_gap_ms: int
) -> Charge:
    """Charge of samples (t_ms, µA) in any order."""
    positive2 = negative2 = signed2 = gap2 = 0
    for start, end, first, last, gap in pairs(samples, holds, max_gap_ms):
        dt = end - start
        if gap:
            gap2 += 2 * max(abs(first), abs(last)) * dt
            continue
        up, down = parts2(first, last, dt)
        positive2, negative2 = positive2 + up, negative2 + down
        signed2 += (first + last) * dt
    return halved(positive2, negative2, signed2, gap2)


def halved(positive2: int, negative2: int, signed2: int, gap2: int) -> Charge:
    """The end of every integration: doubled sums to nC, signed towards zero."""
    both2 = positive2 + negative2
    signed = abs(signed2) // 2
    return Charge(
        positive2 // 2,
        negative2 // 2,
        both2 // 2,
        (both2 + gap2) // 2,
        signed if signed2 >= 0 else -signed,
    )


class Edge(NamedTuple):
    """A measured sample at the end of an unbroken stretch."""

    seq: int
    t_ms: int
    ua: int
    phase: int


_START = Edge(0, 0, 0, Phase.RAMP_UP)
_NO_FLOW = (Phase.HOLDING, Phase.HELD)


class Accumulator:
    """Charge of one run as its numbered readings come in.

    Any batching, repetition and order of the same readings gives identical
    integers. A pair that touches a HELD reading adds nothing. Missing numbers,
    missing measurements and neighbours more than `max_gap_ms` apart count in
    the upper bound at the larger of both ends and `bound_ua`, the current that
    could have flowed unseen. `flow_ms` is the confirmed time at or above
    `flow_floor_ua`, outside holds.
    """

    __slots__ = (
        "_flow_ms",
        "_gap2",
        "_negative2",
        "_nulls",
        "_positive2",
        "_runs",
        "_signed2",
        "bound_ua",
        "flow_floor_ua",
        "max_gap_ms",
    )

    def __init__(
        self, max_gap_ms: int, *, bound_ua: int = 0, flow_floor_ua: int = 0
    ) -> None:
        self.max_gap_ms = max_gap_ms
        self.bound_ua = bound_ua
        self.flow_floor_ua = flow_floor_ua
        self._positive2 = self._negative2 = self._signed2 = self._gap2 = 0
        self._flow_ms = 0
        self._runs: list[list[Edge]] = []
        self._nulls: set[int] = set()

    def add(self, reading: Reading) -> bool:
        """Take one reading; False if its number was known already."""
        seq, t_ms, ua, *_, phase = reading
        if ua is None:
            # Nothing can flow in HELD, so there a missing current is no gap.
            if phase != Phase.HELD:
                return self._add_null(seq)
            ua = 0
        edge = Edge(seq, t_ms, ua, phase)
        runs = self._runs
        if runs and seq == runs[-1][1][0] + 1:
            self._join(runs[-1][1], edge)
            runs[-1][1] = edge
            return True
        return self._insert(edge)

    def add_all(self, readings: Iterable[Reading]) -> int:
        """Take many readings; the number of new ones."""
        return sum([self.add(reading) for reading in readings])

    def charge(self, until: tuple[int, int] | None = None) -> Charge:
        """Charge so far; `until` (last sequence number, t_ms) that the device states
        adds what is missing at the end to the upper bound."""
        gap2 = self._gap2 + sum(2 * self._unseen_nc(a, b) for a, b in self.gaps(until))
        return halved(self._positive2, self._negative2, self._signed2, gap2)

    @property
    def flow_ms(self) -> int:
        return self._flow_ms

    @property
    def last(self) -> Edge | None:
        """The measured reading with the highest number."""
        return self._runs[-1][1] if self._runs else None

    @property
    def have(self) -> int:
        """The highest number up to which nothing is missing."""
        have = self._runs[0][1].seq if self._runs and self._runs[0][0].seq == 1 else 0
        for run in [*self._runs, None]:
            while have + 1 in self._nulls:
                have += 1
            if run and run[0].seq == have + 1:
                have = run[1].seq
        return have

    def gaps(self, until: tuple[int, int] | None = None) -> list[tuple[Edge, Edge]]:
        """Ends of every stretch without measurement, from the start of the run."""
        ends = [run[1] for run in self._runs]
        starts = [run[0] for run in self._runs]
        if starts and starts[0].seq > 1:
            ends, starts = [_START, *ends], [_START, *starts]
        missing = list(zip(ends, starts[1:], strict=False))
        last = ends[-1] if ends else _START
        if until and until[0] > last.seq:
            missing.append((last, Edge(until[0], until[1], 0, last.phase)))
        return missing

    def state(self) -> dict[str, Any]:
        """JSON-ready; `from_state` goes on exactly here."""
        return {
            "max_gap_ms": self.max_gap_ms,
            "bound_ua": self.bound_ua,
            "flow_floor_ua": self.flow_floor_ua,
            "positive2": self._positive2,
            "negative2": self._negative2,
            "signed2": self._signed2,
            "gap2": self._gap2,
            "flow_ms": self._flow_ms,
            "runs": [[list(first), list(last)] for first, last in self._runs],
            "nulls": sorted(self._nulls),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        self = cls(
            state["max_gap_ms"],
            bound_ua=state["bound_ua"],
            flow_floor_ua=state["flow_floor_ua"],
        )
        self._positive2, self._negative2 = state["positive2"], state["negative2"]
        self._signed2, self._gap2 = state["signed2"], state["gap2"]
        self._flow_ms = state["flow_ms"]
        self._runs = [[Edge(*first), Edge(*last)] for first, last in state["runs"]]
        self._nulls = set(state["nulls"])
        return self

    def _add_null(self, seq: int) -> bool:
        known = seq in self._nulls
        self._nulls.add(seq)
        return not known

    def _join(self, a: Edge, b: Edge) -> None:
        dt = b.t_ms - a.t_ms
        if dt <= 0 or a.phase == Phase.HELD or b.phase == Phase.HELD:
            return
        if dt > self.max_gap_ms:
            self._gap2 += 2 * self._unseen_nc(a, b)
            return
        up, down = parts2(a.ua, b.ua, dt)
        self._positive2 += up
        self._negative2 += down
        self._signed2 += (a.ua + b.ua) * dt
        if (
            abs(a.ua) >= self.flow_floor_ua <= abs(b.ua)
            and a.phase not in _NO_FLOW
            and b.phase not in _NO_FLOW
        ):
            self._flow_ms += dt

    def _unseen_nc(self, a: Edge, b: Edge) -> int:
        return max(abs(a.ua), abs(b.ua), self.bound_ua) * max(0, b.t_ms - a.t_ms)

    def _insert(self, edge: Edge) -> bool:
        runs = self._runs
        at = bisect_right(runs, edge.seq, key=lambda run: run[0].seq)
        before = runs[at - 1] if at else None
        after = runs[at] if at < len(runs) else None
        if before and edge.seq <= before[1].seq:
            return False
        run = [edge, edge]
        if before and before[1].seq + 1 == edge.seq:
            self._join(before[1], edge)
            run[0], at = before[0], at - 1
            del runs[at]
        if after and after[0].seq - 1 == edge.seq:
            self._join(edge, after[0])
            run[1] = after[1]
            del runs[at]
        runs.insert(at, run)
        return True
