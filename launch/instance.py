"""One running instance for one data directory: its folders, its lock and its card."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch import pidfiles
from launch.console import LaunchError, say
from launch.identity import start_stamp
from launch.secrets_file import write_private


@dataclass(frozen=True)
class DataDir:
    """Where everything of one instance lies."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def pids(self) -> Path:
        return self.path / "pids"

    @property
    def static(self) -> Path:
        return self.path / "static"

    def prepare(self) -> None:
        """Private to its owner; as root open to pass, for the database's user."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for folder in (self.logs, self.pids):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LaunchError(
                f"The data directory {self.path} cannot be used: {error.strerror}."
                " Name another with --data or IONTOCLINIC_DATA."
            ) from error


def default_data() -> Path:
    """IONTOCLINIC_DATA, else the XDG place; for root /var/lib/iontoclinic.

    The home of root is closed to the user that PostgreSQL runs as.
    """
    if (named := os.environ.get("IONTOCLINIC_DATA")) is not None:
        return Path(named)
    if (xdg := os.environ.get("XDG_DATA_HOME")) is not None:
        return Path(xdg) / "iontoclinic"
    if os.geteuid() == 0:
        return Path("/var/lib/iontoclinic")
    return Path.home() / ".local" / "share" / "iontoclinic"


@contextmanager
def hold(data: DataDir) -> Iterator[None]:
    """Own the data directory, or LaunchError that names who does.

    The kernel frees the lock when we die, however we die.
    """
    data.prepare()
    with (data.path / "lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaunchError(_refusal(data)) from None
        end_leftovers(data)
        try:
            yield
        finally:
            clear_card(data)


def _refusal(data: DataDir) -> str:
    card = read_card(data)
    if card is None:
        return f"Another Iontoclinic is just starting or stopping on {data.path}."
    return (
        f"Iontoclinic already runs on {data.path}: pid {card['pid']}, {card['url']}."
        f" Stop it with: kill {card['pid']}, or use another --data."
    )


def end_leftovers(data: DataDir) -> None:
    """End what a killed launcher left, then its sockets."""
    for name in pidfiles.end_all(data.pids):
        say(f"Ended {name}, left by a launcher that was killed.")
    clear_card(data)


def write_card(
    data: DataDir, *, url: str, runtime: Path | None, environment: dict[str, str]
) -> None:
    """Say who runs here; private, since the environment holds passwords."""
    card = {
        "pid": os.getpid(),
        "started": start_stamp(os.getpid()),
        "url": url,
        "runtime": str(runtime) if runtime else None,
        "environment": environment,
    }
    write_private(data.path / "instance.json", json.dumps(card))


def read_card(data: DataDir) -> dict[str, Any] | None:
    """The card of a live instance, or None."""
    card = _card(data)
    live = card is not None and start_stamp(card["pid"]) == card["started"]
    return card if live else None


def _card(data: DataDir) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        card: dict[str, Any] = json.loads((data.path / "instance.json").read_text())
        return card
    return None


def clear_card(data: DataDir) -> None:
    """Remove the card and the folder of sockets that it names."""
    card = _card(data)
    if card and card["runtime"]:
        shutil.rmtree(card["runtime"], ignore_errors=True)
    (data.path / "instance.json").unlink(missing_ok=True)
