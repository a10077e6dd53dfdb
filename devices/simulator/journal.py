"""The device's own log of events, on its own clock; what tests measure by."""

from collections import Counter, deque
from typing import Any, NamedTuple

KEPT_EVENTS = 20_000


class Entry(NamedTuple):
    """`at_ms` is the device's monotonic clock, `t_ms` the therapy clock."""

    at_ms: int
    run: str | None
    t_ms: int
    kind: str
    data: dict[str, Any]


class Journal:
    """Entries of this boot and the ones before, newest last."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT_EVENTS)
        self.counts: Counter[str] = Counter()

    def note(
        self, at_ms: int, run: str | None, t_ms: int, kind: str, **data: Any
    ) -> Entry:
        entry = Entry(at_ms, run, t_ms, kind, data)
        self._entries.append(entry)
        self.counts[kind] += 1
        return entry

    def entries(self, kind: str | None = None) -> list[Entry]:
        return [e for e in self._entries if kind is None or e.kind == kind]
