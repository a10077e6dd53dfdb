"""Leads one run: keeps its link, and works on it until it is over.

An attendant lives as long as its lease. It may be cancelled at any moment:
what it knows is re-read from the database and the device by its successor.
Three tasks share a link, so that neither a slow database nor a long read of
the log can delay a keep-alive or a stop.
"""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Iterable

from devices.core.judge import max_samples
from devices.core.reading import Reading
from devices.core.run_lifecycle import ENERGISED, TERMINAL, RunState
from devices.drivers.base import (
    Alive,
    DeviceEvent,
    Driver,
    DriverError,
    Hello,
    LinkLost,
    NoAnswer,
    Refused,
    RunSummary,
    Samples,
)
from devices.drivers.registry import driver_for
from devices.protocol.messages import STOP_CAUSES
from devices.selectors.attending import Intent, RunFacts
from devices.services import leases
from devices.supervision import commanding, ending, following, starting
from devices.supervision.keys import control_key, tls_for
from devices.supervision.recorder import Recorder
from devices.supervision.refill import refill
from devices.supervision.store import Store
from devices.supervision.times import STOP_REPEAT_S, Times
from devices.supervision.watch import Watch

log = logging.getLogger(__name__)

# Silence on a link before another is tried.
SILENT_S = 2.5


class Attendant:
    """One led run. All methods run on the loop's thread."""

    def __init__(
        self, facts: RunFacts, fence: int, owner: str, store: Store, times: Times
    ) -> None:
        self.facts = facts
        self.fence = fence
        self.owner = owner
        self.store = store
        self.times = times
        self.run = str(facts.run_id)
        self.state = facts.state
        self.kickoff_sent = facts.kickoff_sent
        self.intent: Intent | None = None
        self.recorder = Recorder(facts.run_id, facts.have_seq)
        self.watch = Watch(facts, times.patience)
        # A number beyond the wall time would wait for ever for those before it.
        self._max_seq = max_samples(facts.programme)
        self.over = False
        self.held_run: str | None = None
        self.alive: Alive | None = None
        self.summary: RunSummary | None = None
        self.heard_s = self.now_s
        self.handled: set[uuid.UUID] = set()
        # Only spares a query: what was asked stands in the rows.
        self.asked: set[str] = set()
        self.events: deque[DeviceEvent] = deque()
        self.stop_acknowledged = False
        self.superseded = False
        # Whether screens should not wait for the next turn of this run.
        self.news = False
        self._own_stop: str | None = None
        self._driver: Driver | None = None
        self._kick = asyncio.Event()
        self._stop = asyncio.Event()
        self._closed = asyncio.Event()

    @property
    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def silent_s(self) -> float:
        """How long nothing was heard of the device."""
        return self.now_s - self.heard_s

    @property
    def link(self) -> Driver:
        """The open driver; raises LinkLost when there is none."""
        if self._driver is None or self._closed.is_set():
            raise LinkLost("link", "no open link to the stimulator")
        return self._driver

    @property
    def stop_cause(self) -> str | None:
        """Why the run must stop: the judge's cause first, then a person's."""
        if self.watch.stop is not None:
            return self.watch.stop.cause
        if self._own_stop is not None:
            return self._own_stop
        if self.intent is not None and self.intent.stop_command is not None:
            return self.intent.stop_cause
        return None

    # -- told by the loop --------------------------------------------------

    def inform(self, intent: Intent) -> None:
        """Take what people want; wakes the work when it changed."""
        if intent == self.intent:
            return
        self.intent = intent
        self.watch.pain(intent.pain)
        if intent.state in TERMINAL:
            self.over = True
        self.judged()
        self.kick()

    def kick(self) -> None:
        """Let the work look again."""
        self._kick.set()

    def drop(self) -> None:
        """The lease is lost: close the link without a command."""
        self.over = True
        self.close()
        self.kick()
        self._stop.set()

    def look_for_answers(self) -> None:
        """Let the judge know which questions wait; called beside the sweeps."""
        if self.intent is not None:
            self.watch.asking(self.intent.story, self.state is RunState.RUNNING)

    def must_stop(self, cause: str) -> None:
        """Stop whatever people want; the first cause stands."""
        self._own_stop = self._own_stop or cause
        self.judged()

    def judged(self) -> None:
        """Wake what carries out a stop or a hold, if there is one."""
        if self.stop_cause is not None:
            self._stop.set()
        if self.watch.hold is not None or self.watch.spoken:
            self.kick()

    # -- told by the device (Listener) -------------------------------------

    def on_samples(self, batch: Samples) -> None:
        if batch.run != self.run:
            return
        self.hear()
        self.take(batch.readings)
        self.watch.counter(batch.counter_nc, batch.flow_ms, batch.level_ua)
        if self.recorder.has_hole:
            self.kick()

    def on_event(self, event: DeviceEvent) -> None:
        self.hear()
        if event.run in (None, self.run):
            self.events.append(event)
            self.kick()

    def on_superseded(self, fence: int) -> None:
        self.superseded = True

    def on_closed(self, cause: str) -> None:
        self._closed.set()
        self.kick()
        self._stop.set()

    def hear(self) -> None:
        """Note that the device said something."""
        self.heard_s = self.now_s
        self.watch.link_back()

    def take(self, readings: Iterable[Reading]) -> None:
        """Order, judge and keep readings."""
        kept: list[Reading] = []
        wild: list[Reading] = []
        for reading in readings:
            (kept if reading.seq <= self._max_seq else wild).append(reading)
        if wild:
            self.watch.misplaced(wild)
        fresh = self.recorder.take(kept, self.now_s)
        if fresh:
            self.watch.weigh(fresh)
            self.judged()

    # -- the life ----------------------------------------------------------

    async def attend(self) -> None:
        """Lead the run until it is over or the lease is lost."""
        try:
            while not self.over:
                try:
                    await self._one_link()
                except DriverError as error:
                    log.info("run %s: %s", self.run, error)
                self.close()
                if not self.over:
                    await ending.unreachable(self)
        finally:
            self.close()

    async def _one_link(self) -> None:
        hello = await self._connect()
        tasks = [
            asyncio.create_task(self._keep_alive()),
            asyncio.create_task(self._stop_when_asked()),
            asyncio.create_task(self._work(hello)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self) -> Hello:
        self._closed.clear()
        self.events.clear()
        self.alive = None
        facts = self.facts
        self._driver = driver_for(
            facts.driver,
            facts.host,
            facts.port,
            control_key(),
            self,
            tls=tls_for(facts.host),
        )
        serial = await self._driver.open(self.times.connect_s)
        if serial != facts.serial:
            raise LinkLost("open", f"{serial} answers where {facts.serial} should be")
        hello = await self._sign_in(self._driver)
        self.hear()
        return hello

    async def _sign_in(self, driver: Driver) -> Hello:
        try:
            return await driver.hello(self.fence)
        except Refused as refused:
            if refused.name != "stale_fence":
                raise
            seen = int(refused.data["seen"])
        fence = await self.store.call(
            leases.lease_refence,
            owner=self.owner,
            stimulator_id=self.facts.stimulator_id,
            fence=self.fence,
            seen=seen,
        )
        if fence is None:
            self.drop()
            raise LinkLost("hello", "another supervisor leads this stimulator")
        self.fence = fence
        return await driver.hello(fence)

    async def _keep_alive(self) -> None:
        while not self.over:
            try:
                alive = await self.link.keepalive(self.held_run, self.recorder.have)
            except NoAnswer:
                if self.silent_s > SILENT_S:
                    raise
                continue
            self.hear()
            self.alive = alive
            if alive.run == self.run:
                self.watch.counter(alive.counter_nc, alive.flow_ms, alive.level_ua)
            self.kick()
            await asyncio.sleep(self.times.keepalive_s)

    async def _stop_when_asked(self) -> None:
        """Send a stop, again each second, until the run is over."""
        while not self.over:
            await self._stop.wait()
            cause = self.stop_cause
            if cause is None:
                self._stop.clear()
                continue
            asked = self.intent.stop_command if self.intent is not None else None
            command = asked or uuid.uuid5(self.facts.run_id, f"stop {cause}")
            # An unknown cause must never be a reason to refuse a stop.
            said = cause if cause in STOP_CAUSES else "operator"
            await self.link.stop(self.run, str(command), said)
            self.stop_acknowledged = True
            self.kick()
            await asyncio.sleep(STOP_REPEAT_S)

    async def _work(self, hello: Hello) -> None:
        await following.settle(self, hello)
        while not self.over:
            await self._kick.wait()
            self._kick.clear()
            await self._step()

    async def _step(self) -> None:
        if self._closed.is_set():
            raise LinkLost("link", "closed by the stimulator")
        if self.recorder.has_hole:
            await refill(self)
        await following.device_says(self)
        await commanding.judge_says(self)
        if self.summary is not None:
            await ending.finish(self, self.summary)
        elif self.stop_cause is not None:
            await ending.stop_before_current(self)
        elif self.state is RunState.READY:
            await starting.advance(self)
        elif self.state in ENERGISED:
            await commanding.ask(self)
            await commanding.carry_out(self)

    def close(self) -> None:
        """Drop the link without a command."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None
