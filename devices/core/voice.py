"""How the judge speaks: each thing once, until it is over."""

from devices.core.signals import Alarm, Clear, Command, Hold, Stop, alarm

# A device that cannot hold is stopped instead, for one of the end reasons.
_STOP_FOR = {"pain": "patient", "unanswered": "operator"}


class Voice:
    """What the judge has to say: each alarm once, one hold at a time, one stop."""

    __slots__ = ("_said", "alarms", "can_hold", "held", "resting", "stopped")

    def __init__(self, can_hold: bool) -> None:
        self.can_hold = can_hold
        # Whether the output is off or on its way down already.
        self.resting = False
        self.alarms: dict[str, Alarm] = {}
        self.held: Hold | None = None
        self.stopped: Stop | None = None
        self._said: list[Command] = []

    def alarm(self, code: str, text: str) -> None:
        if code not in self.alarms:
            self.alarms[code] = alarm(code, text)
            self._said.append(self.alarms[code])

    def clear(self, code: str) -> None:
        if code in self.alarms:
            del self.alarms[code]
            self._said.append(Clear(code))

    def hold(self, cause: str, why: str) -> None:
        if not self.can_hold:
            self.stop(_STOP_FOR.get(cause, "device_fault"), why)
        elif not (self.held or self.stopped or self.resting):
            self.held = Hold(cause, why)
            self._said.append(self.held)

    def stop(self, cause: str, why: str) -> None:
        if not self.stopped:
            self.stopped = Stop(cause, why)
            self._said.append(self.stopped)

    def alarm_and_stop(self, code: str, cause: str, text: str) -> None:
        self.alarm(code, text)
        self.stop(cause, text)

    def alarm_and_hold(self, code: str, cause: str, text: str) -> None:
        self.alarm(code, text)
        self.hold(cause, text)

    def take(self) -> list[Command]:
        said, self._said = self._said, []
        return said


class Lasting:
    """How long a condition has held without a break."""

    __slots__ = ("since_ms",)

    def __init__(self) -> None:
        self.since_ms: int | None = None

    def for_ms(self, holds: bool, t_ms: int) -> int:
        """Time since it began, -1 while it does not hold."""
        if not holds:
            self.since_ms = None
            return -1
        if self.since_ms is None:
            self.since_ms = t_ms
        return t_ms - self.since_ms
