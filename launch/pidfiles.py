"""Pid files: who runs for a data directory, and how each is ended."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from launch.identity import start_stamp

KILL_WAIT_S = 5.0
_POLL_S = 0.02


@dataclass(frozen=True)
class Recorded:
    """One started process. `stop_rank` 0 is stopped first."""

    name: str
    pid: int
    started: str
    stop_signal: int
    stop_deadline_s: float
    stop_rank: int

    def alive(self) -> bool:
        return start_stamp(self.pid) == self.started


def write(directory: Path, recorded: Recorded) -> None:
    """Replace the pid file of this name in one step."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{recorded.name}.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(recorded)))
    draft.replace(path)


def remove(directory: Path, name: str) -> None:
    (directory / f"{name}.json").unlink(missing_ok=True)


def read(directory: Path, name: str) -> Recorded | None:
    """The live process of this name, or None."""
    path = directory / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        recorded = Recorded(**json.loads(path.read_text()))
        return recorded if recorded.alive() else None
    return None


def alive(directory: Path) -> list[Recorded]:
    """All recorded processes that still run, in the order in which they stop."""
    names = sorted(path.stem for path in directory.glob("*.json"))
    found = [recorded for name in names if (recorded := read(directory, name))]
    return sorted(found, key=lambda recorded: recorded.stop_rank)


def end_all(directory: Path) -> Iterator[str]:
    """End what earlier launchers left, in stop order; yields each name."""
    for recorded in alive(directory):
        end(recorded)
        yield recorded.name
    for path in directory.glob("*.json"):
        path.unlink(missing_ok=True)


def end(recorded: Recorded) -> None:
    """Ask, wait up to the deadline, then kill the process with its whole group."""
    signal_group(recorded.pid, recorded.stop_signal, whole_group=False)
    if _gone_within(recorded, recorded.stop_deadline_s):
        return
    signal_group(recorded.pid, signal.SIGKILL, whole_group=True)
    _gone_within(recorded, KILL_WAIT_S)


def signal_group(pid: int, number: int, *, whole_group: bool) -> None:
    """Signal a process that we started as the leader of its own group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if whole_group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def _gone_within(recorded: Recorded, seconds: float) -> bool:
    end_at = time.monotonic() + seconds
    while recorded.alive():
        if time.monotonic() >= end_at:
            return False
        time.sleep(_POLL_S)
    return True
