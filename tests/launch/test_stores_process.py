"""The stores as real processes: started, killed, adopted, refused, stopped."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from launch import pidfiles
from tests.launch.hosting import (
    SERVERS,
    STORES_WORKER,
    Host,
    gone,
    host,
    open_folder,
    until,
)

pytestmark = [STORES_WORKER, pytest.mark.timeout(180)]
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture
def up(folder: Path) -> Iterator[Host]:
    with host(folder / "data") as made:
        yield made.wait_up()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Host]:
    """One host for all tests that leave it as they found it."""
    with open_folder() as folder, host(folder / "data") as made:
        yield made.wait_up()


def status_of(pid: int, field: str) -> list[str]:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return line.split()[1:]
    return []


def test_stores_serve_and_a_killed_one_comes_back(lasting: Host) -> None:
    assert lasting.serves()
    for name in SERVERS:
        before = lasting.pid(name)
        os.kill(before, signal.SIGKILL)
        until(lambda n=name, b=before: lasting.pid(n) not in (0, b), f"{name} back")
        until(lasting.serves, f"{name} serves again")


@pytest.mark.skipif(not IS_ROOT, reason="only root has privileges to drop")
def test_postgres_runs_without_root_and_its_groups(lasting: Host) -> None:
    pid = lasting.pid("postgres")
    assert "0" not in status_of(pid, "Uid")
    assert "0" not in status_of(pid, "Gid")
    assert len(status_of(pid, "Groups")) <= 1


def test_children_hold_none_of_the_callers_pipes(lasting: Host) -> None:
    """A child with our stdout would keep `./run | tail` open for ever."""
    pipes = {os.readlink(f"/proc/{lasting.process.pid}/fd/{fd}") for fd in (1, 2)}
    for name in (*SERVERS, "reaper"):
        folder = Path(f"/proc/{lasting.pid(name)}/fd")
        held = {os.readlink(entry) for entry in folder.iterdir()}
        assert not pipes & held, name


def test_stores_listen_on_no_network(lasting: Host) -> None:
    sockets = Path("/proc/net/tcp").read_text().splitlines()
    listening = {row.split()[9] for row in sockets[1:] if row.split()[3] == "0A"}
    for name in SERVERS:
        folder = Path(f"/proc/{lasting.pid(name)}/fd")
        held = {os.readlink(entry) for entry in folder.iterdir()}
        assert not {f"socket:[{inode}]" for inode in listening} & held


def test_stop_ends_valkey_before_postgres_and_leaves_nothing(up: Host) -> None:
    pids = {name: up.pid(name) for name in (*SERVERS, "reaper")}
    runtime = psycopg.conninfo.conninfo_to_dict(up.contract["DATABASE_URL"])["host"]
    up.process.terminate()
    until(lambda: gone(pids["valkey"]), "valkey stopped")
    log = up.data / "logs" / "postgres.log"
    until(lambda: gone(pids["postgres"]), "postgres stopped")
    assert up.process.wait(60) == 0
    assert "received fast shutdown request" in log.read_text()
    assert "database system is shut down" in log.read_text()
    until(lambda: gone(pids["reaper"]), "reaper ended")
    assert not Path(str(runtime)).exists()
    assert not list((up.data / "pids").glob("*.json"))


def test_a_second_instance_is_refused_by_pid_and_url(up: Host) -> None:
    with host(up.data) as second:
        assert second.process.wait(60) == 1
        said = second.process.stderr.read()
        assert f"pid {up.process.pid}" in said
        assert "http://127.0.0.1:1/" in said
        assert "--data" in said
        assert up.serves()
        second.data = up.data / "none"  # the first still lives there


def test_stores_end_by_themselves_when_the_launcher_is_killed(up: Host) -> None:
    pids = [up.pid(name) for name in (*SERVERS, "reaper")]
    up.kill()
    until(lambda: all(gone(pid) for pid in pids), "children ended by the reaper")
    log = (up.data / "logs" / "postgres.log").read_text()
    assert "received fast shutdown request" in log


def test_a_new_launcher_ends_what_killed_ones_left(folder: Path) -> None:
    with host(folder / "data") as first:
        first.wait_up()
        left = [first.pid(name) for name in SERVERS]
        with psycopg.connect(first.contract["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('yes')")
        os.kill(first.pid("reaper"), signal.SIGKILL)
        first.kill()
        assert not any(gone(pid) for pid in left)
        with host(folder / "data") as second:
            second.wait_up()
            assert all(gone(pid) for pid in left)
            assert second.serves()
            with psycopg.connect(second.contract["DATABASE_URL"]) as connection:
                found = connection.execute("SELECT word FROM kept").fetchone()
            assert found == ("yes",)
            second.stop()
            assert "left by a launcher that was killed" in second.process.stderr.read()


def test_a_reused_pid_is_never_ended(folder: Path) -> None:
    """The pid file names a live process that began at another time."""
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        stale = pidfiles.Recorded("postgres", bystander.pid, "other", 9, 1, 7)
        pidfiles.write(folder, stale)
        assert list(pidfiles.end_all(folder)) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_dead_lock_with_a_reused_pid_does_not_stop_postgres(folder: Path) -> None:
    """After a reboot or in a container the old pid is somebody else's."""
    data = folder / "data"
    with host(data) as first:
        first.wait_up()
        home = data / "postgres"
        kept = (home / "postmaster.pid").read_text()
        for name in ("reaper", "postgres"):
            os.kill(first.pid(name), signal.SIGKILL)
        first.kill()
        lines = kept.splitlines()
        lines[0] = str(os.getpid())
        (home / "postmaster.pid").write_text("\n".join(lines) + "\n")
        with host(data) as second:
            assert second.wait_up().serves()


def test_secrets_are_readable_by_their_owner_alone(lasting: Host) -> None:
    keys = [lasting.data / "keys" / f"{name}.key" for name in ("control", "stop")]
    for path in (*keys, lasting.data / "secrets.json", lasting.data / "secret_key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in keys:
        assert len(bytes.fromhex(path.read_text())) == 32
        assert len(bytes.fromhex(path.with_suffix(".pub").read_text())) == 32


def test_passwords_are_scram_and_the_app_has_no_rights_to_change_tables(
    lasting: Host,
) -> None:
    with psycopg.connect(lasting.contract["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE later (id int)")
    with psycopg.connect(lasting.contract["DATABASE_URL"], autocommit=True) as app:
        app.execute("INSERT INTO later VALUES (1)")
        assert app.execute("SELECT count(*) FROM later").fetchone() == (1,)
        for forbidden in ("DROP TABLE later", "TRUNCATE later", "CREATE TABLE x ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)
    wrong = lasting.contract["DATABASE_URL"].replace(
        "iontoclinic_app:", "iontoclinic_app:x"
    )
    with pytest.raises(psycopg.OperationalError, match="password authentication"):
        psycopg.connect(wrong)


def test_database_is_utf8_and_utc_and_valkey_never_evicts(lasting: Host) -> None:
    with psycopg.connect(lasting.contract["DATABASE_URL"]) as connection:
        for setting, value in (("server_encoding", "UTF8"), ("timezone", "UTC")):
            found = connection.execute("SELECT current_setting(%s)", [setting])
            assert found.fetchone() == (value,)
        collation = connection.execute(
            "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert collation in {("C.UTF-8",), ("C",)}
    with redis.Redis.from_url(
        lasting.contract["REDIS_URL"], decode_responses=True
    ) as broker:
        assert broker.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert broker.config_get("appendonly")["appendonly"] == "yes"
        assert broker.config_get("appendfsync")["appendfsync"] == "everysec"


def test_valkey_keeps_its_queue_over_a_kill(lasting: Host) -> None:
    with redis.Redis.from_url(lasting.contract["REDIS_URL"]) as broker:
        broker.lpush("queue", *range(500))
    before = lasting.pid("valkey")
    os.kill(before, signal.SIGKILL)
    until(
        lambda: lasting.pid("valkey") not in (0, before) and lasting.serves(),
        "valkey back",
    )
    with redis.Redis.from_url(lasting.contract["REDIS_URL"]) as broker:
        assert broker.llen("queue") == 500
