"""The whole product on one machine, in the order in which its parts need each other."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from launch import instance, processes, sockets
from launch.children import Child, Spec, popen
from launch.console import LaunchError, tail, wait_until
from launch.services import Services
from launch.venv import ROOT, RUNTIME
from launch.watch import Watch

HOST = "127.0.0.1"
STEP_LIMIT_S = 300.0
READY_LIMIT_S = 90.0
WATCH_EVERY_S = 0.2


@dataclass
class Stack:
    """Services plus the application. `port` is where the pages are.

    A port that was `asked` for is kept or refused; else another is taken when
    somebody was faster.
    """

    services: Services
    port: int
    demo: bool
    asked: bool = False

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def start(self) -> None:
        """Everything up and answering; Interrupted or LaunchError on the way."""
        self._write_card()  # a refused second start can name us from the first second
        self.services.start()
        self._write_card()
        self.step("migrate", processes.MIGRATE, owner=True)
        self.step("load_catalogue", processes.LOAD_CATALOGUE)
        self._collect_static()
        if self.demo:
            self._start_demo()
        self.port = sockets.choose_web_port(
            self.port if self.asked else None, preferred=self.port
        )
        self._write_card()
        children = [self._add(process) for process in processes.APPLICATION]
        for child in children:
            child.wait_ready(self.services.stop)

    def _write_card(self) -> None:
        services = self.services
        instance.write_card(
            services.data,
            url=self.url,
            runtime=services.runtime,
            environment=services.contract,
        )

    def _start_demo(self) -> None:
        data = self.services.data.path
        if not ((data / "simulators.json").exists() and (data / "demo.json").exists()):
            self.step("seed_demo", processes.SEED_DEMO)
        (data / "simulators").mkdir(exist_ok=True)
        self._add(processes.SIMULATORS).wait_ready(self.services.stop)

    def _add(self, process: processes.Process) -> Child:
        return self.services.add(self._spec(process))

    def _spec(self, process: processes.Process) -> Spec:
        env = {**self.services.env, "PYTHONUNBUFFERED": "1", **process.environment}
        spec = Spec(
            name=process.name,
            argv=self._argv(process.argv),
            env=env,
            cwd=ROOT,
            stop_rank=process.stop_rank,
            stop_deadline_s=process.stop_deadline_s,
            ready=self._is_ready,
            ready_deadline_s=READY_LIMIT_S,
        )
        if process is not processes.SIMULATORS:
            return spec
        # Each start listens on new ports; those of the last must not be believed.
        return replace(
            spec,
            before=lambda: self._ports_file().unlink(missing_ok=True),
            after=self._point_simulators,
        )

    def _argv(self, argv: tuple[str, ...]) -> list[str]:
        """Modules run through the interpreter: a moved environment still works."""
        data = self.services.data
        values = {
            "host": HOST,
            "port": str(self.port),
            "data": str(data.path),
            "static": str(data.static),
            "speed": str(self.services.speed),
        }
        program, *rest = processes.fill(argv, values)
        module = [] if program == "python" else ["-m", program]
        return [str(self.services.python), *module, *rest]

    def _is_ready(self, child: Child) -> bool:
        match child.spec.name:
            case "web":
                return sockets.http_ok(self.port, "/readyz")
            case "simulators":
                return self._ports_file().exists()
            case "beat":
                return "is starting" in child.new_log_text()
            case _:  # a Celery worker says so once it takes tasks from the broker
                return " ready." in child.new_log_text()

    def _ports_file(self) -> Path:
        return self.services.data.path / "simulators.ports.json"

    def _point_simulators(self) -> None:
        self.step("point_simulators", processes.POINT_SIMULATORS)

    def step(self, name: str, argv: tuple[str, ...], *, owner: bool = False) -> None:
        """Run one command to its end, its output in a log of its name."""
        services = self.services
        log = services.data.logs / f"{name}.log"
        env = services.owner_env if owner else services.env
        with log.open("ab") as out:
            process = popen(
                self._argv(argv), env=env, cwd=ROOT, user=None, stdout=out.fileno()
            )
        try:
            in_time = wait_until(
                lambda: process.poll() is not None,
                deadline_s=STEP_LIMIT_S,
                stop=services.stop,
            )
        finally:
            end_step(process)
        if not in_time or process.returncode != 0:
            how = f"code {process.returncode}" if in_time else f"{STEP_LIMIT_S:.0f} s"
            raise LaunchError(f"{name} failed ({how}). Its log, {log}:\n{tail(log)}")

    def _collect_static(self) -> None:
        """Gather static files when they or the packages that bring some changed."""
        stamp = self.services.data.path / "static.sha256"
        digest = static_digest(ROOT)
        if not stamp.exists() or stamp.read_text() != digest:
            self.step("collectstatic", processes.COLLECT_STATIC)
            stamp.write_text(digest)

    def watch(self) -> None:
        """Keep all children alive until Interrupted."""
        watch = Watch(self.services.children)
        while True:
            self.services.stop.sleep(WATCH_EVERY_S)
            watch.tick()

    def watch_until_done(self, process: subprocess.Popen[bytes]) -> int:
        """Keep all children alive while a foreground command runs; its exit code."""
        watch = Watch(self.services.children)
        try:
            while process.poll() is None:
                self.services.stop.sleep(WATCH_EVERY_S)
                watch.tick()
        finally:
            end_step(process)
        return process.returncode

    def banner(self) -> str:
        """What a person needs to begin."""
        data = self.services.data.path
        lines = [f"Iontoclinic is up: {self.url}", f"Data and logs: {data}"]
        if self.demo:
            lines += ["Sign in as:", *_sign_ins(data / "demo.json")]
        return "\n".join([*lines, "Stop with Ctrl-C."])


def _sign_ins(path: Path) -> list[str]:
    rows: list[Mapping[str, str]] = json.loads(path.read_text())["signins"]
    return [f"  {row['role']:<20} {row['email']}  {row['password']}" for row in rows]


def end_step(process: subprocess.Popen[bytes]) -> None:
    """Make sure that a one-off command has ended."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def static_digest(root: Path) -> str:
    """Fingerprint of names, sizes and times under static/, and of the lock."""
    digest = hashlib.sha256((root / "requirements" / RUNTIME).read_bytes())
    for path in sorted((root / "static").rglob("*")):
        status = path.stat()
        line = f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n"
        digest.update(line.encode())
    return digest.hexdigest()
