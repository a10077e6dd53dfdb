"""The virtual environment: made from a lock with hashes, anew when that changes."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launch.console import LaunchError, say

ROOT = Path(__file__).resolve().parent.parent
RUNTIME, DEVELOPMENT = "runtime.lock", "dev.lock"
# The development lock holds every pin of the runtime lock (a test says so).
_COVERS = {RUNTIME: (RUNTIME,), DEVELOPMENT: (RUNTIME, DEVELOPMENT)}


def ensure(lock: str, *, fallback: Path) -> Path:
    """Interpreter of an environment that holds exactly `lock`.

    The environment is `.venv` in the checkout, or in `fallback` when the checkout
    cannot be written. LaunchError names the one command that helps.
    """
    home = _home(lock, fallback)
    python = home / "bin" / "python"
    if is_current(home, lock):
        return python
    with _one_at_a_time(home):
        if not is_current(home, lock):
            _install(home, lock)
    return python


def _home(lock: str, fallback: Path) -> Path:
    """A current environment in a read-only checkout serves as it is."""
    inside = ROOT / ".venv"
    if is_current(inside, lock) or os.access(ROOT, os.W_OK):
        return inside
    fallback.mkdir(mode=0o711, parents=True, exist_ok=True)
    return fallback / "venv"


def is_current(home: Path, lock: str) -> bool:
    """Installed from this very lock, and its interpreter still runs?"""
    try:
        stamp = json.loads((home / "installed.json").read_text())
        if stamp.get(lock) != _digest(lock):
            return False
        check = subprocess.run([home / "bin" / "python", "-c", ""], check=False)
    except (OSError, ValueError):
        return False
    return check.returncode == 0


def _digest(lock: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / lock).read_bytes()).hexdigest()


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Two launchers must not install into one place together."""
    with (home.parent / ".venv.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install(home: Path, lock: str) -> None:
    say(f"Installing {lock} into {home} (once) ...")
    uv = shutil.which("uv")
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise LaunchError(
            "This Python cannot make virtual environments. Run:\n"
            f"  apt-get install python{version}-venv"
        )
    shutil.rmtree(home, ignore_errors=True)
    for command in _with_uv(uv, home, lock) if uv else _with_pip(home, lock):
        _must(command)
    stamp = {name: _digest(name) for name in _COVERS[lock]}
    (home / "installed.json").write_text(json.dumps(stamp))


def _with_uv(uv: str, home: Path, lock: str) -> list[list[str]]:
    python = str(home / "bin" / "python")
    return [
        [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
        [
            *(uv, "pip", "install", "--quiet", "--python", python),
            *("--require-hashes", "-r", str(ROOT / "requirements" / lock)),
        ],
    ]


def _with_pip(home: Path, lock: str) -> list[list[str]]:
    python = str(home / "bin" / "python")
    return [
        [sys.executable, "-m", "venv", str(home)],
        [
            *(python, "-m", "pip", "install", "--quiet", "--require-hashes"),
            *("--disable-pip-version-check", "--no-input"),
            *("-r", str(ROOT / "requirements" / lock)),
        ],
    ]


def _must(command: list[str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=_clean_environment(),
    )
    if done.returncode != 0:
        raise LaunchError(
            f"{' '.join(command)}\nended with code {done.returncode}:\n"
            f"{done.stdout[-2000:]}"
        )


def _clean_environment() -> dict[str, str]:
    """A calling environment must not be taken for the one that we make."""
    hidden = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_USER"}
    return {name: text for name, text in os.environ.items() if name not in hidden}
