"""A stimulator without a socket: verbs in, answers and notifications out.

Time is injected: `real_ms` is any monotonic clock. Only therapy time is scaled
by `speed`; the watchdog, arming and validity are real.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from devices.core.run_lifecycle import EndReason
from devices.protocol.device import DeviceSession
from devices.protocol.errors import ErrorCode, ProtocolError
from devices.protocol.framing import Message
from devices.protocol.messages import REPLAYED_COMMANDS, notification
from devices.simulator.config import DeviceConfig
from devices.simulator.journal import Journal
from devices.simulator.log import SampleLog
from devices.simulator.memory import KEPT_LOGS, Store
from devices.simulator.skin import ContactFault, Skin
from devices.simulator.summary import summary_of, summary_of_log
from devices.simulator.therapy import Therapy

Json = dict[str, Any]

STATES = {
    Phase.RAMP_UP: "running",
    Phase.PLATEAU: "running",
    Phase.REVERSING: "running",
    Phase.HOLDING: "running",
    Phase.HELD: "held",
    Phase.ENDING: "ending",
    Phase.STOPPING: "stopping",
}
# Noted in the journal only; the rest of a therapy's events go to the controller.
_PRIVATE = frozenset({"ramp_step", "cut"})


@dataclass(slots=True)
class Staged:
    """The programme that the device holds, and its arming."""

    run: str
    programme: Programme
    digest: str
    armed_until_ms: int | None = None
    lapsed: bool = False


class Machine:
    """One stimulator; its verbs are in `devices.simulator.verbs`."""

    def __init__(
        self,
        config: DeviceConfig,
        store: Store,
        real_ms: Callable[[], int],
        speed: int = 1,
    ) -> None:
        self.serial = config.serial
        self.config = config
        self.speed = speed
        self.store = store
        self.memory = store.load()
        self.journal = Journal()
        self.logs: OrderedDict[str, SampleLog] = OrderedDict(
            (run, SampleLog(data)) for run, data in store.logs()
        )
        self.outbox: list[tuple[DeviceSession, Message]] = []
        self.drift_ppm = 0
        self.stage_another = False
        self.contact_fault: ContactFault | None = None
        self.stuck_ua: int | None = None
        self._real_ms = real_ms
        self._boot()

    def _boot(self) -> None:
        self.memory.boots += 1
        self.boot = sha256(f"{self.serial}/{self.memory.boots}".encode()).hexdigest()[
            :16
        ]
        self.controller: DeviceSession | None = None
        self.staged: Staged | None = None
        self.therapy: Therapy | None = None
        self.run: str | None = None
        self.answers: OrderedDict[str, tuple[str, Json | ProtocolError]] = OrderedDict()
        self._booted_ms = self._real_ms()
        self._jump_ms = 0
        self._kickoff_ms = 0
        self._alive_ms = 0
        self._starved = False
        self._event_seq = 0
        self._unsent: list[Reading] = []
        self._recover()
        self.store.save(self.memory)

    def _recover(self) -> None:
        """What a power cut interrupted is ended now, told from its log."""
        if self.memory.live is not None:
            log = self.logs.get(self.memory.live, SampleLog())
            self.memory.last_run = summary_of_log(self.memory.live, log)
            self.memory.live = None

    # Clocks

    @property
    def now_ms(self) -> int:
        """The device's own monotonic clock, from its boot."""
        elapsed = self._real_ms() - self._booted_ms
        return elapsed + elapsed * self.drift_ppm // 1_000_000 + self._jump_ms

    def jump_clock(self, by_ms: int) -> None:
        """Shift what the clock reads without letting therapy time pass."""
        self._jump_ms += by_ms
        self._kickoff_ms += by_ms
        self._alive_ms += by_ms

    def _therapy_ms(self, at_ms: int) -> int:
        return (at_ms - self._kickoff_ms) * self.speed

    # State

    @property
    def state(self) -> str:
        if self.therapy is not None:
            return STATES[self.therapy.phase]
        if self.staged is None:
            return "idle"
        return "staged" if self.staged.armed_until_ms is None else "armed"

    @property
    def held_run(self) -> str | None:
        """The run that the device holds: staged, armed or live."""
        return self.run if self.staged is None else self.staged.run

    def summary(self) -> Json | None:
        """RunSummary of the live run, else of the last."""
        if self.therapy is None:
            return self.memory.last_run
        return summary_of(str(self.run), self.therapy, self.state)

    # The step

    def tick(self) -> None:
        """Let time pass and push samples; call each 250 ms."""
        self.advance()
        self._publish_samples()

    def advance(self) -> None:
        """Bring the machine to this moment."""
        now = self.now_ms
        self._expire_arm(now)
        if self.therapy is None:
            return
        silent_until = self._alive_ms + self.therapy.programme.watchdog_ms
        if now > silent_until and not self._starved:
            self.therapy.advance_to(self._therapy_ms(silent_until))
            self._starve(now)
        self.therapy.advance_to(self._therapy_ms(now))
        self.collect()

    def _starve(self, now: int) -> None:
        self._starved = True
        if self.therapy is not None and not self.therapy.ended:
            self.therapy.events.append(
                (self.therapy.t_ms, "watchdog", {"silent_ms": now - self._alive_ms})
            )
            self.therapy.hold(EndReason.WATCHDOG, own=True)

    def _expire_arm(self, now: int) -> None:
        staged = self.staged
        if (
            staged is not None
            and staged.armed_until_ms is not None
            and now > staged.armed_until_ms
        ):
            staged.armed_until_ms = None
            staged.lapsed = True

    def feed(self) -> None:
        """A valid keep-alive came."""
        self._alive_ms = self.now_ms
        self._starved = False

    def collect(self) -> None:
        """Take samples and events of the run into log and journal; end it."""
        therapy, run = self.therapy, self.run
        if therapy is None or run is None:
            return
        self._keep(run, therapy)
        events, therapy.events = therapy.events, []
        if therapy.ended:
            self._close(run, therapy)
        if events:
            self._publish_samples(run, therapy)
        for t_ms, kind, data in events:
            at_ms = self._kickoff_ms + t_ms // self.speed
            self.tell(kind, run, t_ms, data, at_ms=at_ms)

    def _keep(self, run: str, therapy: Therapy) -> None:
        readings, therapy.readings = therapy.readings, []
        if readings:
            self.store.append(run, self.logs[run].extend(readings))
            self._unsent += readings

    def _close(self, run: str, therapy: Therapy) -> None:
        self.memory.last_run = summary_of(run, therapy, "ended")
        self.memory.live = None
        self.store.save(self.memory)
        self.therapy = self.run = None

    # Notifications

    def tell(
        self,
        kind: str,
        run: str | None,
        t_ms: int,
        data: Json,
        *,
        at_ms: int | None = None,
    ) -> None:
        """Note an event, and tell the controller unless it is private."""
        at_ms = self.now_ms if at_ms is None else at_ms
        self.journal.note(at_ms, run, t_ms, kind, **data)
        if kind in _PRIVATE:
            return
        self._event_seq += 1
        event = {"run": run, "seq": self._event_seq, "t_ms": t_ms, "kind": kind}
        self._send("event", {**event, "data": data})

    def _publish_samples(
        self, run: str | None = None, therapy: Therapy | None = None
    ) -> None:
        therapy = therapy or self.therapy
        unsent, self._unsent = self._unsent, []
        if not unsent or therapy is None:
            return
        self._send(
            "samples",
            {
                "run": run or self.run,
                "samples": unsent,
                "counter_nc": therapy.output.counter.total_nc,
                "flow_ms": therapy.flow_ms,
                "last_seq": therapy.last_seq,
                "level_ua": therapy.level_ua,
            },
        )

    def _send(self, method: str, params: Json) -> None:
        if self.controller is not None:
            self.outbox.append((self.controller, notification(method, params)))

    # Links

    def take_control(self, session: DeviceSession, fence: int) -> None:
        """The highest fence wins at once; the same fence may reconnect."""
        if fence < self.memory.fence:
            raise self.stale("hello", fence)
        if fence > self.memory.fence:
            self.memory.fence = fence
            self.store.save(self.memory)
            if self.staged is not None:
                self.staged.armed_until_ms = None
        older = self.controller
        if older is not None and older is not session:
            self._send("superseded", {"fence": fence})
            older.closing = True
            self.journal.note(self.now_ms, self.run, 0, "superseded", fence=fence)
        self.controller = session
        session.fence = fence

    def stale(self, verb: str, fence: int) -> ProtocolError:
        """Note a command of a fence that is not in control, and refuse it."""
        seen = self.memory.fence
        data = {"verb": verb, "fence": fence, "seen": seen}
        self.journal.note(self.now_ms, self.run, 0, "stale", **data)
        return ProtocolError(
            ErrorCode.STALE_FENCE,
            f"fence {fence} is not in control; {seen} is the highest seen",
            seen=seen,
        )

    def lost(self, session: DeviceSession) -> None:
        """The connection is gone; what runs goes on until the watchdog."""
        if self.controller is session:
            self.controller = None

    def note_keepalive(self, fence: int) -> None:
        self.journal.note(self.now_ms, self.run, 0, "keepalive", fence=fence)

    def forbid(self, run: str) -> None:
        """Remember a stopped run before anybody hears that it is stopped."""
        self.journal.note(self.now_ms, self.run, 0, "stop", stops=run)
        if run not in self.memory.stopped:
            self.memory.stop(run)
            self.store.save(self.memory)

    def remember_answer(
        self, command: str, verb: str, answer: Json | ProtocolError
    ) -> None:
        self.answers[command] = (verb, answer)
        if len(self.answers) > REPLAYED_COMMANDS:
            self.answers.popitem(last=False)

    # Power and start

    def begin(self, staged: Staged) -> int:
        """Start a run whose start has been checked; the start in device ms."""
        run = staged.run
        self.memory.use(run)
        self.store.save(self.memory)
        self.logs[run] = SampleLog()
        while len(self.logs) > KEPT_LOGS:
            self.logs.popitem(last=False)
        rng = Random(f"{self.config.seed}/{run}")
        course = self.config.course_index + self.memory.runs_started - 1
        pulse = staged.programme.pulse
        hz = pulse.frequency_hz if pulse else 0
        skin = Skin(self.config.preset, course, rng, hz)
        self.therapy = Therapy(staged.programme, self.config.profile, skin, rng)
        self.run, self.staged = run, None
        self._unsent = []
        self._kickoff_ms = self.now_ms
        self.feed()
        self.plant(self.contact_fault, self.stuck_ua)
        self.therapy.events.insert(0, (0, "started", {"hash": staged.digest}))
        self.collect()
        return self._kickoff_ms

    def plant(self, contact: ContactFault | None, stuck_ua: int | None) -> None:
        """Faults of contact and output outlive a run until they are lifted."""
        self.contact_fault, self.stuck_ua = contact, stuck_ua
        if self.therapy is not None:
            self.therapy.output.stuck_ua = stuck_ua
            self.therapy.set_contact(contact)

    def reboot(self) -> None:
        """Power off and on: output off, idle, log and memory kept, new boot id."""
        self.advance()
        if self.therapy is not None:
            last = summary_of(str(self.run), self.therapy, "ended")
            self.memory.last_run = {**last, "reason": EndReason.REBOOT.value}
            self.memory.live = None
        self.journal.note(self.now_ms, self.run, 0, "reboot")
        self.stuck_ua = None
        self.outbox.clear()
        self._boot()

    def lose_log(self) -> None:
        """The log is gone; the counters of the last run are not."""
        self.logs.clear()
        if self.memory.last_run is not None:
            self.memory.last_run["log"] = False
            self.store.save(self.memory)
