"""Stop racing start: no current after an acknowledged stop, in any order.

A controller starts a run and a stopper stops it over a second link; messages
and answers wait, get lost and are sent again in seeded orders. The positive
controls run the same orders against a machine that forgets one rule.
"""

from collections.abc import Callable
from random import Random

import pytest

from devices.protocol.errors import ErrorCode, ProtocolError
from devices.simulator.machine import Machine
from tests.devices.simulator.parts import Bench, time_programme

ORDERS = 1_000
PROGRAMME = time_programme()
RUN = "R1"


class Race:
    """One seeded order of messages on the way to one device."""

    def __init__(self, seed: int) -> None:
        self.bench = Bench(seed=seed)
        self.rng = Random(seed)
        self.acknowledged_ms: int | None = None
        self.stop_link = self.bench.connect()
        self.bench.ask("hello", self.stop_link, scope="stop", fence=None)
        self.bench.hello(1)
        self.digest = ""

    def stage(self) -> None:
        self.digest = self.bench.command(
            "stage", RUN, command="stage", programme=PROGRAMME.to_dict()
        )["hash"]

    def arm(self) -> None:
        self.bench.command("arm", RUN, command="arm", hash=self.digest)

    def kickoff(self) -> None:
        self.bench.kickoff(RUN, self.digest, command="go")

    def take_over(self) -> None:
        """A successor repeats all that its predecessor may have sent."""
        fence = self.bench.machine.memory.fence + 1
        self.bench.session = self.bench.connect()
        self.bench.hello(fence)
        for step in (self.stage, self.arm, self.kickoff):
            attempt(step)

    def stop(self) -> None:
        answer = self.bench.ask(
            "stop", self.stop_link, run=RUN, command="s", cause="operator"
        )
        lost = self.rng.random() < 0.3
        if answer["stopped"] and not lost and self.acknowledged_ms is None:
            self.acknowledged_ms = self.bench.machine.now_ms

    def wait(self) -> None:
        self.bench.clock.ms += self.rng.choice((1, 30, 250, 1_500))
        self.bench.machine.tick()

    def run(self) -> int:
        """Play the order; how many µA flowed later than the stop ramp allows."""
        plan = self.order()
        for step in plan:
            attempt(step)
            if self.rng.random() < 0.5:
                self.wait()
        if self.acknowledged_ms is None:
            self.stop()
            self.acknowledged_ms = self.bench.machine.now_ms
        self.bench.wait(3_000)
        for step in self.rng.sample(plan, len(plan)):
            attempt(step)
        self.bench.wait(8_000)
        return self.worst_ua()

    def order(self) -> list[Callable[[], None]]:
        starts = [self.stage, self.arm, self.kickoff]
        again = self.rng.choices([*starts, self.take_over], k=self.rng.randrange(4))
        plan = starts + again
        for _ in range(self.rng.randrange(1, 4)):
            plan.insert(self.rng.randrange(len(plan) + 1), self.stop)
        return plan

    def worst_ua(self) -> int:
        log = self.bench.machine.logs.get(RUN)
        if log is None:
            return 0
        (started,) = self.bench.journal("started")
        dark_ms = self.acknowledged_ms - started.at_ms + PROGRAMME.stop_ramp_ms + 100
        return max((abs(s.mean_ua) for s in log if s.t_ms > dark_ms), default=0)


# A refusal for one of these is an answer; anything else is a fault of the machine.
REFUSALS = frozenset(
    {
        ErrorCode.STOPPED,
        ErrorCode.USED_RUN,
        ErrorCode.WRONG_STATE,
        ErrorCode.WRONG_RUN,
        ErrorCode.HASH_MISMATCH,
        ErrorCode.EXPIRED,
    }
)


def attempt(step: Callable[[], None]) -> None:
    try:
        step()
    except ProtocolError as error:
        if error.code not in REFUSALS:
            raise


def breaches(seeds: range) -> list[int]:
    return [seed for seed in seeds if Race(seed).run()]


def test_no_current_after_an_acknowledged_stop():
    assert breaches(range(ORDERS)) == []


def test_the_orders_do_start_and_do_stop():
    """A race in which nothing ever flows would prove nothing."""
    races = [Race(seed) for seed in range(200)]
    for race in races:
        race.run()
    started = [race for race in races if race.bench.journal("started")]
    assert 40 < len(started) < 200


def test_a_machine_that_forgets_stops_is_caught(monkeypatch):
    monkeypatch.setattr(Machine, "forbid", lambda self, run: None)
    assert breaches(range(100))


def test_a_machine_that_stops_the_output_only_is_caught(monkeypatch):
    """A stop that leaves an armed programme armed."""
    real = Machine.forbid

    def forbid(self: Machine, run: str) -> None:
        if self.therapy is not None:
            real(self, run)

    monkeypatch.setattr(Machine, "forbid", forbid)
    assert breaches(range(100))


@pytest.mark.slow
def test_no_current_after_an_acknowledged_stop_in_many_orders():
    assert breaches(range(ORDERS, 10 * ORDERS)) == []
