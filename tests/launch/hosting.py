"""Helpers: run the launcher's store layer as a process of its own."""

import json
import os
import pwd
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis

from launch import pidfiles
from launch.identity import start_stamp
from launch.postgres import discard

ROOT = Path(__file__).resolve().parents[2]
HOST = Path(__file__).with_name("host.py")
DEADLINE_S = 60.0  # a start takes about one second
SERVERS = ("postgres", "valkey")
# These measure no time, so they may run beside the tests marked
# `processes`, which keep the other worker busy the longest.
STORES_WORKER = pytest.mark.xdist_group("stores")
# Foreign stores of the test run itself would stop the host from starting its own.
_FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; AssertionError that says for what."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"not in {DEADLINE_S:.0f} s: {what}"
        time.sleep(0.02)


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without the test run's own stores."""
    kept = {name: text for name, text in os.environ.items() if name not in _FOREIGN}
    return {**kept, **extra}


@contextmanager
def open_folder() -> Iterator[Path]:
    """A short temporary folder that every user may pass (pytest's are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="ionto-t-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Host:
    """One running host. `contract` holds the URLs once it is up."""

    data: Path
    process: subprocess.Popen[str]
    contract: dict[str, str] = field(default_factory=dict)

    def wait_up(self) -> "Host":
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_S)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            raise AssertionError(f"host did not come up: {self.process.stderr.read()}")
        self.contract = json.loads(line)
        return self

    def pid(self, name: str) -> int:
        """Pid of a live child, 0 when there is none."""
        recorded = pidfiles.read(self.data / "pids", name)
        return recorded.pid if recorded else 0

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(DEADLINE_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE_S)

    def serves(self) -> bool:
        """Both stores take a real query."""
        try:
            with psycopg.connect(self.contract["DATABASE_URL"]) as connection:
                connection.execute("SELECT 1")
            with redis.Redis.from_url(self.contract["REDIS_URL"]) as broker:
                return bool(broker.ping())
        except (psycopg.OperationalError, redis.ConnectionError):
            return False


@contextmanager
def host(
    data: Path,
    *,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    python: str = sys.executable,
    code: Path = ROOT,
) -> Iterator[Host]:
    """Start a host; everything of it is gone afterwards, whatever the test did."""
    identity = pwd.getpwnam(user) if user else None
    script = code / HOST.relative_to(ROOT)
    env = {**clean_environment(), **(environment or {})}
    env["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(code), env.get("PYTHONPATH")])
    )
    process = subprocess.Popen(
        [python, script, data, python],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd="/",
        user=identity.pw_uid if identity else None,
        group=identity.pw_gid if identity else None,
        extra_groups=[] if identity else None,
    )
    made = Host(data, process)
    try:
        yield made
    finally:
        if process.poll() is None:
            made.stop()
        for stream in (process.stdout, process.stderr):
            stream.close()
        for _name in pidfiles.end_all(made.data / "pids"):
            pass
        discard(made.data)


def gone(pid: int) -> bool:
    return start_stamp(pid) is None
