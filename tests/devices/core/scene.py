"""A device as the judge sees it: readings a quarter of a second apart."""

from typing import Any

from devices.core.judge import Judge
from devices.core.reading import Phase, Reading
from devices.core.signals import Alarm, Clear, Command, Event, Hold, Samples, Stop

PERIOD_MS = 250


class Scene:
    """Feeds a judge and keeps what it said. Currents in µA, skin in ohm."""

    def __init__(self, judge: Judge, *, ohm: int = 8_000) -> None:
        self.judge = judge
        self.ohm = ohm
        self.seq = self.t_ms = 0
        self.said: list[Command] = []
        self.readings: list[Reading] = []

    def flow(
        self,
        ms: int,
        set_ua: int = 4_000,
        *,
        phase: Phase = Phase.PLATEAU,
        **changes: Any,
    ) -> "Scene":
        """Readings for a while; `changes` replaces fields of each."""
        for _ in range(ms // PERIOD_MS):
            self.sample(set_ua, phase=phase, **changes)
        return self

    def sample(
        self, set_ua: int = 4_000, *, phase: Phase = Phase.PLATEAU, **changes: Any
    ) -> "Scene":
        self.seq, self.t_ms = self.seq + 1, self.t_ms + PERIOD_MS
        size = abs(set_ua)
        volts = size * self.ohm // 1000
        plain = Reading(self.seq, self.t_ms, set_ua, size, size, volts, set_ua, phase)
        reading = plain._replace(**changes)
        self.readings.append(reading)
        return self.tell(Samples((reading,)))

    def tell(self, event: Event) -> "Scene":
        self.said += self.judge.weigh(event)
        return self

    def held(self, ms: int) -> "Scene":
        return self.flow(ms, 0, phase=Phase.HELD, voltage_mv=0)

    def ramp(self, ms: int = 5_000, set_ua: int = 4_000) -> "Scene":
        return self.flow(ms, set_ua, phase=Phase.RAMP_UP)

    @property
    def stops(self) -> list[str]:
        return [said.cause for said in self.said if isinstance(said, Stop)]

    @property
    def holds(self) -> list[str]:
        return [said.cause for said in self.said if isinstance(said, Hold)]

    @property
    def alarms(self) -> list[str]:
        return [said.code for said in self.said if isinstance(said, Alarm)]

    @property
    def cleared(self) -> list[str]:
        return [said.code for said in self.said if isinstance(said, Clear)]
