"""What the device must not forget: fence, run UUIDs, the last run and its log."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from devices.protocol.messages import REMEMBERED_RUNS

KEPT_LOGS = 4


@dataclass(slots=True)
class Memory:
    """Survives reboots. `live` is the run that a power cut would interrupt."""

    fence: int = 0
    boots: int = 0
    runs_started: int = 0
    used: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    live: str | None = None
    last_run: dict[str, Any] | None = None

    def use(self, run: str) -> None:
        self.runs_started += 1
        self.live = run
        _remember(self.used, run)

    def stop(self, run: str) -> None:
        _remember(self.stopped, run)


def _remember(runs: list[str], run: str) -> None:
    if run not in runs:
        runs.append(run)
        del runs[:-REMEMBERED_RUNS]


class Store(Protocol):
    """Where memory lives. `save` has happened when it returns."""

    def load(self) -> Memory: ...
    def save(self, memory: Memory) -> None: ...
    def append(self, run: str, data: bytes) -> None: ...
    def logs(self) -> Iterable[tuple[str, bytes]]:
        """Kept logs, oldest first."""


class RamStore:
    """For tests: memory that outlives a machine, not a process."""

    def __init__(self) -> None:
        self._saved = asdict(Memory())
        self._logs: dict[str, bytearray] = {}

    def load(self) -> Memory:
        return Memory(**json.loads(json.dumps(self._saved)))

    def save(self, memory: Memory) -> None:
        self._saved = asdict(memory)

    def append(self, run: str, data: bytes) -> None:
        self._logs.setdefault(run, bytearray()).extend(data)

    def logs(self) -> Iterable[tuple[str, bytes]]:
        return [(run, bytes(data)) for run, data in self._logs.items()]


class FileStore:
    """One directory per device: `memory.json`, and a log file per run.

    A write reaches the operating system before it returns, so a killed process
    forgets nothing; power loss of the host is not what a simulator is for.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._memory = directory / "memory.json"
        self._order = directory / "logs.json"
        self._open: tuple[str, int] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self._runs: list[str] = _read_json(self._order, [])

    def load(self) -> Memory:
        return Memory(**_read_json(self._memory, {}))

    def save(self, memory: Memory) -> None:
        write_atomically(self._memory, json.dumps(asdict(memory)))

    def append(self, run: str, data: bytes) -> None:
        os.write(self._file(run), data)

    def logs(self) -> Iterable[tuple[str, bytes]]:
        kept = [(run, self._path(run)) for run in self._runs]
        return [(run, path.read_bytes()) for run, path in kept if path.exists()]

    def _file(self, run: str) -> int:
        if self._open is None or self._open[0] != run:
            self._begin(run)
        assert self._open is not None  # noqa: S101
        return self._open[1]

    def _begin(self, run: str) -> None:
        if self._open is not None:
            os.close(self._open[1])
        *dropped, _ = [*self._runs[: 1 - KEPT_LOGS], None]
        self._runs = [*self._runs[1 - KEPT_LOGS :], run]
        write_atomically(self._order, json.dumps(self._runs))
        for old in dropped:
            self._path(old).unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._open = (run, os.open(self._path(run), flags, 0o600))

    def _path(self, run: str) -> Path:
        # A run id comes from the wire: never let it choose a directory.
        return self._directory / f"{run.encode().hex()}.log"


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old or the new whole."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def _read_json(path: Path, empty: Any) -> Any:
    return json.loads(path.read_text()) if path.exists() else empty
