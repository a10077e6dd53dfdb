"""Faults of the link, and the ports of a host, on real sockets."""

import asyncio
import json

import pytest

from devices.drivers.base import LinkLost, NoAnswer
from devices.protocol.errors import ErrorCode
from devices.simulator import control
from devices.simulator.keys import read_public, trust
from devices.simulator.server import Host
from tests.devices.drivers.rig import (
    CONTROL_KEY,
    STOP_KEY,
    Rig,
    command,
    in_rig,
    now_s,
    run,
    start,
    until,
)
from tests.devices.simulator.parts import config, time_programme

VERIFY = trust([CONTROL_KEY.public_hex], [STOP_KEY.public_hex])


def test_a_frozen_link_keeps_tcp_and_does_what_waited_after_the_thaw(tmp_path):
    async def test(rig: Rig) -> None:
        driver, ear = await rig.control()
        await start(driver, "R1")
        rig.fault("freeze_link")
        heard = len(ear.batches)
        with pytest.raises(NoAnswer):
            await driver.hold("R1", command(), "operator", 0.05)
        await asyncio.sleep(0.6)
        assert len(ear.batches) == heard
        assert ear.closed == []
        rig.fault("thaw_link")
        await until(lambda: rig.machine.therapy.hold_cause == "operator")
        await until(lambda: len(ear.batches) > heard)
        assert (await driver.keepalive("R1", 0)).run == "R1"

    in_rig(test, tmp_path)


def test_a_start_that_waited_in_a_frozen_link_is_refused_late(tmp_path):
    async def test(rig: Rig) -> None:
        driver, _ = await rig.control()
        digest = await driver.stage("R1", command(), time_programme().to_dict())
        await driver.arm("R1", command(), digest)
        rig.fault("freeze_link")
        until_ms = driver.clock.valid_until_ms(now_s() + 0.1)
        with pytest.raises(NoAnswer) as caught:
            await driver.kickoff("R1", "go", digest, until_ms, 0.2)
        assert caught.value.may_have_flowed
        rig.fault("thaw_link")
        await until(lambda: "go" in rig.machine.answers)
        assert rig.machine.answers["go"][1].code == ErrorCode.EXPIRED
        assert rig.machine.therapy is None

    in_rig(test, tmp_path)


def test_a_connection_made_while_frozen_hears_nothing(tmp_path):
    async def test(rig: Rig) -> None:
        rig.fault("freeze_link")
        driver, _ = rig.driver()
        with pytest.raises(LinkLost, match="no challenge"):
            await driver.open(0.05)

    in_rig(test, tmp_path)


def test_a_dropped_link_can_stay_down_for_a_while(tmp_path):
    async def test(rig: Rig) -> None:
        driver, ear = await rig.control()
        await start(driver, "R1")
        rig.fault("drop_link", refuse_ms=150)
        await until(lambda: ear.closed)
        refused, _ = rig.driver()
        with pytest.raises(LinkLost):
            await refused.open(0.1)
        await asyncio.sleep(0.15)
        again, _ = await rig.control(1)
        assert (await again.keepalive("R1", 0)).state == "running"

    in_rig(test, tmp_path)


def test_lost_answers_are_counted_by_verb(tmp_path):
    async def test(rig: Rig) -> None:
        driver, _ = await rig.control()
        rig.fault("lose_ack", verb="stage", count=2)
        plain = time_programme().to_dict()
        for _ in range(2):
            with pytest.raises(NoAnswer):
                await driver.stage("R1", "once", plain, 0.05)
        assert rig.machine.state == "staged"
        assert await driver.stage("R1", "once", plain)

    in_rig(test, tmp_path)


def test_a_late_answer_comes_late_and_once(tmp_path):
    async def test(rig: Rig) -> None:
        driver, _ = await rig.control()
        rig.fault("late_message", ms=80)
        before = now_s()
        await driver.keepalive(None, 0)
        assert now_s() - before >= 0.079
        assert rig.device.late_ms == 0

    in_rig(test, tmp_path)


def test_a_reboot_breaks_the_links_and_wakes_idle(tmp_path):
    async def test(rig: Rig) -> None:
        driver, ear = await rig.control()
        first = await driver.hello(1)
        await start(driver, "R1")
        rig.fault("reboot")
        await until(lambda: ear.closed)
        again, _ = rig.driver()
        await again.open()
        hello = await again.hello(None)
        assert (hello.state, hello.run) == ("idle", None)
        assert hello.boot != first.boot
        assert hello.last_run.reason == "reboot"

    in_rig(test, tmp_path)


def test_a_superseded_link_hears_why_and_is_closed(tmp_path):
    async def test(rig: Rig) -> None:
        _, ear = await rig.control(1)
        await rig.control(2)
        await until(lambda: ear.closed)
        assert ear.superseded == [2]
        assert len(rig.device.links) == 1

    in_rig(test, tmp_path)


def test_a_garbage_line_is_answered_over_the_wire(tmp_path):
    async def test(rig: Rig) -> None:
        reader, writer = await asyncio.open_connection(*rig.address)
        await reader.readline()
        writer.write(b"garbage\n")
        assert json.loads(await reader.readline())["error"]["code"] == ErrorCode.PARSE
        writer.write(b"x" * (1 << 20) + b"x")
        assert json.loads(await reader.readline())["error"]["code"] == ErrorCode.PARSE
        assert await reader.read() == b""
        writer.close()

    in_rig(test, tmp_path)


def test_devices_take_their_earlier_ports_again(tmp_path):
    async def test() -> None:
        devices = [config(serial=f"S-{n}") for n in range(3)]
        first = Host(devices, tmp_path, 1, VERIFY)
        ports = await first.listen({})
        first.close()
        await asyncio.sleep(0.01)
        wanted = {serial: int(at[1]) for serial, at in ports.items()}
        second = Host(devices, tmp_path, 1, VERIFY)
        assert await second.listen(wanted) == ports
        # Taken by the second: the third is given others.
        third = Host(devices, tmp_path, 1, VERIFY)
        others = await third.listen(wanted)
        assert not {at[1] for at in others.values()} & set(wanted.values())
        second.close()
        third.close()

    run(test())


def test_the_control_port_plants_faults_and_dumps(tmp_path):
    async def test(rig: Rig) -> None:
        server, (host, port) = await control.serve(rig.host)
        remote = control.Control(host, port)
        driver, _ = await rig.control()
        await start(driver, "R1")
        assert await asyncio.to_thread(remote.fault, "S-1", "dry_pad") == {}
        assert rig.machine.contact_fault == "dry_pad"
        dump = await asyncio.to_thread(remote.dump, "S-1")
        assert (dump["state"], dump["run"]) == ("running", "R1")
        assert dump["samples"]["R1"][0][:2] == [1, 0]
        for serial, fault in (("S-7", "dry_pad"), ("S-1", "gremlin")):
            with pytest.raises(control.ControlError, match=r"S-7|gremlin"):
                await asyncio.to_thread(remote.fault, serial, fault)
        server.close()

    in_rig(test, tmp_path)


def test_a_public_key_file_that_holds_none_is_named(tmp_path):
    path = tmp_path / "control.pub"
    path.write_text("not a key")
    with pytest.raises(ValueError, match=r"control\.pub"):
        read_public(path)
    path.write_text(CONTROL_KEY.public_hex)
    assert read_public(path) == CONTROL_KEY.public_hex


@pytest.mark.parametrize(
    ("key", "scope", "trusted"),
    [
        (CONTROL_KEY, "control", True),
        (CONTROL_KEY, "stop", True),
        (STOP_KEY, "stop", True),
        (STOP_KEY, "control", False),
    ],
)
def test_a_key_is_trusted_for_its_scope(key, scope, trusted):
    assert VERIFY(key.public_hex, scope, key.sign(b"m"), b"m") is trusted
    assert not VERIFY(key.public_hex, scope, key.sign(b"m"), b"other")
