"""Is this pid still the process that we started? A bare pid may have been reused."""

import subprocess
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_STATE, _START_TICKS = 0, 19  # fields of /proc/PID/stat, counted after "(name)"


def start_stamp(pid: int) -> str | None:
    """An opaque stamp of when a live process began; None when it is gone or dead.

    Two processes that get the same pid one after the other have different stamps.
    """
    if (_PROC / "self" / "stat").exists():
        return _stamp_from_proc(pid)
    return _stamp_from_ps(pid)


def _stamp_from_proc(pid: int) -> str | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[_STATE] in "ZX":  # dead, only not yet collected by its parent
        return None
    return f"{_boot_id()}:{fields[_START_TICKS]}"


@cache
def _boot_id() -> str:
    """Start ticks count from boot, so a stamp holds for one boot only."""
    path = _PROC / "sys" / "kernel" / "random" / "boot_id"
    return path.read_text().strip() if path.exists() else ""


def _stamp_from_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = answer.stdout.strip().partition(" ")
    if answer.returncode != 0 or not started or state.startswith("Z"):
        return None
    return " ".join(started.split())


def command_name(pid: int) -> str:
    """Short name of the program; empty when the process is gone."""
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        answer = subprocess.run(
            ["ps", "-o", "comm=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.stdout.strip()
