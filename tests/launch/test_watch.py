"""Dead children come back, the stubborn ones ever more slowly."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launch import watch
from launch.watch import FIRST_WAIT_S, LONGEST_WAIT_S, STEADY_S, Watch

TICK_S = 0.05


class FakeChild:
    """Dies at once while `doomed`."""

    def __init__(self, clock: "Clock") -> None:
        self.clock = clock
        self.code: int | None = None
        self.doomed = False
        self.is_ready = False
        self.starts: list[float] = []
        self.greeted = 0
        self.log_path = Path("fake.log")
        self.spec: Any = SimpleNamespace(
            name="fake", ready=lambda _child: self.is_ready, after=self.greet
        )

    def greet(self) -> None:
        self.greeted += 1

    def exit_code(self) -> int | None:
        return self.code

    def kill_group(self) -> None:
        pass

    def start(self) -> None:
        self.starts.append(self.clock.now)
        self.code = 1 if self.doomed else None


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(watch.time, "monotonic", made)
    return made


def run(watcher: Watch, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds / TICK_S)):
        watcher.tick()
        clock.now += TICK_S


def test_a_dead_child_is_started_again(clock: Clock) -> None:
    child = FakeChild(clock)
    watcher = Watch([child])
    run(watcher, clock, 1)
    assert child.starts == []
    child.code = -9
    run(watcher, clock, 1)
    assert len(child.starts) == 1
    assert child.starts[0] - 1001 == pytest.approx(FIRST_WAIT_S, abs=2 * TICK_S)


def test_waits_double_up_to_the_longest(clock: Clock) -> None:
    child = FakeChild(clock)
    child.doomed, child.code = True, 1
    run(Watch([child]), clock, 200)
    waits = [b - a for a, b in zip(child.starts, child.starts[1:], strict=False)]
    assert waits[0] == pytest.approx(2 * FIRST_WAIT_S, abs=3 * TICK_S)
    assert waits[1] == pytest.approx(4 * FIRST_WAIT_S, abs=3 * TICK_S)
    assert max(waits) == pytest.approx(LONGEST_WAIT_S, abs=3 * TICK_S)


def test_a_child_that_lived_long_is_forgiven(clock: Clock) -> None:
    child = FakeChild(clock)
    child.doomed, child.code = True, 1
    watcher = Watch([child])
    run(watcher, clock, 20)
    child.doomed = False
    run(watcher, clock, 40 + STEADY_S)
    assert child.code is None
    child.code, died = 1, clock.now
    run(watcher, clock, 2)
    assert child.starts[-1] - died == pytest.approx(FIRST_WAIT_S, abs=3 * TICK_S)


def test_the_step_after_a_restart_waits_until_the_child_is_ready(clock: Clock) -> None:
    """Simulators that were started anew listen on new ports."""
    child = FakeChild(clock)
    watcher = Watch([child])
    child.code = -9
    run(watcher, clock, 5)
    assert len(child.starts) == 1
    assert child.greeted == 0
    child.is_ready = True
    run(watcher, clock, 5)
    assert child.greeted == 1
