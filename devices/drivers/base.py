"""The driver contract: what supervision may ask of a stimulator, whatever the road.

Every verb has a deadline, and every failure says whether this very command may
have put current on a patient (`may_have_flowed`). A driver never retries.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from devices.core.reading import Reading
from devices.drivers.clock import DeviceClock

Json = dict[str, Any]

DEADLINES_S: dict[str, float] = {
    "open": 1.0,
    "hello": 1.0,
    "stage": 2.0,
    "arm": 1.0,
    "kickoff": 2.0,
    "read": 2.0,
    "keepalive": 1.0,
    "adjust": 1.0,
    "hold": 1.0,
    "resume": 1.0,
    "stop": 1.0,
    "unstage": 1.0,
}
# An answer lost after one of these leaves current possible; after others never.
RAISING = frozenset({"kickoff", "resume", "adjust"})


class DriverError(Exception):
    """A verb that did not succeed; the text says what, the number and what next."""

    may_have_flowed = False


class Refused(DriverError):
    """The stimulator answered no; nothing was done by this command.

    `code` and `name` are those of docs/protocol.md, `data` its particulars.
    `used_run` alone means that an earlier command of this run did start it.
    """

    def __init__(self, verb: str, code: int, name: str, message: str, data: Json):
        super().__init__(f"{verb} refused ({name}): {message}")
        self.verb = verb
        self.code = code
        self.name = name
        self.data = data
        self.may_have_flowed = name == "used_run"


class NoAnswer(DriverError):
    """The deadline passed without an answer; the link may still live."""

    def __init__(self, verb: str, deadline_s: float, *, may_have_flowed: bool):
        after = "ask hello before anything else" if may_have_flowed else "nothing rose"
        super().__init__(f"no answer to {verb} within {deadline_s:g} s; {after}")
        self.verb = verb
        self.deadline_s = deadline_s
        self.may_have_flowed = may_have_flowed


class LinkLost(DriverError):
    """The link broke, or never came up (`verb` is then `open`)."""

    def __init__(self, verb: str, cause: str, *, may_have_flowed: bool = False):
        super().__init__(f"link lost during {verb}: {cause}")
        self.verb = verb
        self.may_have_flowed = may_have_flowed


class InsecureLink(DriverError):
    """The address is not loopback and no TLS context was given."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the device says of a run that it holds or held."""

    run: str
    state: str
    reason: str | None
    counter_nc: int
    positive_nc: int
    negative_nc: int
    flow_ms: int
    last_seq: int
    log: bool


@dataclass(frozen=True, slots=True)
class Hello:
    """Who answered, since which boot, holding what; `fence` is the highest seen."""

    device: str
    boot: str
    now_ms: int
    fence: int
    state: str
    run: str | None
    last_run: RunSummary | None
    profile: Json
    buffer_samples: int
    speed: int
    simulated: bool


class Log(NamedTuple):
    """A stretch of the device's log; empty `readings` when there is no more.

    `malformed` says of each row that was no sample why; such rows are left out.
    """

    readings: list[Reading]
    last_seq: int
    ended: bool
    malformed: tuple[str, ...] = ()


class Alive(NamedTuple):
    """Answer to a keep-alive; currents are magnitudes but for signed `set_ua`."""

    now_ms: int
    state: str
    run: str | None
    last_seq: int
    counter_nc: int
    flow_ms: int
    set_ua: int
    level_ua: int
    allowed_ua: int


class StopAnswer(NamedTuple):
    """`stopped` false means another run is live there: `run` names it."""

    run: str | None
    state: str
    stopped: bool
    reason: str | None = None
    device: str | None = None


class Samples(NamedTuple):
    """One push of the device, each 250 ms of real time while a run lives.

    `malformed` as in `Log`; each also comes as an event of kind `malformed`.
    """

    run: str
    readings: list[Reading]
    counter_nc: int
    flow_ms: int
    last_seq: int
    level_ua: int
    malformed: tuple[str, ...] = ()


class DeviceEvent(NamedTuple):
    """Something that the device did; `kind` and `data` as in docs/protocol.md."""

    run: str | None
    seq: int
    t_ms: int
    kind: str
    data: Json


class Listener(Protocol):
    """Who hears the device; called on the loop's thread and must not block."""

    def on_samples(self, batch: Samples) -> None: ...
    def on_event(self, event: DeviceEvent) -> None: ...
    def on_superseded(self, fence: int) -> None:
        """A higher fence took the device; `on_closed` follows."""

    def on_closed(self, cause: str) -> None:
        """The link is gone, once per opened link, whoever closed it."""


class Driver(Protocol):
    """One link to one stimulator.

    `command` is the caller's UUID: the same id again gets the same answer and
    does nothing twice. `deadline_s` None means `DEADLINES_S`. Raises only
    DriverError. `clock` reads the device's clock, for `valid_until_ms`.
    """

    clock: DeviceClock

    async def open(self, deadline_s: float | None = None) -> str:
        """Connect and read the challenge; the serial that the device claims."""

    async def hello(self, fence: int | None, deadline_s: float | None = None) -> Hello:
        """Sign in. Fence None looks and reads only; a fence takes control."""

    async def stage(
        self, run: str, command: str, programme: Json, deadline_s: float | None = None
    ) -> str:
        """Hand over a programme; the hash of what the device stored."""

    async def unstage(
        self, run: str, command: str, deadline_s: float | None = None
    ) -> None: ...

    async def arm(
        self, run: str, command: str, digest: str, deadline_s: float | None = None
    ) -> int:
        """Arm for 30 s; when that expires, in device ms."""

    async def kickoff(
        self,
        run: str,
        command: str,
        digest: str,
        valid_until_ms: int,
        deadline_s: float | None = None,
    ) -> int:
        """Start; the start in device ms. Refused once `valid_until_ms` passed."""

    async def read(
        self, run: str, from_seq: int, limit: int, deadline_s: float | None = None
    ) -> Log: ...

    async def keepalive(
        self, run: str | None, have: int, deadline_s: float | None = None
    ) -> Alive: ...

    async def adjust(
        self,
        run: str,
        command: str,
        from_ua: int,
        to_ua: int,
        valid_until_ms: int | None,
        deadline_s: float | None = None,
    ) -> int:
        """Move the plateau; the level in µA. Up needs `valid_until_ms`."""

    async def hold(
        self, run: str, command: str, cause: str, deadline_s: float | None = None
    ) -> None: ...

    async def resume(
        self,
        run: str,
        command: str,
        level_ua: int,
        valid_until_ms: int,
        deadline_s: float | None = None,
    ) -> None: ...

    async def stop(
        self, run: str, command: str, cause: str, deadline_s: float | None = None
    ) -> StopAnswer: ...

    def close(self) -> None:
        """Drop the link without a command; idempotent."""
