"""What the launcher says to the person, how it gives up, and how it is told to stop."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

TAIL_LINES = 25


class LaunchError(Exception):
    """Something the person must read: what failed, the figure, what to do next."""


class Interrupted(Exception):
    """A signal asked for a stop while something was being waited for."""


class StopFlag:
    """Set by the first SIGINT, SIGTERM or SIGHUP.

    A flag and no exception: an exception in the middle of a fork would lose a child.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def listen(self) -> "StopFlag":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def leave_ctrl_c_to_child(self) -> None:
        """A shell in the foreground handles Ctrl-C itself."""
        signal.signal(signal.SIGINT, lambda _number, _frame: None)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait; raises Interrupted as soon as a stop is asked for."""
        if self._event.wait(seconds):
            raise Interrupted


def say(line: str) -> None:
    """Print for the person; a closed terminal must not keep children alive."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented; a word in their place when there are none."""
    if not path.exists():
        return "  (no log written)"
    text = path.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"  {line}" for line in text) or "  (empty log)"


def wait_until(
    ready: Callable[[], bool],
    *,
    deadline_s: float,
    stop: StopFlag,
    every_s: float = 0.1,
) -> bool:
    """Poll until ready; False when deadline_s has passed."""
    end = time.monotonic() + deadline_s
    while not ready():
        if time.monotonic() >= end:
            return False
        stop.sleep(every_s)
    return True
