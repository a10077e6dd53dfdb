"""Our own PostgreSQL: made once, with two roles, then run as a plain child process."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from launch import binaries, pidfiles, processes, sockets
from launch.children import Spec
from launch.console import LaunchError, say
from launch.identity import command_name, start_stamp
from launch.privileges import (
    can_enter,
    give,
    run_as,
    server_environment,
    service_user,
)
from launch.secrets_file import write_private

DATABASE = "iontoclinic"
# For root's clusters whose data directory is closed to the service user.
OPEN_CLUSTERS = Path("/var/lib/iontoclinic/clusters")
OWNER_ROLE, APP_ROLE = "iontoclinic_owner", "iontoclinic_app"
SQL = Path(__file__).with_name("sql")
_LOCALES = (["--locale=C.UTF-8"], ["--no-locale"])
# A test cluster may lose everything, so it need not wait for the disk.
_THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}
_LASTING_SETTINGS = {"max_connections": "150"}


@dataclass(frozen=True)
class Cluster:
    """A database cluster on disk and where its server listens."""

    home: Path
    programs: binaries.Postgres
    user: str | None
    address: sockets.Address
    passwords: dict[str, str]
    throwaway: bool = False

    def url(self, role: str, database: str = DATABASE) -> str:
        """libpq URL of one of the two roles."""
        which = "owner_password" if role == OWNER_ROLE else "app_password"
        password = quote(self.passwords[which], safe="")
        if self.address.path is None:
            place = f"127.0.0.1:{self.address.port}"
        else:
            folder = quote(str(self.address.path.parent), safe="")
            place = f"{folder}:{sockets.POSTGRES_PORT}"
        return f"postgres://{role}:{password}@{place}/{database}"

    def ready(self) -> bool:
        return sockets.postgres_accepts(self.address, APP_ROLE, DATABASE)

    def spec(self) -> Spec:
        """The server as a child: SIGINT is its fast and orderly stop."""
        return Spec(
            name="postgres",
            argv=[
                str(self.programs.program("postgres")),
                *("-D", str(self.home)),
                *_options(self._settings()),
            ],
            env=server_environment(),
            cwd=Path("/"),
            stop_rank=processes.STOP_POSTGRES,
            stop_signal=signal.SIGINT,
            stop_deadline_s=30,
            ready=lambda _child: self.ready(),
            ready_deadline_s=60,
            user=self.user,
        )

    def _settings(self) -> dict[str, str]:
        path, port = self.address.path, self.address.port
        return {
            "listen_addresses": "" if path else "127.0.0.1",
            "port": str(sockets.POSTGRES_PORT if path else port),
            "unix_socket_directories": str(path.parent) if path else "",
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **(_THROWAWAY_SETTINGS if self.throwaway else _LASTING_SETTINGS),
        }


def _options(settings: dict[str, str]) -> list[str]:
    return [word for item in settings.items() for word in ("-c", "=".join(item))]


def place(data: Path) -> Path:
    """Folder of the cluster: inside the data directory if the service user can enter.

    As root with the data under a closed home it lies in /var/lib/iontoclinic; then a
    note in the data directory keeps the place.
    """
    note, inside = data / "postgres.json", data / "postgres"
    if note.exists():
        return Path(json.loads(note.read_text())["home"])
    user = service_user(inside)
    if can_enter(user, data):
        return inside
    outside = OPEN_CLUSTERS / hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    outside.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    say(f"User {user} cannot enter {data}; PostgreSQL keeps its files in {outside}.")
    write_private(note, json.dumps({"home": str(outside)}))
    return outside


def discard(data: Path) -> None:
    """Delete a throw-away data directory with its cluster, wherever that lies."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        home = json.loads((data / "postgres.json").read_text())["home"]
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


def open_cluster(
    data: Path,
    python: Path,
    *,
    runtime: Path | None,
    passwords: dict[str, str],
    throwaway: bool = False,
) -> Cluster:
    """Find the programs, make the cluster if there is none, clear a dead lock."""
    home = place(data)
    user = service_user(home)
    programs = binaries.find_postgres(python, user=user, major=written_by(home))
    address = _address(runtime, user)
    cluster = Cluster(home, programs, user, address, passwords, throwaway)
    if written_by(home) is None:
        _create(cluster)
    _clear_lock(home)
    return cluster


def _address(runtime: Path | None, user: str | None) -> sockets.Address:
    if runtime is None:
        return sockets.Address(port=sockets.free_port())
    give(user, runtime)
    return sockets.Address(path=runtime / f".s.PGSQL.{sockets.POSTGRES_PORT}")


def written_by(home: Path) -> int | None:
    """Major version that made the cluster; None when there is no cluster."""
    version = home / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None


def _create(cluster: Cluster) -> None:
    """initdb beside the final place, then one rename: never a half-made cluster."""
    draft = cluster.home.with_name(f"{cluster.home.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    give(cluster.user, draft)
    password_file = draft.with_name(f"{draft.name}.pw")
    write_private(password_file, cluster.passwords["superuser_password"])
    give(cluster.user, password_file)
    try:
        _initdb(cluster, draft, password_file)
    finally:
        password_file.unlink()
    _run_sql(cluster, draft, "postgres", "roles.sql")
    _run_sql(cluster, draft, DATABASE, "schema.sql")
    if cluster.throwaway:
        _run_sql(cluster, draft, "postgres", "throwaway.sql")
    draft.replace(cluster.home)


def _initdb(cluster: Cluster, draft: Path, password_file: Path) -> None:
    """Not every system has C.UTF-8; the bare C locale with UTF-8 does as well."""
    errors = ""
    for locale in _LOCALES:
        words: list[str | Path] = [
            cluster.programs.program("initdb"),
            *("--username=postgres", "--auth=scram-sha-256", "--no-instructions"),
            *("--encoding=UTF8", *locale, f"--pwfile={password_file}"),
            *("-D", str(draft)),
        ]
        done = run_as(
            cluster.user, words + (["--no-sync"] if cluster.throwaway else [])
        )
        if done.returncode == 0:
            return
        errors = done.stderr.strip()
    raise LaunchError(f"initdb failed for {cluster.home}:\n{errors}")


def _run_sql(cluster: Cluster, home: Path, database: str, file: str) -> None:
    """Run a file, one statement a line, in single-user mode: no server, no password."""
    text = (SQL / file).read_text()
    for name, password in cluster.passwords.items():
        text = text.replace(f":'{name}'", f"'{password}'")
    program = cluster.programs.program("postgres")
    done = run_as(
        cluster.user,
        [program, "--single", "-D", home, "-c", "exit_on_error=on", database],
        stdin=text,
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise LaunchError(f"PostgreSQL refused {file}:\n{done.stderr.strip()}")


def _clear_lock(home: Path) -> None:
    """Remove the lock of a dead server whose pid another program may have by now.

    We hold the data directory's lock, so only a server without its launcher can be
    left; that one is ended first.
    """
    lock = home / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(lock.read_text().split()[0])
        stamp = start_stamp(pid)
        if stamp and "postgres" in command_name(pid) and _serves(pid, home):
            left = pidfiles.Recorded("postgres", pid, stamp, signal.SIGINT, 30, 0)
            pidfiles.end(left)
        lock.unlink(missing_ok=True)


def _serves(pid: int, home: Path) -> bool:
    """A server works inside its data folder; where we cannot look, believe the lock."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", home)
    except OSError:
        return not Path("/proc/self").exists()
