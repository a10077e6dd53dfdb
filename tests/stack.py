"""The real processes of the product on a test worker's stores.

    env = stack_environment(stores, tmp_path)
    with Stack(env, tmp_path) as stack:
        stack.start(*EVERYTHING)
        box = stack.simulators.take()

The table of `launch.processes` says what is started, so a test runs the very
commands of `./run`. Each process has a log file in `home` and is ended by pid.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from launch import processes, sockets
from launch.processes import Process
from tests.processes import Started, children_of
from tests.simulators import Simulators
from tests.stores import WorkerStores

HOST = "127.0.0.1"
DEVICE_PLANE = ("worker", "supervisor-1", "supervisor-2", "beat")
EVERYTHING = ("web", *DEVICE_PLANE)
TABLE: dict[str, Process] = {process.name: process for process in processes.APPLICATION}


def stack_environment(
    stores: WorkerStores, home: Path, *, speed: int = 1
) -> dict[str, str]:
    """The environment of processes on this worker's stores, data under `home`.

    The keys are those of the test stores: what the tests sign, the processes
    trust.
    """
    home.mkdir(parents=True, exist_ok=True)
    keys = home / "keys"
    if not keys.exists():
        keys.symlink_to(stores.data / "keys")
    env = {**os.environ, **stores.environment()}
    for name in ("DATABASE_OWNER_URL", "IONTOCLINIC_DB_ROLE"):
        env.pop(name, None)
    return {
        **env,
        "IONTOCLINIC_DATA": str(home),
        "IONTOCLINIC_SPEED": str(speed),
        "PYTHONUNBUFFERED": "1",
    }


class Stack:
    """Processes by their names in `launch.processes`, and simulated stimulators.

    `url` is where the pages are. `processes[name]` has `pid`, `freeze`, `thaw`,
    `kill` and `text` (its log).
    """

    def __init__(self, env: Mapping[str, str], home: Path, *, boxes: int = 40) -> None:
        speed = int(env["IONTOCLINIC_SPEED"])
        self.home = home
        self.env = dict(env)
        self.port = sockets.free_port()
        self.processes: dict[str, Started] = {}
        self.simulators = Simulators(home, self.env, count=boxes, speed=speed)
        self._values = {
            "host": HOST,
            "port": str(self.port),
            "data": str(home),
            "static": str(home / "static"),
            "speed": str(speed),
        }

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self, *names: str) -> None:
        """Start processes together and wait until each is ready."""
        if "web" in names and not (self.home / "static").exists():
            self._collect_static()
        for name in names:
            self._launch(name)
        for name in names:
            self.processes[name].wait(self._is_ready)

    def restart(self, name: str) -> None:
        """Start a killed process again."""
        self.start(name)

    def pid(self, name: str) -> int:
        return self.processes[name].pid

    def pids(self, name: str) -> list[int]:
        """The process and all its children."""
        return [self.pid(name), *children_of(self.pid(name))]

    def _launch(self, name: str) -> None:
        process = TABLE[name]
        program, *rest = process.command(self._values)
        module = [] if program == "python" else ["-m", program]
        self.processes[name] = Started(
            name,
            [sys.executable, *module, *rest],
            {**self.env, **process.environment},
            self.home / f"{name}.log",
        )

    def _collect_static(self) -> None:
        argv = processes.fill(processes.COLLECT_STATIC, self._values)
        log = self.home / "collectstatic.log"
        gather = Started("collectstatic", [sys.executable, *argv[1:]], self.env, log)
        code = gather.finish(60)
        assert code == 0, gather.text

    def _is_ready(self, process: Started) -> bool:
        if process.name == "web":
            return sockets.http_ok(self.port, "/readyz")
        if process.name == "beat":
            return "is starting" in process.text
        return " ready." in process.text

    def close(self) -> None:
        """End everything in the order of a stop."""
        ranks = sorted(self.processes, key=lambda name: TABLE[name].stop_rank)
        for name in ranks:
            self.processes[name].end()
        self.simulators.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
