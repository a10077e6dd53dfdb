"""A current over time in straight pieces, walked in whole milliseconds.

Magnitudes only: the walk carries the sign, because a current never changes
sign inside a piece. Charge is kept doubled, so that it stays an exact integer.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Piece:
    """From `from_ua` to `to_ua` in `span_ms`, linear, both at or above zero."""

    from_ua: int
    to_ua: int
    span_ms: int

    def level_ua(self, after_ms: int) -> int:
        if not self.span_ms:
            return self.to_ua
        return self.from_ua + (self.to_ua - self.from_ua) * after_ms // self.span_ms

    def flow_ms(self, after_ms: int, floor_ua: int) -> int:
        """Time at or above the floor within the first `after_ms`."""
        low, high = sorted((self.from_ua, self.to_ua))
        if low >= floor_ua:
            return after_ms
        if high < floor_ua:
            return 0
        above = self.span_ms * (high - floor_ua) // (high - low)
        if self.to_ua > self.from_ua:
            return max(0, after_ms - (self.span_ms - above))
        return min(after_ms, above)

    def split(self, after_ms: int) -> tuple["Piece", "Piece"]:
        middle = self.level_ua(after_ms)
        rest_ms = self.span_ms - after_ms
        head = Piece(self.from_ua, middle, after_ms)
        return head, Piece(middle, self.to_ua, rest_ms)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a walk stands: time, flow time, doubled charge and level."""

    t_ms: int
    flow_ms: int
    charge2: int
    level_ua: int


Reached = Callable[[Moment], bool]


@dataclass(slots=True)
class Walk:
    """The way along pieces, with flow time and charge of each sign."""

    floor_ua: int
    sign: int
    now: Moment = Moment(0, 0, 0, 0)
    positive2: int = 0
    negative2: int = 0
    points: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])

    def after(self, piece: Piece, after_ms: int) -> Moment:
        level = piece.level_ua(after_ms)
        return Moment(
            self.now.t_ms + after_ms,
            self.now.flow_ms + piece.flow_ms(after_ms, self.floor_ua),
            self.now.charge2 + (piece.from_ua + level) * after_ms,
            level,
        )

    def take(self, piece: Piece) -> None:
        if not piece.span_ms:
            return
        then = self.after(piece, piece.span_ms)
        gained = then.charge2 - self.now.charge2
        if self.sign > 0:
            self.positive2 += gained
        else:
            self.negative2 += gained
        self.now = then
        self.points.append((then.t_ms, self.sign * then.level_ua))

    def take_until(self, pieces: deque[Piece], reached: Reached) -> None:
        """Take pieces up to the first millisecond where `reached` holds.

        `reached` must stay true once true. What was not taken stays in `pieces`.
        """
        while pieces and not reached(self.now):
            piece = pieces.popleft()
            if not reached(self.after(piece, piece.span_ms)):
                self.take(piece)
                continue
            at = self._first_ms(piece, reached)
            head, rest = piece.split(at)
            self.take(head)
            pieces.appendleft(rest)

    def _first_ms(self, piece: Piece, reached: Reached) -> int:
        def reached_after(after_ms: int) -> bool:
            return reached(self.after(piece, after_ms))

        return bisect_left(range(piece.span_ms), True, key=reached_after)
