"""The database seen from the loop: one thread, and no wait that could starve a device.

All statements of a sweep go through one function, so a sweep costs one hop and
a frozen database freezes this thread only: keep-alives go on beside it.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from devices.selectors.attending import Intent, have_seqs, intents
from devices.services import leases
from devices.services.ingest import ChunkWrite, LiveWrite, chunks_store, live_store
from devices.services.leases import Grant

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
LOST = (OperationalError, InterfaceError)
RETRY_S = 0.3
# Taken at once; each costs a read of its run before the next renewal.
MAX_GRANTS = 20


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a loop brings to the database each quarter of a second."""

    owner: str
    fences: dict[uuid.UUID, int]
    runs: list[uuid.UUID]
    renew: bool
    released: set[uuid.UUID]
    chunks: list[ChunkWrite]
    live: list[LiveWrite]


@dataclass(slots=True)
class Found:
    """What it takes back. `kept` is None when no renewal was due; `have` says of
    each refused chunk up to which number samples are stored already."""

    kept: set[uuid.UUID] | None = None
    grants: list[Grant] = field(default_factory=list)
    intents: dict[uuid.UUID, Intent] = field(default_factory=dict)
    stored: set[uuid.UUID] = field(default_factory=set)
    have: dict[uuid.UUID, int] = field(default_factory=dict)


def sweep(given: Sweep) -> Found:
    """Renew, store, look for work and read what people want; in this order."""
    found = Found()
    if given.renew:
        found.kept = leases.lease_renew(owner=given.owner, fences=given.fences)
    if given.released:
        leases.lease_release(owner=given.owner, stimulator_ids=list(given.released))
    share = leases.supervisor_share(owner=given.owner, runs=len(given.fences))
    free = min(share - len(given.fences), MAX_GRANTS)
    found.grants = leases.lease_take(owner=given.owner, limit=free)
    found.stored = chunks_store(chunks=given.chunks)
    refused = {chunk.run_id for chunk in given.chunks} - found.stored
    # A commit whose answer was lost looks like this.
    found.have = have_seqs(run_ids=refused)
    live_store(rows=given.live)
    found.intents = intents(run_ids=given.runs)
    return found


class Store:
    """Runs services on the loop's own database thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="supervision-db")
        self.down_since: float | None = None

    async def once(self, work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Run `work`; raises what it raises after closing a lost connection."""
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(
                self._thread, lambda: _with_connection(work, *args, **named)
            )
        except LOST:
            self.down_since = self.down_since or loop.time()
            raise
        self.down_since = None
        return answer

    async def call(self, work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Run `work`, again and again while the database is out of reach.

        Only for services that claim by a conditional UPDATE: done twice they
        change nothing the second time.
        """
        while True:
            try:
                return await self.once(work, *args, **named)
            except LOST as error:
                log.warning("database out of reach: %s", error)
                await asyncio.sleep(RETRY_S)

    def close(self) -> None:
        """Close the connection and end the thread."""
        self._thread.submit(_close_connection)
        self._thread.shutdown(wait=False)


def _close_connection() -> None:
    # Looked up on the thread that runs this: each thread has its own.
    connection.close()


def _with_connection(work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
    try:
        return work(*args, **named)
    except LOST:
        connection.close()
        raise
