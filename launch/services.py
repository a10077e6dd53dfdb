"""PostgreSQL and Valkey for one data directory: foreign ones by URL, else our own."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from launch import environment, postgres, reaper, secrets_file, sockets, valkey
from launch.children import Child, Spec
from launch.console import StopFlag, say
from launch.instance import DataDir


@dataclass
class Services:
    """The stores, the children that run them, and the environment that names them.

    `throwaway` gives up durability for speed; the directory of a `temporary` one is
    deleted even when the launcher is killed.
    """

    data: DataDir
    python: Path
    stop: StopFlag
    speed: int = 1
    throwaway: bool = False
    temporary: bool = False
    children: list[Child] = field(default_factory=list)
    runtime: Path | None = None
    contract: dict[str, str] = field(default_factory=dict)
    _reaper: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Up and answering, with keys and passwords in place."""
        self._reaper = reaper.start(self.data, remove=self.temporary)
        foreign = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
        if not all(foreign):
            self.runtime = sockets.runtime_dir()
        cluster = None if foreign[0] else self._open_cluster()
        broker = None if foreign[1] else self._open_valkey()
        for spec in [server.spec() for server in (cluster, broker) if server]:
            self.add(spec)
        for child in self.children:
            child.wait_ready(self.stop)
        self._describe(cluster, broker)

    def _open_cluster(self) -> postgres.Cluster:
        return postgres.open_cluster(
            self.data.path,
            self.python,
            runtime=self.runtime,
            passwords=secrets_file.passwords(self.data.path / "secrets.json"),
            throwaway=self.throwaway,
        )

    def _open_valkey(self) -> valkey.Valkey:
        return valkey.open_valkey(self.data.path, self.python, runtime=self.runtime)

    def add(self, spec: Spec) -> Child:
        """Start one more child; it is ready only after its `wait_ready`."""
        log = self.data.logs / f"{spec.name}.log"
        child = Child(spec, log, self.data.pids)
        self.children.append(child)
        child.start()
        return child

    def _describe(
        self, cluster: postgres.Cluster | None, broker: valkey.Valkey | None
    ) -> None:
        app_url = cluster.url(postgres.APP_ROLE) if cluster else _env("DATABASE_URL")
        owner_url = (
            cluster.url(postgres.OWNER_ROLE)
            if cluster
            else os.environ.get("DATABASE_OWNER_URL", app_url)
        )
        secrets_file.device_keys(self.data.path / "keys", self.python)
        self.contract = environment.application(
            database_url=app_url,
            redis_url=broker.url() if broker else _env("REDIS_URL"),
            data=str(self.data.path),
            secret_key=secrets_file.secret_key(self.data.path / "secret_key"),
            speed=self.speed,
        )
        self.contract |= environment.owner(owner_url)

    @property
    def env(self) -> dict[str, str]:
        """For what serves and supervises: the application's role."""
        return environment.complete(self.contract, owner=False)

    @property
    def owner_env(self) -> dict[str, str]:
        """For what may change tables."""
        return environment.complete(self.contract, owner=True)

    @property
    def tester_env(self) -> dict[str, str]:
        """The application's, with the owner's URL beside it for making databases."""
        return {**self.env, "DATABASE_OWNER_URL": self.contract["DATABASE_OWNER_URL"]}

    def close(self) -> None:
        """Stop in order: those of one rank together, each with its deadline."""
        for rank in sorted({child.spec.stop_rank for child in self.children}):
            peers = [child for child in self.children if child.spec.stop_rank == rank]
            for child in peers:
                child.ask_to_stop()
            for child in peers:
                if not child.finish_stop():
                    limit = child.spec.stop_deadline_s
                    say(f"{child.spec.name} did not stop in {limit:g} s: killed.")
        if self._reaper:
            reaper.dismiss(self._reaper, self.data)
        if self.runtime:
            shutil.rmtree(self.runtime, ignore_errors=True)


def _env(name: str) -> str:
    return os.environ[name]
