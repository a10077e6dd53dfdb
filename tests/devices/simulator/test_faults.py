"""Each fault does what it says, and is seen where a controller would see it.

Faults of the link are in test_server.py, on real sockets.
"""

import pytest

from devices.core.reading import Phase
from devices.protocol.errors import ErrorCode
from devices.simulator.faults import FAULTS, FaultError, dump
from tests.devices.simulator.parts import Bench, refusal, time_programme


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.start("R1", time_programme())
    bench.wait(5_000, alive="R1")
    return bench


def after(bench: Bench, span_ms: int = 1_000):
    bench.wait(span_ms, alive="R1")
    return bench.samples("R1")[-1]


def test_a_dry_pad_starves_the_current(bench):
    bench.fault("dry_pad")
    sample = after(bench)
    assert sample.mean_ua == 1_000
    assert sample.set_ua == 2_000


def test_a_lead_that_falls_off_pauses_the_run(bench):
    bench.fault("lead_off")
    assert after(bench).phase is Phase.HELD
    assert bench.events("lead_off") == [{"count": 1, "set_ua": 2_000}]
    assert bench.events("held") == [{"cause": "lead_off"}]
    bench.fault("lead_on")
    after(bench)
    assert bench.events("contact") == [{"ok": True}]
    bench.resume("R1", 2_000)
    assert after(bench, 5_000).mean_ua == 2_000


def test_a_bridge_takes_the_voltage_away(bench):
    bench.fault("bridge")
    assert after(bench).voltage_mv < 600
    bench.fault("lead_on")
    assert after(bench).voltage_mv > 5_000


def test_a_fault_of_contact_waits_for_the_next_run():
    bench = Bench()
    bench.fault("dry_pad")
    bench.start("R1", time_programme())
    assert after(bench, 5_000).mean_ua == 1_000


def test_a_stuck_output_flows_on_after_the_stop(bench):
    bench.fault("stuck_output")
    bench.stop("R1")
    sample = after(bench, 5_000)
    assert (sample.set_ua, sample.mean_ua) == (0, 2_000)
    assert bench.machine.state == "stopping"
    bench.fault("button", press="held")
    assert bench.machine.state == "idle"
    assert bench.samples("R1")[-1].mean_ua == 0


def test_a_stuck_output_ends_with_the_power(bench):
    bench.fault("stuck_output", ua=3_000)
    assert after(bench).mean_ua == pytest.approx(3_000, abs=20)
    bench.machine.reboot()
    assert dump(bench.machine)["actual_ua"] == 0
    assert bench.machine.stuck_ua is None


def test_the_knob_moves_the_level_and_tells(bench):
    bench.fault("knob", to_ua=6_000)
    assert after(bench, 5_000).mean_ua == pytest.approx(6_000, abs=20)
    assert bench.events("knob") == [{"from_ua": 2_000, "to_ua": 6_000}]


def test_the_button_stops_and_is_remembered(bench):
    bench.fault("button", cause="patient")
    bench.wait(2_000)
    assert bench.machine.summary()["reason"] == "patient"
    assert bench.events("button") == [{"press": "stop"}]
    assert "R1" in bench.machine.memory.stopped


def test_the_button_held_cuts_at_once(bench):
    bench.fault("button", press="held")
    assert bench.machine.state == "idle"
    (cut,) = bench.journal("cut")
    assert cut.data == {"why": "button held"}


def test_the_button_disarms_what_has_not_started():
    bench = Bench()
    bench.hello(1)
    digest = bench.stage("R1", time_programme())
    bench.command("arm", "R1", hash=digest)
    bench.fault("button")
    assert refusal(bench.kickoff, "R1", digest).code == ErrorCode.STOPPED


def test_the_button_can_prove_presence_and_stop_nothing(bench):
    bench.fault("button", press="presence")
    assert after(bench).phase is Phase.PLATEAU
    assert bench.events("button") == [{"press": "presence"}]


def test_the_button_of_an_idle_device_is_told_too():
    bench = Bench()
    bench.hello(1)
    bench.fault("button", press="presence")
    assert bench.heard[-1]["params"]["run"] is None


def test_pain_is_told(bench):
    bench.fault("pain", score=5)
    assert bench.events("pain") == [{"score": 5}]


def test_a_fast_clock_is_seen_in_now(bench):
    bench.fault("clock_drift", ppm=10_000)
    first = bench.machine.now_ms
    bench.clock.ms += 100_000
    assert bench.machine.now_ms - first == 101_000


def test_a_jump_of_the_clock_passes_no_therapy_and_starves_nothing(bench):
    t_ms = bench.machine.therapy.t_ms
    bench.fault("clock_drift", jump_ms=3_600_000)
    bench.wait(1_000, alive="R1")
    assert bench.machine.therapy.t_ms == t_ms + 1_000
    assert bench.events("watchdog") == []
    assert bench.keepalive("R1")["now_ms"] > 3_600_000


def test_a_jump_of_the_clock_makes_old_validity_late(bench):
    until = bench.machine.now_ms + 5_000
    bench.fault("clock_drift", jump_ms=60_000)
    error = refusal(bench.adjust, "R1", 2_000, 2_500, valid_until_ms=until)
    assert error.code == ErrorCode.EXPIRED


def test_a_lost_log_is_admitted(bench):
    bench.stop("R1")
    bench.wait(3_000)
    bench.fault("lose_log")
    last = bench.hello(1)["last_run"]
    assert (last["log"], last["counter_nc"] > 0) == (False, True)
    error = refusal(bench.ask, "read", run="R1", from_seq=1, limit=1)
    assert error.code == ErrorCode.WRONG_RUN


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("gremlin", {}, "no fault 'gremlin'"),
        ("knob", {}, "to_ua"),
        ("lead_off", {"ohm": 1}, "ohm"),
        ("button", {"press": "twice"}, "twice"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(bench, name, arguments, says):
    with pytest.raises(FaultError, match=says):
        bench.fault(name, **arguments)


def test_the_dump_is_the_device_s_own_word(bench):
    bench.stop("R1")
    bench.wait(3_000)
    told = dump(bench.machine)
    assert told["state"] == "idle"
    assert told["summary"]["last_seq"] == len(told["samples"]["R1"])
    assert told["counts"]["keepalive"] == 20
    order = [entry.kind for entry in told["events"]]
    assert order.index("started") < order.index("stop") < order.index("ended")
    assert dump(bench.machine, samples=False)["samples"] == {}


def test_every_fault_is_known_by_name():
    assert set(FAULTS) == {
        *("dry_pad", "lead_off", "lead_on", "bridge", "stuck_output"),
        *("freeze_link", "thaw_link", "drop_link", "lose_ack", "late_message"),
        *("reboot", "lose_log", "clock_drift", "wrong_readback"),
        *("knob", "button", "pain"),
    }
