"""One controller at a time: the highest fence."""

import pytest

from devices.protocol.errors import ErrorCode
from tests.devices.simulator.parts import Bench, refusal, time_programme

PROGRAMME = time_programme()
VERBS = {
    "stage": {"run": "R2", "programme": PROGRAMME.to_dict()},
    "unstage": {"run": "R1"},
    "arm": {"run": "R1", "hash": "0"},
    "kickoff": {"run": "R1", "hash": "0", "valid_until_ms": 1},
    "adjust": {"run": "R1", "from_ua": 2_000, "to_ua": 2_100, "valid_until_ms": None},
    "hold": {"run": "R1", "cause": "operator"},
    "resume": {"run": "R1", "level_ua": 2_000, "valid_until_ms": 1},
}


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.start("R1", PROGRAMME, fence=5)
    bench.wait(5_000, alive="R1")
    return bench


def picture(bench: Bench) -> tuple:
    """All that a command could change."""
    machine = bench.machine
    return (machine.state, machine.therapy.level_ua, machine.held_run, machine.staged)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fence", [4, 6])
def test_a_fence_that_is_not_in_control_does_nothing(bench, verb, fence):
    before = picture(bench)
    params = {"command": "x", "fence": fence, **VERBS[verb]}
    error = refusal(bench.ask, verb, **params)
    assert (error.code, error.data["seen"]) == (ErrorCode.STALE_FENCE, 5)
    assert picture(bench) == before
    assert bench.journal("stale")[-1].data == {"verb": verb, "fence": fence, "seen": 5}


@pytest.mark.parametrize("verb", VERBS)
def test_the_right_fence_on_the_wrong_link_does_nothing(bench, verb):
    before = picture(bench)
    other = bench.connect()
    bench.hello(None, other)
    params = {"command": "x", "fence": 5, **VERBS[verb]}
    assert refusal(bench.ask, verb, other, **params).code == ErrorCode.STALE_FENCE
    assert picture(bench) == before


def test_a_higher_fence_takes_over_a_running_device(bench):
    newer = bench.connect()
    hello = bench.hello(6, newer)
    assert (hello["fence"], hello["state"], hello["run"]) == (6, "running", "R1")
    assert bench.session.closing
    assert bench.heard[-1] == {
        "jsonrpc": "2.0",
        "method": "superseded",
        "params": {"fence": 6},
    }
    assert refusal(bench.keepalive, "R1").code == ErrorCode.STALE_FENCE
    assert bench.machine.state == "running"


def test_a_lower_fence_is_told_the_highest(bench):
    error = refusal(bench.hello, 4, bench.connect())
    assert (error.code, error.data["seen"]) == (ErrorCode.STALE_FENCE, 5)
    assert not bench.session.closing


def test_the_same_fence_replaces_its_own_old_link(bench):
    again = bench.connect()
    bench.hello(5, again)
    assert bench.session.closing
    assert bench.ask("keepalive", again, run="R1", fence=5, have=0)["run"] == "R1"


def test_a_second_hello_on_the_link_in_control_changes_nothing(bench):
    bench.hello(5)
    assert not bench.session.closing
    assert not any(m["method"] == "superseded" for m in bench.heard)


def test_samples_go_to_the_controller_only(bench):
    newer = bench.connect()
    bench.hello(6, newer)
    bench.clock.ms += 250
    bench.machine.tick()
    assert {session for session, _ in bench.machine.outbox} == {newer}


def test_a_frozen_supervisor_that_comes_back_feeds_nothing(bench):
    """The older one is frozen, its lease is taken, then it wakes."""
    newer = bench.connect()
    bench.hello(6, newer)
    for _ in range(33):
        bench.clock.ms += 250
        bench.machine.tick()
        assert refusal(bench.keepalive, "R1", fence=5).code == ErrorCode.STALE_FENCE
    bench.listen()
    assert bench.events("watchdog"), "a stale keep-alive kept the run alive"
    assert {entry.data["fence"] for entry in bench.journal("keepalive")} == {5}


def test_a_takeover_between_arm_and_kickoff_disarms():
    bench = Bench()
    bench.hello(1)
    digest = bench.stage("R1", PROGRAMME)
    bench.command("arm", "R1", hash=digest)
    bench.hello(2)
    assert bench.machine.state == "staged"
    assert refusal(bench.kickoff, "R1", digest).code == ErrorCode.WRONG_STATE
    bench.command("arm", "R1", hash=digest)
    bench.kickoff("R1", digest)


def test_the_same_fence_again_does_not_disarm():
    bench = Bench()
    bench.hello(1)
    bench.command("arm", "R1", hash=bench.stage("R1", PROGRAMME))
    bench.hello(1)
    assert bench.machine.state == "armed"


def test_a_link_without_fence_takes_no_control(bench):
    assert bench.hello(None, bench.connect())["fence"] == 5
    assert bench.keepalive("R1")["state"] == "running"


def test_the_highest_fence_survives_a_reboot(bench):
    bench.machine.reboot()
    assert bench.hello(None, bench.connect())["fence"] == 5
    error = refusal(bench.hello, 4, bench.connect())
    assert error.code == ErrorCode.STALE_FENCE
    assert Bench(store=bench.store).machine.memory.fence == 5


def test_a_lost_link_leaves_the_run_to_the_watchdog(bench):
    bench.machine.lost(bench.session)
    bench.wait(5_000)
    assert bench.machine.state == "running"
    newer = bench.connect()
    bench.hello(6, newer)
    bench.session = newer
    bench.fence = 6
    assert bench.keepalive("R1")["last_seq"] == 41
