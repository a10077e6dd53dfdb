"""A child is started, waited for and ended, whatever it does."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launch import pidfiles
from launch.children import LOG_LIMIT_BYTES, Child, Spec
from launch.console import Interrupted, LaunchError, StopFlag
from tests.launch.hosting import STORES_WORKER, gone, until

pytestmark = STORES_WORKER
IGNORES_TERM = (
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "inner = subprocess.Popen(['sleep', '60'])\n"
    "print(inner.pid, flush=True)\n"
    "time.sleep(60)\n"
)
Maker = Callable[..., Child]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    made: list[Child] = []

    def maker(code: str, **options: object) -> Child:
        spec = Spec(
            name="probe",
            argv=[sys.executable, "-c", code],
            env={"PATH": "/usr/bin:/bin"},
            cwd=tmp_path,
            stop_rank=0,
            **options,
        )
        child = Child(spec, tmp_path / "logs" / "probe.log", tmp_path / "pids")
        made.append(child)
        child.start()
        return child

    yield maker
    for child in made:
        child.kill_group()
        child.finish_stop()


def says(word: str) -> Callable[[Child], bool]:
    return lambda child: word in child.new_log_text()


def test_ready_child_is_recorded_until_it_is_stopped(
    make: Maker, tmp_path: Path
) -> None:
    child = make(
        "import time; print('up', flush=True); time.sleep(60)", ready=says("up")
    )
    child.wait_ready(StopFlag())
    recorded = pidfiles.read(tmp_path / "pids", "probe")
    assert recorded is not None
    assert recorded.pid == child.pid
    child.ask_to_stop()
    assert child.finish_stop()
    assert gone(recorded.pid)
    assert pidfiles.read(tmp_path / "pids", "probe") is None


def test_a_child_that_dies_while_starting_shows_its_log(make: Maker) -> None:
    child = make("raise SystemExit('port 5 is taken')", ready=says("never"))
    with pytest.raises(LaunchError, match=r"(?s)code 1 while.*port 5 is taken"):
        child.wait_ready(StopFlag())


def test_a_child_that_never_gets_ready_is_given_up(make: Maker) -> None:
    child = make(
        "import time; print('still loading', flush=True); time.sleep(60)",
        ready=lambda _child: False,
        ready_deadline_s=0.5,
    )
    until(lambda: says("still")(child), "its log")
    with pytest.raises(LaunchError, match=r"(?s)not ready in 0 s.*still loading"):
        child.wait_ready(StopFlag())


def test_a_stop_interrupts_the_wait(make: Maker) -> None:
    child = make("import time; time.sleep(60)", ready=lambda _child: False)
    stop = StopFlag()
    stop._on_signal(signal.SIGTERM, None)
    with pytest.raises(Interrupted):
        child.wait_ready(stop)


def test_a_child_that_ignores_the_stop_is_killed_with_its_group(make: Maker) -> None:
    child = make(IGNORES_TERM, stop_deadline_s=0.2, ready=says("\n"))
    child.wait_ready(StopFlag())
    inner = int(child.new_log_text())
    child.ask_to_stop()
    assert not child.finish_stop()
    until(lambda: gone(inner), "its own child ended too")


def test_an_earlier_start_does_not_count_as_ready(make: Maker) -> None:
    child = make("print('up', flush=True)", ready=says("up"))
    until(lambda: child.exit_code() is not None, "first start ended")
    child.start()
    assert child.log_start > 0
    until(lambda: child.exit_code() is not None, "second start ended")
    assert child.new_log_text() == "up\n"


def test_a_huge_log_is_put_aside(make: Maker, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "probe.log"
    log.parent.mkdir()
    with log.open("wb") as handle:
        handle.truncate(LOG_LIMIT_BYTES + 1)
    child = make("print('fresh')")
    until(lambda: child.exit_code() is not None, "ended")
    assert log.read_text() == "fresh\n"
    assert (tmp_path / "logs" / "probe.log.1").stat().st_size > LOG_LIMIT_BYTES
