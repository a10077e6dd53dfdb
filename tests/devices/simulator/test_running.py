"""read, keepalive, adjust, hold, resume, pushes and the watchdog of a live run."""

from dataclasses import replace

import pytest

from devices.core.reading import Phase
from devices.protocol.errors import ErrorCode
from tests.devices.simulator.parts import (
    HOLDS,
    Bench,
    charge_programme,
    profile,
    refusal,
    time_programme,
)


def running(**changes) -> Bench:
    bench = Bench(**changes)
    bench.start("R1", time_programme())
    bench.wait(5_000, alive="R1")
    return bench


@pytest.fixture
def bench() -> Bench:
    return running()


# Samples


def test_samples_are_pushed_each_quarter_second_to_the_controller(bench):
    batches = [m["params"] for m in bench.heard if m["method"] == "samples"]
    assert [batch["samples"][0][0] for batch in batches] == list(range(1, 22))
    last = batches[-1]
    assert last["run"] == "R1"
    assert last["last_seq"] == 21
    assert last["level_ua"] == 2_000
    assert last["counter_nc"] == bench.machine.summary()["counter_nc"]


def test_a_push_holds_what_the_speed_makes_of_a_quarter_second():
    bench = running(speed=20)
    batches = [m["params"]["samples"] for m in bench.heard if m["method"] == "samples"]
    assert {len(batch) for batch in batches[1:10]} == {20}


def test_the_log_fills_any_gap(bench):
    bench.wait(2_000, alive="R1")
    whole = bench.ask("read", run="R1", from_seq=1, limit=10_000)
    part = bench.ask("read", run="R1", from_seq=6, limit=3)
    assert [row[0] for row in part["samples"]] == [6, 7, 8]
    assert part["samples"] == whole["samples"][5:8]
    assert (part["last_seq"], part["ended"]) == (29, False)
    beyond = bench.ask("read", run="R1", from_seq=30, limit=3)
    assert beyond["samples"] == []


@pytest.mark.parametrize(("from_seq", "limit"), [(0, 1), (1, 0), (1, 10_001)])
def test_a_read_out_of_range_is_refused(bench, from_seq, limit):
    error = refusal(bench.ask, "read", run="R1", from_seq=from_seq, limit=limit)
    assert error.code == ErrorCode.PARAMS


def test_a_read_of_an_unknown_run_is_refused(bench):
    error = refusal(bench.ask, "read", run="R9", from_seq=1, limit=1)
    assert (error.code, error.data["run"]) == (ErrorCode.WRONG_RUN, "R1")


def test_a_link_without_fence_may_read_and_does_not_disturb(bench):
    onlooker = bench.connect()
    bench.hello(None, onlooker)
    assert bench.ask("read", onlooker, run="R1", from_seq=1, limit=1)["samples"]
    error = refusal(
        bench.ask, "keepalive", onlooker, run="R1", fence=bench.fence, have=0
    )
    assert error.code == ErrorCode.STALE_FENCE
    assert bench.keepalive("R1")["state"] == "running"


def test_the_end_is_told_after_its_samples(bench):
    bench.wait(70_000, alive="R1")
    *_, samples, ended = bench.heard
    assert ended["params"]["kind"] == "ended"
    assert samples["method"] == "event"
    batch = [m for m in bench.heard if m["method"] == "samples"][-1]["params"]
    assert batch["samples"][-1][7] == Phase.ENDED
    assert bench.events("ended") == [
        {
            "reason": "time",
            "counter_nc": batch["counter_nc"],
            "last_seq": batch["last_seq"],
        }
    ]
    assert bench.ask("read", run="R1", from_seq=1, limit=1)["ended"]


# Keep-alive


def test_keepalive_tells_the_state_of_now(bench):
    alive = bench.keepalive("R1")
    assert alive == {
        "now_ms": bench.machine.now_ms,
        "state": "running",
        "run": "R1",
        "last_seq": 21,
        "counter_nc": 6_000_000,
        "flow_ms": 3_050,
        "set_ua": 2_000,
        "level_ua": 2_000,
        "allowed_ua": 12_000,
    }


def test_keepalive_after_the_end_tells_of_the_last_run(bench):
    bench.stop("R1")
    bench.wait(3_000)
    alive = bench.keepalive("R1")
    assert (alive["state"], alive["run"], alive["set_ua"]) == ("idle", None, 0)
    assert alive["last_seq"] == bench.machine.summary()["last_seq"]


def test_keepalive_for_an_unknown_run_is_refused_and_feeds_nothing(bench):
    for _ in range(4):
        bench.clock.ms += 2_000
        assert refusal(bench.keepalive, "R9").code == ErrorCode.WRONG_RUN
    bench.wait(500)
    assert bench.events("watchdog")


def test_keepalive_without_run_does_not_feed_a_live_run(bench):
    for _ in range(36):
        bench.wait(250)
        bench.keepalive(None)
    assert bench.events("watchdog")


# Watchdog


def test_silence_of_eight_seconds_ramps_down_to_held(bench):
    bench.wait(8_000)
    assert bench.machine.state == "running"
    bench.wait(250)
    assert bench.machine.therapy.phase is Phase.HOLDING
    bench.wait(2_250)
    assert bench.machine.state == "held"
    assert bench.events("held") == [{"cause": "watchdog"}]
    ramp = [s for s in bench.samples("R1") if s.phase is Phase.HOLDING]
    assert ramp[0].set_ua > 1_500


def test_the_watchdog_counts_from_the_last_keepalive_to_the_millisecond(bench):
    bench.clock.ms += 8_100
    bench.machine.tick()
    held_at = next(e for e in bench.journal("phase") if e.data["phase"] == 4)
    assert 12_950 <= held_at.t_ms <= 13_000


def test_a_starved_run_never_resumes_alone_and_ends(bench):
    bench.wait(600_000 + 12_000)
    assert bench.machine.state == "idle"
    assert bench.machine.summary()["reason"] == "watchdog"
    held = [s for s in bench.samples("R1") if s.phase is Phase.HELD]
    assert {s.set_ua for s in held} == {0}


def test_a_starved_run_waits_for_a_resume(bench):
    bench.wait(12_000)
    bench.keepalive("R1")
    bench.resume("R1", 2_000)
    bench.wait(5_000, alive="R1")
    assert bench.keepalive("R1")["set_ua"] == 2_000


def test_a_resume_without_keepalive_is_starved_again(bench):
    bench.wait(12_000)
    bench.resume("R1", 2_000)
    bench.wait(7_000)
    assert bench.machine.state == "running"
    bench.wait(4_000)
    assert bench.machine.state == "held"
    assert len(bench.events("watchdog")) == 2


def test_a_device_that_continues_alone_does_not_once_it_is_starved():
    bench = running(profile=profile(on_break="auto_continue"))
    bench.fault("lead_off")
    bench.wait(9_000)
    bench.fault("lead_on")
    bench.wait(10_000)
    assert bench.machine.state == "held"
    bench.keepalive("R1")
    bench.wait(10_000, alive="R1")
    assert bench.machine.state == "held"


def test_an_end_ramp_needs_no_controller():
    bench = Bench()
    bench.start("R1", charge_programme())
    bench.wait(59_500, alive="R1")
    assert bench.machine.state == "ending"
    bench.wait(10_000)
    assert bench.machine.summary()["reason"] == "dose"


def test_speed_scales_therapy_and_not_the_watchdog():
    bench = Bench(speed=10)
    programme = time_programme(flow_ms=400_000, max_flow_ms=400_000)
    bench.start("R1", programme)
    bench.wait(8_000)
    assert bench.machine.state == "running"
    assert bench.machine.therapy.t_ms == 80_000
    bench.wait(500)
    assert bench.events("watchdog")


def test_speed_changes_no_sample():
    logs = []
    for speed in (1, 20):
        bench = Bench(speed=speed)
        bench.start("R1", charge_programme())
        bench.wait(80_000 // speed, alive="R1")
        logs.append(bench.samples("R1"))
    assert logs[0] == logs[1]


# Adjust


def test_an_adjust_moves_and_is_told(bench):
    assert bench.adjust("R1", 2_000, 2_500) == {"level_ua": 2_500}
    bench.wait(1_000, alive="R1")
    assert bench.keepalive("R1")["set_ua"] == 2_500
    assert bench.events("adjusted") == [{"from_ua": 2_000, "to_ua": 2_500}]


def test_a_duplicated_adjust_moves_once(bench):
    params = {"command": "up"}
    first = bench.adjust("R1", 2_000, 2_500, **params)
    bench.wait(1_000, alive="R1")
    assert bench.adjust("R1", 2_000, 2_500, **params) == first
    assert len(bench.events("adjusted")) == 1


def test_reordered_adjusts_do_not_pile_up(bench):
    bench.adjust("R1", 2_000, 2_500)
    bench.wait(10_000, alive="R1")
    bench.adjust("R1", 2_500, 2_300)
    error = refusal(bench.adjust, "R1", 2_500, 3_000)
    assert (error.code, error.data["rule"]) == (ErrorCode.REFUSED_ADJUST, "stale")
    assert bench.keepalive("R1")["level_ua"] == 2_300


def test_a_late_raise_is_refused_and_a_late_lowering_is_not(bench):
    until = bench.machine.now_ms + 5_000
    bench.wait(6_000, alive="R1")
    error = refusal(bench.adjust, "R1", 2_000, 2_500, valid_until_ms=until)
    assert error.code == ErrorCode.EXPIRED
    bench.adjust("R1", 2_000, 2_500)
    bench.wait(1_000, alive="R1")
    bench.adjust("R1", 2_500, 2_200, valid_until_ms=until)
    bench.wait(1_000, alive="R1")
    bench.adjust("R1", 2_200, 2_000, valid_until_ms=None)


def test_a_raise_without_validity_is_refused(bench):
    error = refusal(bench.adjust, "R1", 2_000, 2_500, valid_until_ms=None)
    assert error.code == ErrorCode.PARAMS


def test_a_lost_adjust_changes_nothing_and_may_be_asked_again(bench):
    assert bench.keepalive("R1")["level_ua"] == 2_000
    assert bench.adjust("R1", 2_000, 2_500, command="up") == {"level_ua": 2_500}


@pytest.mark.parametrize("verb", ["adjust", "hold", "resume"])
def test_another_run_is_not_moved(bench, verb):
    ask = {
        "adjust": lambda: bench.adjust("R2", 2_000, 2_500),
        "hold": lambda: bench.command("hold", "R2", cause="operator"),
        "resume": lambda: bench.resume("R2", 2_000),
    }[verb]
    assert refusal(ask).code == ErrorCode.WRONG_RUN
    assert bench.machine.therapy.level_ua == 2_000


def test_nothing_is_adjusted_while_idle():
    bench = Bench()
    bench.hello(1)
    assert refusal(bench.adjust, "R1", 0, 1).code == ErrorCode.WRONG_STATE


# Hold and resume


def held(**changes) -> Bench:
    bench = running(**changes)
    bench.command("hold", "R1", cause="operator")
    bench.wait(3_000, alive="R1")
    assert bench.machine.state == "held"
    return bench


def test_a_hold_may_be_repeated(bench):
    bench.command("hold", "R1", cause="operator")
    assert bench.command("hold", "R1", cause="operator") == {}
    bench.wait(3_000, alive="R1")
    assert bench.events("held") == [{"cause": "operator"}]


def test_a_controller_s_hold_is_not_left_by_the_device_whatever_its_cause():
    bench = running(profile=profile(on_break="auto_continue"))
    bench.command("hold", "R1", cause="lead_off")
    bench.wait(10_000, alive="R1")
    assert bench.machine.state == "held"
    assert bench.events("held") == [{"cause": "lead_off"}]


def test_a_controller_s_hold_that_expires_is_no_watchdog():
    bench = Bench()
    bench.start("R1", time_programme(holds=replace(HOLDS, max_hold_ms=5_000)))
    bench.wait(5_000, alive="R1")
    bench.command("hold", "R1", cause="watchdog")
    bench.wait(10_000, alive="R1")
    assert bench.machine.summary()["reason"] == "hold_expired"


def test_a_run_that_stops_is_not_held(bench):
    bench.stop("R1")
    error = refusal(bench.command, "hold", "R1", cause="operator")
    assert error.code == ErrorCode.WRONG_STATE


def test_a_resume_ramps_from_zero():
    bench = held()
    bench.resume("R1", 2_000)
    bench.wait(1_000, alive="R1")
    assert bench.keepalive("R1")["set_ua"] == 500
    assert bench.events("resumed") == [{"level_ua": 2_000, "by": "command"}]


def test_a_resume_is_for_held_runs_only(bench):
    assert refusal(bench.resume, "R1", 2_000).code == ErrorCode.WRONG_STATE
    bench.command("hold", "R1", cause="operator")
    assert refusal(bench.resume, "R1", 2_000).code == ErrorCode.WRONG_STATE


@pytest.mark.parametrize("level", [2_001, 1_999])
def test_a_resume_stays_between_floor_and_last_level(level):
    error = refusal(held().resume, "R1", level)
    assert error.code == ErrorCode.LIMIT
    assert (error.data["asked_ua"], error.data["limit_ua"]) == (level, 2_000)


def test_a_late_resume_is_refused():
    bench = held()
    until = bench.machine.now_ms - 1
    error = refusal(bench.resume, "R1", 2_000, valid_until_ms=until)
    assert error.code == ErrorCode.EXPIRED
    assert bench.machine.state == "held"


def test_a_resume_needs_contact():
    bench = held()
    bench.fault("lead_off")
    assert refusal(bench.resume, "R1", 2_000).code == ErrorCode.NOT_READY
    bench.fault("lead_on")
    bench.resume("R1", 2_000)


def test_a_device_that_cannot_resume_says_so():
    bench = held(profile=profile(resume_allowed=False))
    assert refusal(bench.resume, "R1", 2_000).code == ErrorCode.WRONG_STATE


def test_too_many_holds_end_the_run():
    bench = Bench()
    bench.start("R1", time_programme(holds=replace(HOLDS, max_holds=0)))
    bench.wait(5_000, alive="R1")
    bench.command("hold", "R1", cause="operator")
    bench.wait(3_000, alive="R1")
    assert bench.machine.summary()["reason"] == "hold_expired"
