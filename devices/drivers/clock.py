"""Reading the device's clock from here.

`valid_until_ms` is in the device's own monotonic time. The offset comes from
answers that carry `now_ms`; the shortest round trip of the last few is the
least wrong (the rule of NTP).
"""

from collections import deque
from typing import NamedTuple

KEPT = 8
# Two honest clocks drift apart less than this while `KEPT` answers come.
DRIFT_MS = 50


class Offset(NamedTuple):
    """Device ms minus local ms at the middle of a round trip, and that trip."""

    offset_ms: float
    round_trip_ms: float


class DeviceClock:
    """Offset of one boot of one device; make a new one when `boot` changes."""

    def __init__(self) -> None:
        self._seen: deque[Offset] = deque(maxlen=KEPT)

    def observe(self, sent_s: float, received_s: float, now_ms: int) -> None:
        """Note an answer; both times are of this process's monotonic clock."""
        middle_ms = (sent_s + received_s) * 500
        trip_ms = max(0.0, (received_s - sent_s) * 1000)
        seen = Offset(now_ms - middle_ms, trip_ms)
        if any(_contradict(seen, earlier) for earlier in self._seen):
            # The clock jumped: what was seen before is of another clock.
            self._seen.clear()
        self._seen.append(seen)

    @property
    def best(self) -> Offset:
        """The offset of the shortest trip; raises LookupError before any."""
        if not self._seen:
            raise LookupError("no answer with now_ms yet; ask hello first")
        return min(self._seen, key=lambda seen: seen.round_trip_ms)

    def device_ms(self, local_s: float) -> int:
        """The device's clock at a moment of this process's clock."""
        return int(local_s * 1000 + self.best.offset_ms)

    def valid_until_ms(self, local_deadline_s: float) -> int:
        """A deadline in device time, early by the error bound, never late.

        Late is what harms: half a round trip is taken off.
        """
        best = self.best
        return int(local_deadline_s * 1000 + best.offset_ms - best.round_trip_ms / 2)


def _contradict(one: Offset, other: Offset) -> bool:
    """Whether no single clock can have given both."""
    bound_ms = (one.round_trip_ms + other.round_trip_ms) / 2 + DRIFT_MS
    return abs(one.offset_ms - other.offset_ms) > bound_ms
