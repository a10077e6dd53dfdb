"""The supervision loop: one per worker process, for all its life.

Every quarter of a second one sweep goes to the database; each led run has an
attendant of its own. Nothing here waits for Redis.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
import uuid
from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone

from devices.selectors.attending import run_facts
from devices.selectors.live import left_ms
from devices.services import leases
from devices.services.ingest import ChunkWrite, LiveWrite
from devices.services.leases import Grant
from devices.supervision.attendant import Attendant
from devices.supervision.bus import Bus
from devices.supervision.store import (
    LOST,
    MAX_GRANTS,
    Found,
    Store,
    Sweep,
    sweep,
)
from devices.supervision.times import RECORDING_LATE_S, Times

log = logging.getLogger(__name__)

SILENCE_SHOWN_S = 3.0
# Each run's newest figures are written and shown once in this many sweeps.
LIVE_EVERY = 4


class SupervisionLoop:
    """Leads runs until `stop`. Make and run it in one thread."""

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._times = Times.from_settings()
        self._store = Store()
        self._led: dict[uuid.UUID, Attendant] = {}
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._pending: dict[uuid.UUID, ChunkWrite] = {}
        self._released: set[uuid.UUID] = set()
        self._beats = 0
        self._renewed_s = float("-inf")
        self._ok_s = 0.0
        self._stopping = False
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Ask the loop to hand its leases over and return; from any thread."""
        self._stopping = True
        if self._loop is not None and self._wake is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Supervise until `stop`."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._ok_s = self._loop.time()
        bus = Bus(self._wake)
        log.info("supervising as %s", self.owner)
        watcher = asyncio.create_task(self._watch())
        try:
            while not self._stopping:
                if not await self._sweep_once(bus):
                    await self._pause()
        finally:
            watcher.cancel()
            await self._leave()
            await bus.close()

    async def _pause(self) -> None:
        assert self._wake is not None  # noqa: S101  set by run()
        try:
            async with asyncio.timeout(self._times.sweep_s):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _leave(self) -> None:
        for attendant in self._led.values():
            attendant.drop()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        try:
            await self._store.once(leases.supervisor_leave, owner=self.owner)
        except LOST as error:
            log.warning("leases not handed over: %s", error)
        self._store.close()

    # -- one sweep ---------------------------------------------------------

    async def _sweep_once(self, bus: Bus) -> bool:
        """One sweep; whether more work is likely to wait."""
        self._beats += 1
        now_s = asyncio.get_running_loop().time()
        renew = now_s - self._renewed_s >= self._times.renew_s
        given = Sweep(
            owner=self.owner,
            fences={a.facts.stimulator_id: a.fence for a in self._led.values()},
            runs=list(self._led),
            renew=renew,
            released=self._released
            - {a.facts.stimulator_id for a in self._led.values()},
            chunks=self._due_chunks(now_s),
            live=self._due_live(bus),
        )
        try:
            found = await self._store.once(sweep, given)
        except DatabaseError as error:
            log.warning("sweep failed: %s", error)
            return False
        self._ok_s = asyncio.get_running_loop().time()
        if renew:
            self._renewed_s = now_s
        self._released -= given.released
        self._absorb(given, found)
        for grant in found.grants:
            try:
                await self._lead(grant)
            except Exception:
                # One run that cannot be read must not cost the others their lead.
                log.exception("run %s cannot be led", grant.run_id)
        return len(found.grants) == MAX_GRANTS

    def _due_chunks(self, now_s: float) -> list[ChunkWrite]:
        self._pending.clear()
        for run_id, attendant in self._led.items():
            since_s = attendant.recorder.since_s
            if since_s is None or now_s - since_s < self._times.chunk_s:
                continue
            chunk = attendant.recorder.chunk(attendant.fence)
            if chunk is not None:
                self._pending[run_id] = chunk
        return list(self._pending.values())

    def _due_live(self, bus: Bus) -> list[LiveWrite]:
        rows = []
        for run_id, attendant in self._led.items():
            if not attendant.news and (run_id.int + self._beats) % LIVE_EVERY:
                continue
            attendant.news = False
            with _alone(attendant):
                row = attendant.watch.live(attendant.fence)
                bus.publish(self._event(attendant, row))
                rows.append(row)
        return rows

    def _event(self, attendant: Attendant, row: LiveWrite) -> str:
        return json.dumps(
            {
                "run": attendant.run,
                "state": attendant.state.value,
                "at": timezone.now().isoformat(),
                "data_at": row.data_at.isoformat() if row.data_at else None,
                "phase": row.phase,
                "t_ms": row.t_ms,
                "flow_ms": row.flow_ms,
                "set_ua": row.set_ua,
                "level_ua": row.level_ua,
                "mean_ua": row.mean_ua,
                "ohm": row.ohm,
                "charge_nc": row.confirmed_nc,
                "left_ms": left_ms(
                    attendant.facts.programme,
                    row.flow_ms,
                    row.confirmed_nc,
                    row.level_ua,
                ),
                "alarms": attendant.watch.alarms,
                "points": attendant.watch.take_points(),
            }
        )

    def _absorb(self, given: Sweep, found: Found) -> None:
        now_s = asyncio.get_running_loop().time()
        for run_id, attendant in list(self._led.items()):
            if found.kept is not None and (
                attendant.facts.stimulator_id in given.fences
                and attendant.facts.stimulator_id not in found.kept
                and given.fences[attendant.facts.stimulator_id] == attendant.fence
            ):
                log.warning("lease of run %s lost", run_id)
                attendant.drop()
            elif run_id in found.stored:
                attendant.recorder.stored(self._pending[run_id].last_seq, now_s)
                attendant.kick()
            elif run_id in found.have:
                attendant.recorder.stored(found.have[run_id], now_s)
                attendant.kick()
            if run_id in found.intents:
                with _alone(attendant):
                    attendant.inform(found.intents[run_id])

    # -- attendants --------------------------------------------------------

    async def _lead(self, grant: Grant) -> None:
        if grant.run_id in self._led:
            self._led[grant.run_id].drop()
            await asyncio.gather(self._tasks[grant.run_id], return_exceptions=True)
        facts = await self._store.call(run_facts, run_id=grant.run_id)
        attendant = Attendant(facts, grant.fence, self.owner, self._store, self._times)
        self._led[grant.run_id] = attendant
        task = asyncio.create_task(attendant.attend())
        self._tasks[grant.run_id] = task
        task.add_done_callback(lambda done: self._left(grant, attendant, done))
        log.info("leading run %s with fence %s", grant.run_id, grant.fence)

    def _left(
        self, grant: Grant, attendant: Attendant, task: "asyncio.Task[None]"
    ) -> None:
        if self._led.get(grant.run_id) is attendant:
            del self._led[grant.run_id], self._tasks[grant.run_id]
            self._released.add(grant.stimulator_id)
        if not task.cancelled() and task.exception() is not None:
            # Its lease runs out and whoever comes next reads everything anew.
            log.error("attendant of %s failed", grant.run_id, exc_info=task.exception())

    async def _watch(self) -> None:
        """Count silence and unrecorded time beside the sweeps, which may hang."""
        while True:
            await asyncio.sleep(self._times.sweep_s)
            unrecorded_s = asyncio.get_running_loop().time() - self._ok_s
            for attendant in list(self._led.values()):
                with _alone(attendant):
                    self._watch_one(attendant, unrecorded_s)

    def _watch_one(self, attendant: Attendant, unrecorded_s: float) -> None:
        if attendant.silent_s > SILENCE_SHOWN_S:
            attendant.watch.silent(int(attendant.silent_s * 1000))
        late_s = unrecorded_s if unrecorded_s > RECORDING_LATE_S else 0
        attendant.watch.recording_late(int(late_s * 1000))
        if unrecorded_s > self._times.max_unrecorded_s:
            attendant.must_stop("operator")
        attendant.look_for_answers()
        attendant.judged()


@contextlib.contextmanager
def _alone(attendant: Attendant) -> Iterator[None]:
    """What fails for one run drops this run only: its device ramps down by itself
    or a successor takes it, and the others go on."""
    try:
        yield
    except Exception:
        log.exception("attendant of run %s failed", attendant.run)
        attendant.drop()
