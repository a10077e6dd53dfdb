"""stop: no fence, names its run, is remembered, changes no other run."""

import pytest

from devices.core.reading import Phase
from devices.protocol.errors import ErrorCode
from devices.protocol.messages import STOP_CAUSES
from tests.devices.simulator.parts import Bench, refusal, time_programme

PROGRAMME = time_programme()


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.start("R1", PROGRAMME)
    bench.wait(5_000, alive="R1")
    return bench


def stopper(bench: Bench, run: str, cause: str = "operator") -> dict:
    """A stop over a second link that never took control."""
    link = bench.connect()
    bench.ask("hello", link, scope="stop", fence=None)
    return bench.ask("stop", link, run=run, command="s", cause=cause)


def test_a_second_link_stops_a_running_device(bench):
    answer = stopper(bench, "R1")
    assert answer == {"run": "R1", "state": "stopping", "stopped": True}
    bench.wait(2_000)
    assert bench.machine.state == "idle"
    assert bench.events("ended")[0]["reason"] == "operator"
    assert bench.machine.memory.fence == 1


def test_the_first_ramp_step_follows_within_one_step(bench):
    bench.clock.ms += 130
    stopper(bench, "R1")
    bench.wait(250)
    (stop,), (step,) = bench.journal("stop"), bench.journal("ramp_step")
    assert 0 <= step.at_ms - stop.at_ms <= 50
    assert step.data == {"from_ua": 2_000, "to_ua": 1_950}


def test_a_repeated_stop_tells_the_state_of_now(bench):
    assert bench.stop("R1")["state"] == "stopping"
    bench.wait(1_000)
    assert bench.stop("R1")["state"] == "stopping"
    bench.wait(1_000)
    assert bench.stop("R1") == {"run": "R1", "state": "idle", "stopped": True}
    assert len(bench.events("ended")) == 1


def test_a_repeated_stop_does_not_begin_the_ramp_anew(bench):
    for _ in range(8):
        bench.stop("R1")
        bench.wait(250)
    assert bench.machine.state == "idle"


@pytest.mark.parametrize("armed", [False, True])
def test_a_stop_before_current_disarms_and_forgets(armed):
    bench = Bench()
    bench.hello(1)
    digest = bench.stage("R1", PROGRAMME)
    if armed:
        bench.command("arm", "R1", hash=digest)
    assert bench.stop("R1") == {"run": "R1", "state": "idle", "stopped": True}
    until = bench.machine.now_ms + 1_000
    for verb, params in (
        ("stage", {"programme": PROGRAMME.to_dict()}),
        ("arm", {"hash": digest}),
        ("kickoff", {"hash": digest, "valid_until_ms": until}),
    ):
        assert refusal(bench.command, verb, "R1", **params).code == ErrorCode.STOPPED


def test_a_stop_that_overtakes_its_run_is_remembered():
    bench = Bench()
    assert bench.stop("R1")["stopped"]
    bench.hello(1)
    assert refusal(bench.stage, "R1", PROGRAMME).code == ErrorCode.STOPPED
    bench.stage("R2", PROGRAMME)


def test_a_late_stop_never_touches_the_next_run(bench):
    bench.stop("R1")
    bench.wait(3_000)
    bench.start("R2", PROGRAMME)
    bench.wait(5_000, alive="R2")
    before = bench.machine.summary()
    assert stopper(bench, "R1") == {
        "run": "R2",
        "state": "running",
        "stopped": False,
        "reason": "other_run",
    }
    assert bench.machine.summary() == before
    bench.wait(1_000, alive="R2")
    assert bench.machine.therapy.phase is Phase.PLATEAU


@pytest.mark.parametrize("armed", [False, True])
def test_a_late_stop_leaves_the_next_run_staged_or_armed(armed):
    bench = Bench()
    bench.hello(1)
    digest = bench.stage("R2", PROGRAMME)
    if armed:
        bench.command("arm", "R2", hash=digest)
    assert stopper(bench, "R1")["stopped"] is False
    assert bench.machine.state == ("armed" if armed else "staged")


def test_a_stop_ends_a_hold_at_once(bench):
    bench.command("hold", "R1", cause="operator")
    bench.wait(3_000, alive="R1")
    assert bench.stop("R1")["state"] == "idle"


def test_a_stop_on_the_way_into_a_hold_ends_the_run(bench):
    bench.command("hold", "R1", cause="operator")
    bench.wait(500, alive="R1")
    bench.stop("R1")
    bench.wait(2_000)
    assert bench.machine.summary()["reason"] == "operator"


@pytest.mark.parametrize("cause", sorted(STOP_CAUSES))
def test_the_cause_becomes_the_reason(bench, cause):
    bench.stop("R1", cause)
    bench.wait(2_000)
    assert bench.machine.summary()["reason"] == cause


@pytest.mark.parametrize("cause", ["reboot", "settled", "boredom"])
def test_an_unknown_cause_is_refused(bench, cause):
    assert refusal(bench.stop, "R1", cause).code == ErrorCode.PARAMS


def test_a_stop_is_stored_before_it_is_answered(bench):
    bench.stop("R1")
    assert bench.store.load().stopped == ["R1"]


def test_stopped_runs_survive_a_reboot_a_thousand_of_them():
    bench = Bench()
    for number in range(1_001):
        bench.stop(f"R{number}")
    bench.machine.reboot()
    bench.session = bench.connect()
    bench.hello(1)
    assert refusal(bench.stage, "R1", PROGRAMME).code == ErrorCode.STOPPED
    assert refusal(bench.stage, "R1000", PROGRAMME).code == ErrorCode.STOPPED
    bench.stage("R0", PROGRAMME)
