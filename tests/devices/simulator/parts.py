"""Programmes, profiles and machines that the tests of the device plane share."""

from typing import Any

from devices.core.profile import Profile
from devices.core.programme import (
    Basis,
    Contact,
    Envelope,
    Holds,
    Programme,
    Pulse,
    Waveform,
    Window,
)
from devices.protocol.canonical import programme_hash
from devices.protocol.device import DeviceSession
from devices.protocol.errors import ProtocolError
from devices.simulator.config import DeviceConfig
from devices.simulator.faults import apply
from devices.simulator.machine import Machine
from devices.simulator.memory import RamStore, Store
from devices.simulator.verbs import Verbs

Json = dict[str, Any]

CONTACT = Contact(100, 100_000, 50_000, 300, 600, 500, 2_000)
HOLDS = Holds(600_000, 3, 3)
FIXED = Window(4_000, 4_000, 4_000, 0, 0, 1_000)
TITRATED = Window(2_000, 2_000, 12_000, 1_000, 5_000, 1_000)


def profile(**changes: Any) -> Profile:
    plain = {
        "on_break": "pause",
        "resume_allowed": True,
        "max_pause_ms": 600_000,
        "reramp_ms": 5_000,
        "control_mode": "current",
        "reports": ["mean", "peak", "rms", "voltage"],
        "series_ohm": 0,
        "scale_permille": 1_000,
        "max_current_ua": 30_000,
        "compliance_mv": 80_000,
        "current_semantics": "mean",
    }
    return Profile.from_dict({**plain, **changes})


def time_programme(**changes: Any) -> Programme:
    """Tap water: 60 s of flow, titrated, DC."""
    pulse = changes.get("pulse")
    window = changes.get("window", TITRATED)
    plain: Json = {
        "basis": Basis.TIME,
        "waveform": Waveform.PULSED if pulse else Waveform.DC,
        "pulse": None,
        "first_polarity": 1,
        "reversal": False,
        "target_ua": window.ceiling_ua,
        "flow_floor_ua": 1_000,
        "flow_ms": 60_000,
        "max_flow_ms": 90_000,
        "max_wall_ms": 3_600_000,
        "dose_nc": 600_000_000,
        "ramp_up_ms": 4_000,
        "end_ramp_ms": 5_000,
        "stop_ramp_ms": 2_000,
        "window": window,
        "envelope": Envelope.around(
            window.ceiling_ua, pulse, max_charge_nc=700_000_000, max_voltage_mv=80_000
        ),
        "contact": CONTACT,
        "holds": HOLDS,
        "watchdog_ms": 8_000,
        "sample_hz": 4,
    }
    return Programme(**{**plain, **changes})


def charge_programme(**changes: Any) -> Programme:
    """A drug: 4 mA until 4 mA·min."""
    plain: Json = {
        "basis": Basis.CHARGE,
        "window": FIXED,
        "target_ua": 4_000,
        "dose_nc": 240_000_000,
        "flow_ms": 60_000,
        "max_flow_ms": 120_000,
        "envelope": Envelope.around(
            4_000, None, max_charge_nc=264_000_000, max_voltage_mv=80_000
        ),
    }
    return time_programme(**{**plain, **changes})


PULSE = Pulse(10_000, 500)


def config(**changes: Any) -> DeviceConfig:
    plain: Json = {
        "serial": "S-1",
        "seed": 11,
        "profile": profile(),
        "preset": "palms",
        "course_index": 0,
    }
    return DeviceConfig(**{**plain, **changes})


class Clock:
    """Real time under the hand of the test."""

    def __init__(self) -> None:
        self.ms = 1_000

    def __call__(self) -> int:
        return self.ms


class Bench:
    """A machine without a socket, its clock, and verbs as plain calls."""

    def __init__(
        self, *, speed: int = 1, store: Store | None = None, **changes: Any
    ) -> None:
        self.clock = Clock()
        self.store = store or RamStore()
        self.machine = Machine(config(**changes), self.store, self.clock, speed)
        self.verbs = Verbs(self.machine)
        self.lost_answers: dict[str, int] = {}
        self.heard: list[Json] = []
        self._commands = 0
        self.session = self.connect()

    def connect(self) -> DeviceSession:
        return DeviceSession("S-1", "00" * 32, lambda *_: True, self.verbs)

    def ask(self, verb: str, session: DeviceSession | None = None, **params: Any):
        """The result of a verb. Raises ProtocolError."""
        session = session or self.session
        answer = self.verbs.handle(session, verb, params)
        self.listen()
        return answer

    def hello(self, fence: int | None, session: DeviceSession | None = None) -> Json:
        hello = self.ask("hello", session, scope="control", fence=fence)
        if session is None:
            self.fence = fence
        return hello

    def command(self, verb: str, run: str, **params: Any) -> Json:
        """A fenced verb with a fresh command id unless one is given."""
        self._commands += 1
        given = {"fence": self.fence, "command": f"c{self._commands}", **params}
        return self.ask(verb, run=run, **given)

    def stop(self, run: str, cause: str = "operator") -> Json:
        return self.ask("stop", run=run, command="stop", cause=cause)

    def keepalive(self, run: str | None, fence: int | None = None) -> Json:
        return self.ask("keepalive", run=run, fence=fence or self.fence, have=0)

    def stage(self, run: str, programme: Programme) -> str:
        return self.command("stage", run, programme=programme.to_dict())["hash"]

    def kickoff(self, run: str, digest: str, **params: Any) -> Json:
        until = self.machine.now_ms + 5_000
        return self.command(
            "kickoff", run, **{"hash": digest, "valid_until_ms": until, **params}
        )

    def start(self, run: str, programme: Programme, fence: int = 1) -> str:
        """hello, stage, arm, kickoff; the hash."""
        self.hello(fence)
        digest = self.stage(run, programme)
        assert digest == programme_hash(programme.to_dict())
        self.command("arm", run, hash=digest)
        self.kickoff(run, digest)
        return digest

    def adjust(self, run: str, from_ua: int, to_ua: int, **params: Any) -> Json:
        until = self.machine.now_ms + 5_000
        asked = {"from_ua": from_ua, "to_ua": to_ua, "valid_until_ms": until}
        return self.command("adjust", run, **{**asked, **params})

    def resume(self, run: str, level_ua: int, **params: Any) -> Json:
        until = self.machine.now_ms + 5_000
        asked = {"level_ua": level_ua, "valid_until_ms": until}
        return self.command("resume", run, **{**asked, **params})

    def wait(self, span_ms: int, *, alive: str | None = None) -> None:
        """Real time passes in ticks of 250 ms, with a keep-alive at each."""
        for _ in range(span_ms // 250):
            self.clock.ms += 250
            self.machine.tick()
            self.listen()
            if alive is not None:
                self.keepalive(alive)

    def listen(self) -> None:
        self.heard += [message for _, message in self.machine.outbox]
        self.machine.outbox.clear()

    def events(self, kind: str) -> list[Json]:
        """Data of the events that the controller heard."""
        return [
            message["params"]["data"]
            for message in self.heard
            if message["method"] == "event" and message["params"]["kind"] == kind
        ]

    def samples(self, run: str) -> list[Any]:
        return list(self.machine.logs[run])

    def journal(self, kind: str) -> list[Any]:
        return self.machine.journal.entries(kind)

    def fault(self, name: str, **arguments: Any) -> Json:
        done = apply(self, name, arguments)
        self.listen()
        return done


def refusal(call: Any, *args: Any, **kwargs: Any) -> ProtocolError:
    """The refusal that a call raises; fails when it raises none."""
    try:
        answer = call(*args, **kwargs)
    except ProtocolError as error:
        return error
    raise AssertionError(f"not refused: {answer!r}")
