"""`./run` as a whole: all processes of the product, killed and stopped for real."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from launch import pidfiles, processes
from launch.postgres import discard
from launch.sockets import free_port
from tests.launch.hosting import (
    ROOT,
    STORES_WORKER,
    clean_environment,
    gone,
    open_folder,
    until,
)

pytestmark = [STORES_WORKER, pytest.mark.timeout(400)]
START_LIMIT_S = 300  # may install; a start itself takes about ten seconds
ALL = (
    *(process.name for process in processes.APPLICATION),
    *("simulators", "postgres", "valkey", "reaper"),
)


@dataclass
class Run:
    """One `./run`. `said` is what it printed for the person."""

    data: Path
    port: int
    process: subprocess.Popen[str]
    said: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def wait_up(self) -> "Run":
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                return self
        raise AssertionError(f"./run ended: {self.process.stderr.read()}")

    def pids(self) -> dict[str, int]:
        found = pidfiles.alive(self.data / "pids")
        return {recorded.name: recorded.pid for recorded in found}

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def start(data: Path) -> Run:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, ROOT / "run", "--data", data, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
        cwd="/",
    )
    return Run(data, port, process)


def end(run: Run) -> None:
    if run.process.poll() is None:
        run.process.terminate()
        run.process.wait(120)
    for stream in (run.process.stdout, run.process.stderr):
        stream.close()
    for _name in pidfiles.end_all(run.data / "pids"):
        pass


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder / "data"
        discard(folder / "data")


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[Run]:
    run = start(data)
    try:
        yield run.wait_up()
    finally:
        end(run)


def test_everything_runs_and_the_person_is_told_how_to_begin(running: Run) -> None:
    assert set(running.pids()) == set(ALL)
    assert running.answers()
    assert running.url in running.said
    assert str(running.data) in running.said
    for row in json.loads((running.data / "demo.json").read_text())["signins"]:
        assert row["email"] in running.said
        assert row["password"] in running.said


def test_pages_and_static_files_are_served(running: Run) -> None:
    some = next(path for path in (running.data / "static").rglob("*.css"))
    name = some.relative_to(running.data / "static")
    with urllib.request.urlopen(f"{running.url}static/{name}", timeout=10) as answer:
        assert answer.read() == some.read_bytes()
    with urllib.request.urlopen(running.url, timeout=10) as answer:
        assert b"<html" in answer.read()


def test_a_second_run_is_refused_by_pid_and_url(running: Run) -> None:
    second = start(running.data)
    said = second.process.communicate(timeout=START_LIMIT_S)[1]
    assert second.process.returncode == 1
    assert f"pid {running.process.pid}" in said
    assert running.url in said
    assert running.answers()


@pytest.mark.parametrize("name", ["web", "worker", "supervisor-1", "beat"])
def test_a_killed_process_comes_back(running: Run, name: str) -> None:
    before = running.pids()[name]
    os.kill(before, signal.SIGKILL)
    until(lambda: running.pids().get(name, before) != before, f"{name} back")
    until(running.answers, "pages answer")


def test_simulators_that_come_back_are_found_on_their_new_ports(running: Run) -> None:
    before = running.pids()["simulators"]
    old = stored_ports(running)
    os.kill(before, signal.SIGKILL)
    until(lambda: running.pids().get("simulators", before) != before, "simulators back")
    until(lambda: stored_ports(running) != old, "new ports in the database")
    listening = json.loads((running.data / "simulators.ports.json").read_text())
    for serial, port in stored_ports(running).items():
        assert listening[serial] == ["127.0.0.1", port]


def stored_ports(run: Run) -> dict[str, int]:
    card = json.loads((run.data / "instance.json").read_text())
    with psycopg.connect(card["environment"]["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT serial, port FROM devices_stimulator")
        return dict(rows.fetchall())


def test_manage_uses_the_running_instance_as_the_application(running: Run) -> None:
    code = (
        "from django.db import connection as c; cursor = c.cursor();"
        "cursor.execute('SELECT current_user'); print(cursor.fetchone()[0])"
    )
    done = subprocess.run(
        [ROOT / "run", "--data", running.data, "manage", "shell", "-v0", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["iontoclinic_app"]


def test_after_kill_9_of_run_nothing_is_left_and_the_next_run_starts(
    running: Run,
) -> None:
    pids = running.pids()
    running.process.kill()
    running.process.wait(60)
    again = start(running.data)
    try:
        again.wait_up()
        assert all(gone(pid) for pid in pids.values())
        assert again.answers()
        order = stop_and_watch(again)
    finally:
        end(again)
    assert again.process.returncode == 0
    ranks = [RANKS[name] for name in order]
    assert ranks == sorted(ranks), order


RANKS = {process.name: process.stop_rank for process in processes.APPLICATION} | {
    "simulators": processes.STOP_SIMULATORS,
    "valkey": processes.STOP_VALKEY,
    "postgres": processes.STOP_POSTGRES,
}


def stop_and_watch(run: Run) -> list[str]:
    """Names in the order in which the processes ended after one SIGTERM."""
    pids = {name: pid for name, pid in run.pids().items() if name in RANKS}
    run.process.terminate()
    order: list[str] = []

    def all_ended() -> bool:
        order.extend(n for n, pid in pids.items() if n not in order and gone(pid))
        return len(order) == len(pids)

    until(all_ended, "all processes ended")
    run.process.wait(60)
    return order


@pytest.mark.slow
def test_selfcheck_prints_one_json_object_alone_and_leaves_nothing() -> None:
    folders = set(Path("/tmp").glob("ionto-selfcheck-*"))
    done = subprocess.run(
        [sys.executable, ROOT / "run", "selfcheck"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) >= {"protocols", "kill"}
    assert set(Path("/tmp").glob("ionto-selfcheck-*")) <= folders
