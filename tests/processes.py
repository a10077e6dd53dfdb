"""Processes that tests start, freeze, kill and end by their own pid."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POLL_S = 0.02


def until(holds: Callable[[], object], what: str, *, deadline_s: float = 60.0) -> None:
    """Poll a condition; AssertionError that says `what` after the deadline."""
    ends_s = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < ends_s, f"not within {deadline_s:g} s: {what}"
        time.sleep(POLL_S)


def children_of(pid: int) -> list[int]:
    """Every descendant, whatever session or group it moved to."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        # What ended between the listing and the reading has no children left.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    return found


def signal_tree(pid: int, number: signal.Signals) -> None:
    """Signal a process, then all that it started: a frozen one starts no more."""
    os.kill(pid, number)
    for one in children_of(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, number)


class Started:
    """One process with a log file."""

    def __init__(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self._begins = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                list(argv),
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def text(self) -> str:
        """What this start has logged."""
        return self.log.read_bytes()[self._begins :].decode(errors="replace")

    def wait(
        self, ready: Callable[["Started"], object], deadline_s: float = 60.0
    ) -> None:
        """Until it is ready; AssertionError with its log when it ended."""

        def settled() -> bool:
            code = self._process.poll()
            assert code is None, f"{self.name} ended with {code}:\n{self.text[-4000:]}"
            return bool(ready(self))

        until(settled, f"{self.name} is ready", deadline_s=deadline_s)

    def freeze(self) -> None:
        """SIGSTOP: its sockets stay open and nothing answers."""
        signal_tree(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        signal_tree(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, and reap it."""
        if self._process.poll() is None:
            signal_tree(self.pid, signal.SIGKILL)
        self._process.wait(10)

    def finish(self, deadline_s: float) -> int:
        """Wait for a command that ends by itself; its exit code."""
        return self._process.wait(deadline_s)

    def end(self, deadline_s: float = 15.0) -> int:
        """SIGTERM, kill at the deadline; its exit code."""
        if self._process.poll() is None:
            self.thaw()
            self._process.terminate()
            try:
                self._process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.wait()
