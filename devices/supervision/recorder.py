"""The samples of one run on their way from the device to the database."""

import uuid
from collections.abc import Iterable

from devices.core import trace_codec
from devices.core.reading import Reading
from devices.services.ingest import ChunkWrite

# More than this in one chunk only after a catch-up; a row stays small.
MAX_CHUNK = 4096


class Recorder:
    """Puts readings in the order of their numbers and keeps what is not yet safe.

    `have` is the last number that is stored; `seen` the last that arrived
    without a hole before it.
    """

    def __init__(self, run_id: uuid.UUID, have: int) -> None:
        self.run_id = run_id
        self.have = have
        self.seen = have
        self.since_s: float | None = None
        self._early: dict[int, Reading] = {}
        self._unsafe: list[Reading] = []

    def take(self, readings: Iterable[Reading], now_s: float) -> list[Reading]:
        """The readings that are new and next in order, early ones released."""
        fresh: list[Reading] = []
        for reading in readings:
            if reading.seq > self.seen:
                self._early.setdefault(reading.seq, reading)
        while (following := self._early.pop(self.seen + 1, None)) is not None:
            self.seen += 1
            fresh.append(following)
        if fresh and self.since_s is None:
            self.since_s = now_s
        self._unsafe += fresh
        return fresh

    @property
    def has_hole(self) -> bool:
        """Whether something later arrived while a number before it is missing."""
        return bool(self._early)

    @property
    def unsafe(self) -> int:
        """How many readings wait to be stored."""
        return len(self._unsafe)

    def skip_hole(self) -> int:
        """Go on after a hole that the device cannot refill; numbers lost."""
        if not self._early:
            return 0
        first = min(self._early)
        lost = first - self.seen - 1
        self.seen = first - 1
        return lost

    def hurry(self) -> None:
        """Let the next sweep store whatever is unsafe."""
        self.since_s = float("-inf")

    def chunk(self, fence: int) -> ChunkWrite | None:
        """What would be stored next; nothing is dropped before `stored`."""
        part = self._unsafe[:MAX_CHUNK]
        if not part:
            return None
        return ChunkWrite(
            self.run_id,
            fence,
            self.have,
            part[0].seq,
            part[-1].seq,
            len(part),
            trace_codec.pack(part),
        )

    def stored(self, last_seq: int, now_s: float) -> None:
        """Note that everything up to `last_seq` is committed."""
        if last_seq < self.have:
            self._go_back(last_seq)
        self.have = last_seq
        self.seen = max(self.seen, last_seq)
        self._unsafe = [r for r in self._unsafe if r.seq > last_seq]
        self.since_s = now_s if self._unsafe else None

    def _go_back(self, last_seq: int) -> None:
        """The database came back without commits of before: read them again.

        Later readings stay early, so that the hole before them is seen.
        """
        for reading in self._unsafe:
            self._early[reading.seq] = reading
        self._unsafe = []
        self.seen = last_seq
