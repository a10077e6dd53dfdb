"""Simulated stimulators as a real process, for tests that need a device."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from json import dumps, loads
from pathlib import Path
from typing import Any

from devices.core.profile import Profile
from devices.simulator.control import Control
from tests.processes import Started

Json = dict[str, Any]

PROFILE = Profile.from_dict(
    {
        "on_break": "pause",
        "resume_allowed": True,
        "max_pause_ms": 600_000,
        "reramp_ms": 2_000,
        "control_mode": "current",
        "reports": ["mean", "peak", "rms", "voltage"],
        "series_ohm": 0,
        "scale_permille": 1000,
        "max_current_ua": 30_000,
        "compliance_mv": 60_000,
        "current_semantics": "mean",
    }
)


@dataclass(frozen=True)
class Box:
    """One simulated stimulator: its address, its faults and its own log."""

    serial: str
    host: str
    port: int
    control: Control

    def fault(self, name: str, **arguments: Any) -> Json:
        return self.control.fault(self.serial, name, **arguments)

    def dump(self, *, samples: bool = False) -> Json:
        return self.control.dump(self.serial, samples=samples)

    def events(self, *kinds: str) -> list[Json]:
        """Journal entries `{at_ms, run, t_ms, kind, data}`, oldest first."""
        names = ("at_ms", "run", "t_ms", "kind", "data")
        entries = [dict(zip(names, e, strict=True)) for e in self.dump()["events"]]
        return [e for e in entries if not kinds or e["kind"] in kinds]

    def samples(self, run: object) -> list[list[int | None]]:
        """Every sample that the device took of a run."""
        return self.dump(samples=True)["samples"].get(str(run), [])

    @property
    def actual_ua(self) -> int:
        """What flows now."""
        return int(self.dump()["actual_ua"])

    @property
    def state(self) -> str:
        return str(self.dump()["state"])


class Simulators:
    """One simulator process with `count` stimulators; each test takes new ones."""

    def __init__(
        self,
        home: Path,
        env: Mapping[str, str],
        *,
        count: int,
        speed: int = 1,
        prefix: str = "T",
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.speed = speed
        self._ports = home / "simulators.ports.json"
        self._free = [f"{prefix}{speed}-{number:04}" for number in range(count)]
        config = home / "simulators.json"
        config.write_text(dumps({"devices": [_entry(s) for s in self._free]}))
        argv = [
            *(sys.executable, "-m", "devices.simulator", "--config", str(config)),
            *("--ports", str(self._ports), "--state", str(home / "simulators")),
            *("--speed", str(speed)),
        ]
        self._start = partial(Started, "simulators", argv, env, home / "simulators.log")
        self.process = self._start()
        self.process.wait(lambda _: self._ports.exists(), 30)
        self._addresses: dict[str, list[Any]] = loads(self._ports.read_text())

    def take(self) -> Box:
        """A stimulator that no test has touched."""
        serial = self._free.pop(0)
        host, port = self._addresses[serial]
        return Box(serial, host, port, Control.of(self._ports))

    def power_cut(self) -> None:
        """kill -9 and start again: what the devices wrote down is all they know."""
        before = self._ports.stat().st_ino
        self.process.kill()
        self.process = self._start()
        self.process.wait(lambda _: self._ports.stat().st_ino != before, 30)
        self._addresses = loads(self._ports.read_text())

    def end(self) -> None:
        self.process.end()


def _entry(serial: str) -> Json:
    return {
        "serial": serial,
        "seed": int(serial.rpartition("-")[2]),
        "profile": PROFILE.to_dict(),
        "skin": {"preset": "palms"},
    }
