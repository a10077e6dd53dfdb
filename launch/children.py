"""One child process: started with a log file, a pid file and its own process group."""

import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launch import pidfiles
from launch.console import LaunchError, StopFlag, tail, wait_until
from launch.identity import start_stamp

LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class Spec:
    """What to start and how to stop it.

    `ready` says whether it serves. `before` runs ahead of each start, `after` each time
    that it has become ready.
    `user` is a login name to drop to, None to stay.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    stop_rank: int
    stop_signal: signal.Signals = signal.SIGTERM
    stop_deadline_s: float = 10.0
    ready: Callable[["Child"], bool] = lambda _child: True
    ready_deadline_s: float = 30.0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    user: str | None = None


@dataclass
class Child:
    """A Spec with its running process."""

    spec: Spec
    log_path: Path
    pid_dir: Path
    log_start: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.spec.before()
        _rotate(self.log_path)
        # A child that inherits our stdout keeps a caller's pipe open for ever.
        with self.log_path.open("ab") as log:
            self.log_start = log.tell()
            self._process = popen(
                self.spec.argv,
                env=self.spec.env,
                cwd=self.spec.cwd,
                user=self.spec.user,
                stdout=log.fileno(),
            )
        self._record(self._process.pid)

    def _record(self, pid: int) -> None:
        stamp = start_stamp(pid)
        if stamp is None:
            return  # it is dead already: exited() will say so
        recorded = pidfiles.Recorded(
            name=self.spec.name,
            pid=pid,
            started=stamp,
            stop_signal=int(self.spec.stop_signal),
            stop_deadline_s=self.spec.stop_deadline_s,
            stop_rank=self.spec.stop_rank,
        )
        pidfiles.write(self.pid_dir, recorded)

    @property
    def pid(self) -> int:
        """The pid of the last start; 0 before the first."""
        return self._process.pid if self._process else 0

    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll() if self._process else 0

    def wait_ready(self, stop: StopFlag) -> None:
        """Block until it serves; else LaunchError with the end of its log."""
        spec = self.spec

        def settled() -> bool:
            return self.exit_code() is not None or spec.ready(self)

        in_time = wait_until(settled, deadline_s=spec.ready_deadline_s, stop=stop)
        code = self.exit_code()
        if code is not None:
            self._fail(f"{spec.name} ended with code {code} while starting")
        if not in_time:
            self._fail(f"{spec.name} was not ready in {spec.ready_deadline_s:.0f} s")
        spec.after()

    def _fail(self, what: str) -> None:
        raise LaunchError(f"{what}. Its log, {self.log_path}:\n{tail(self.log_path)}")

    def new_log_text(self) -> str:
        """What this start has logged so far."""
        with self.log_path.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def ask_to_stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.spec.stop_signal)

    def finish_stop(self) -> bool:
        """Wait for the end, kill at the deadline; False when it had to be killed."""
        willing = True
        if self._process:
            try:
                self._process.wait(self.spec.stop_deadline_s)
            except subprocess.TimeoutExpired:
                willing = False
            self.kill_group()
            self._process.wait(pidfiles.KILL_WAIT_S)
        pidfiles.remove(self.pid_dir, self.spec.name)
        return willing

    def kill_group(self) -> None:
        """End what is left of its process group, e.g. workers of a killed server."""
        if self._process:
            pidfiles.signal_group(self._process.pid, signal.SIGKILL, whole_group=True)


def popen(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    user: str | None,
    stdout: int,
) -> subprocess.Popen[bytes]:
    """Start in an own session, so that Ctrl-C reaches the launcher alone."""
    identity = pwd.getpwnam(user) if user else None
    return subprocess.Popen(
        list(argv),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=identity.pw_uid if identity else None,
        group=identity.pw_gid if identity else None,
        extra_groups=[] if identity else None,
    )


def _rotate(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        os.replace(path, path.with_suffix(".log.1"))
