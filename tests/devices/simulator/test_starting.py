"""stage, unstage, arm and kickoff: each rule of docs/protocol.md."""

from dataclasses import replace

import pytest

from devices.protocol.canonical import programme_hash
from devices.protocol.errors import ErrorCode
from tests.devices.simulator.parts import (
    TITRATED,
    Bench,
    charge_programme,
    refusal,
    time_programme,
)

PROGRAMME = time_programme()


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.hello(1)
    return bench


def armed(bench: Bench, run: str = "R1") -> str:
    digest = bench.stage(run, PROGRAMME)
    bench.command("arm", run, hash=digest)
    return digest


def test_stage_answers_with_the_hash_of_what_it_stored(bench):
    assert bench.stage("R1", PROGRAMME) == programme_hash(PROGRAMME.to_dict())
    assert bench.hello(1)["state"] == "staged"
    assert bench.hello(1)["run"] == "R1"


def test_a_device_that_stores_another_programme_says_so_in_its_hash(bench):
    bench.fault("wrong_readback")
    assert bench.stage("R1", PROGRAMME) != programme_hash(PROGRAMME.to_dict())


def test_a_second_stage_replaces_the_first(bench):
    first = bench.stage("R1", PROGRAMME)
    second = bench.stage("R2", charge_programme())
    assert refusal(bench.command, "arm", "R1", hash=first).code == ErrorCode.WRONG_RUN
    bench.command("arm", "R2", hash=second)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sample_hz": 3}, "use 1, 2, 4, 5 or 10"),
        ({"sample_hz": 20}, "20"),
        ({"max_wall_ms": 12 * 3_600_000, "sample_hz": 10}, "144000"),
        ({"stop_ramp_ms": 3_001}, "3001"),
        ({"watchdog_ms": 9_000}, "9000"),
        ({"window": replace(TITRATED, ceiling_ua=31_000)}, "31"),
        ({"first_polarity": 0}, "first_polarity"),
    ],
)
def test_a_programme_that_it_cannot_keep_is_refused_with_the_number(
    bench, changes, says
):
    error = refusal(bench.stage, "R1", time_programme(**changes))
    assert error.code == ErrorCode.REFUSED_PROGRAMME
    assert says in error.message
    assert error.data["why"] == error.message
    assert bench.machine.state == "idle"


def test_what_is_no_programme_is_refused(bench):
    error = refusal(bench.command, "stage", "R1", programme={"dose": 1})
    assert error.code == ErrorCode.REFUSED_PROGRAMME


def test_unstage_forgets_and_may_be_repeated(bench):
    armed(bench)
    bench.command("unstage", "R1")
    assert bench.machine.state == "idle"
    assert bench.command("unstage", "R1") == {}


def test_unstage_of_another_run_changes_nothing(bench):
    armed(bench)
    assert refusal(bench.command, "unstage", "R2").code == ErrorCode.WRONG_RUN
    assert bench.machine.state == "armed"


@pytest.mark.parametrize("verb", ["stage", "unstage"])
def test_a_live_run_is_neither_replaced_nor_forgotten(bench, verb):
    bench.kickoff("R1", armed(bench))
    params = {"programme": PROGRAMME.to_dict()} if verb == "stage" else {}
    error = refusal(bench.command, verb, "R2", **params)
    assert error.code == ErrorCode.WRONG_STATE
    assert error.data["state"] == "running"


def test_arm_is_bound_to_the_hash(bench):
    bench.stage("R1", PROGRAMME)
    error = refusal(bench.command, "arm", "R1", hash="0" * 64)
    assert error.code == ErrorCode.HASH_MISMATCH
    assert bench.machine.state == "staged"


def test_nothing_is_armed_before_it_is_staged(bench):
    assert refusal(bench.command, "arm", "R1", hash="0").code == ErrorCode.WRONG_STATE


def test_arm_lasts_thirty_seconds(bench):
    digest = bench.stage("R1", PROGRAMME)
    answer = bench.command("arm", "R1", hash=digest)
    assert answer["expires_ms"] == bench.machine.now_ms + 30_000
    bench.wait(30_000)
    assert bench.machine.state == "armed"
    bench.wait(250)
    assert bench.machine.state == "staged"
    assert refusal(bench.kickoff, "R1", digest).code == ErrorCode.EXPIRED
    bench.command("arm", "R1", hash=digest)
    bench.kickoff("R1", digest)


def test_kickoff_starts_now_and_says_when(bench):
    digest = armed(bench)
    bench.clock.ms += 700
    answer = bench.kickoff("R1", digest)
    assert answer["started_ms"] == bench.machine.now_ms
    assert bench.machine.state == "running"
    assert bench.events("started") == [{"hash": digest}]
    bench.wait(4_000, alive="R1")
    assert bench.keepalive("R1")["set_ua"] == 2_000


def test_kickoff_needs_arming(bench):
    digest = bench.stage("R1", PROGRAMME)
    assert refusal(bench.kickoff, "R1", digest).code == ErrorCode.WRONG_STATE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hash": "0" * 64}, ErrorCode.HASH_MISMATCH),
        ({"run": "R2"}, ErrorCode.WRONG_RUN),
    ],
)
def test_kickoff_of_another_programme_or_run_is_refused(bench, changes, code):
    digest = armed(bench)
    asked = {"run": "R1", "hash": digest, **changes}
    assert refusal(bench.kickoff, asked["run"], asked["hash"]).code == code
    assert bench.machine.therapy is None


def test_a_start_that_comes_late_is_refused_and_needs_a_new_arm(bench):
    digest = armed(bench)
    until = bench.machine.now_ms + 5_000
    bench.clock.ms += 6_000
    error = refusal(bench.kickoff, "R1", digest, valid_until_ms=until)
    assert error.code == ErrorCode.EXPIRED
    assert "1000 ms late" in error.message
    assert refusal(bench.kickoff, "R1", digest).code == ErrorCode.WRONG_STATE


def test_a_start_at_its_last_millisecond_is_in_time(bench):
    digest = armed(bench)
    bench.kickoff("R1", digest, valid_until_ms=bench.machine.now_ms)
    assert bench.machine.state == "running"


def test_a_validity_of_another_clock_is_refused(bench):
    digest = armed(bench)
    far = bench.machine.now_ms + 10_001
    error = refusal(bench.kickoff, "R1", digest, valid_until_ms=far)
    assert error.code == ErrorCode.EXPIRED
    assert "ahead" in error.message


def test_an_open_circuit_is_not_started(bench):
    bench.fault("lead_off")
    digest = armed(bench)
    error = refusal(bench.kickoff, "R1", digest)
    assert error.code == ErrorCode.NOT_READY
    assert error.data["contact"] == "lead_off"
    assert bench.machine.therapy is None


@pytest.mark.parametrize("verb", ["stage", "arm", "kickoff"])
def test_a_run_is_used_once(bench, verb):
    digest = armed(bench)
    bench.kickoff("R1", digest)
    bench.stop("R1")
    bench.wait(3_000)
    bench.machine.memory.stopped.clear()
    params = {
        "stage": {"programme": PROGRAMME.to_dict()},
        "arm": {"hash": digest},
        "kickoff": {"hash": digest, "valid_until_ms": bench.machine.now_ms + 1},
    }[verb]
    assert refusal(bench.command, verb, "R1", **params).code == ErrorCode.USED_RUN


def test_the_use_of_a_run_is_stored_before_the_answer(bench):
    bench.kickoff("R1", armed(bench))
    assert bench.store.load().used == ["R1"]
    assert bench.store.load().live == "R1"


# Repeated commands


def test_a_repeated_kickoff_gets_the_first_answer_and_starts_nothing(bench):
    digest = armed(bench)
    until = bench.machine.now_ms + 5_000
    params = {"hash": digest, "valid_until_ms": until, "command": "go"}
    first = bench.command("kickoff", "R1", **params)
    bench.wait(6_000, alive="R1")
    assert bench.command("kickoff", "R1", **params) == first
    assert len(bench.events("started")) == 1


def test_a_repeated_refusal_is_refused_alike(bench):
    digest = bench.stage("R1", PROGRAMME)
    until = bench.machine.now_ms + 5_000
    params = {"hash": digest, "valid_until_ms": until, "command": "go"}
    first = refusal(bench.command, "kickoff", "R1", **params)
    bench.command("arm", "R1", hash=digest)
    assert refusal(bench.command, "kickoff", "R1", **params) is first
    assert bench.machine.therapy is None


def test_a_successor_may_repeat_the_command_of_its_predecessor(bench):
    digest = armed(bench)
    until = bench.machine.now_ms + 5_000
    params = {"hash": digest, "valid_until_ms": until, "command": "go"}
    first = bench.command("kickoff", "R1", **params)
    bench.hello(2)
    assert bench.command("kickoff", "R1", **params) == first


def test_a_command_id_belongs_to_one_verb(bench):
    digest = bench.stage("R1", PROGRAMME)
    bench.command("arm", "R1", hash=digest, command="one")
    error = refusal(bench.command, "unstage", "R1", command="one")
    assert error.code == ErrorCode.PARAMS
    assert bench.machine.state == "armed"


def test_the_last_256_answers_are_kept(bench):
    digest = bench.stage("R1", PROGRAMME)
    bench.command("arm", "R1", hash=digest, command="old")
    for number in range(255):
        bench.command("arm", "R1", hash=digest, command=f"n{number}")
    kept = bench.command("arm", "R1", hash=digest, command="old")
    bench.clock.ms += 1_000
    assert bench.command("arm", "R1", hash=digest, command="old") == kept
    bench.command("arm", "R1", hash=digest, command="one more")
    bench.clock.ms += 1_000
    assert bench.command("arm", "R1", hash=digest, command="old") != kept
