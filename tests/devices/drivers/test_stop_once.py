"""stop_once: a stop over its own connection, with a key that can do nothing else."""

import pytest

from devices.drivers.base import LinkLost, NoAnswer, Refused
from devices.drivers.tcp import stop_once
from tests.devices.drivers.rig import (
    CONTROL_KEY,
    STOP_KEY,
    STRANGER,
    Rig,
    command,
    in_rig,
    start,
    until,
)


async def stop(rig: Rig, run_id: str, key=STOP_KEY, deadline_s=2.0, **more):
    return await stop_once(
        *rig.address, key, run_id, command(), "operator", deadline_s, **more
    )


def test_it_stops_while_another_link_has_control(tmp_path):
    async def test(rig: Rig) -> None:
        driver, ear = await rig.control()
        await start(driver, "R1")
        answer = await stop(rig, "R1", serial="S-1")
        assert (answer.run, answer.stopped, answer.device) == ("R1", True, "S-1")
        await until(lambda: ear.heard("ended"))
        assert (await driver.hello(1)).last_run.reason == "operator"

    in_rig(test, tmp_path, speed=20)


def test_it_stops_while_the_supervisor_is_frozen(tmp_path):
    """The link in control neither reads nor writes; the stop needs neither."""

    async def test(rig: Rig) -> None:
        driver, _ = await rig.control()
        await start(driver, "R1")
        await until(lambda: rig.machine.therapy.output.set_ua)
        for link in rig.device.links.values():
            link._transport.pause_reading()
        assert (await stop(rig, "R1")).state == "stopping"

    in_rig(test, tmp_path, speed=20)


def test_another_run_is_left_alone_and_named(tmp_path):
    async def test(rig: Rig) -> None:
        driver, _ = await rig.control()
        await start(driver, "R2")
        answer = await stop(rig, "R1")
        assert (answer.stopped, answer.run) == (False, "R2")
        assert answer.reason == "other_run"
        assert (await driver.keepalive("R2", 0)).state == "running"

    in_rig(test, tmp_path)


def test_another_device_at_the_address_is_not_believed(tmp_path):
    async def test(rig: Rig) -> None:
        with pytest.raises(LinkLost, match="is S-1, not S-3"):
            await stop(rig, "R1", serial="S-3")
        assert rig.machine.memory.stopped == []

    in_rig(test, tmp_path)


def test_a_control_key_may_stop_a_stranger_may_not(tmp_path):
    async def test(rig: Rig) -> None:
        assert (await stop(rig, "R1", CONTROL_KEY)).stopped
        with pytest.raises(Refused, match="before hello"):
            await stop(rig, "R2", STRANGER)
        assert rig.machine.memory.stopped == ["R1"]

    in_rig(test, tmp_path)


def test_a_device_that_does_not_answer_ends_at_the_deadline(tmp_path):
    async def test(rig: Rig) -> None:
        rig.fault("lose_ack", verb="stop")
        # Time enough to be let in, then none comes.
        with pytest.raises(NoAnswer):
            await stop(rig, "R1", deadline_s=1.0)
        rig.fault("freeze_link")
        with pytest.raises(LinkLost, match="no challenge"):
            await stop(rig, "R1", deadline_s=0.1)

    in_rig(test, tmp_path)


def test_its_link_is_closed_again(tmp_path):
    async def test(rig: Rig) -> None:
        await stop(rig, "R1")
        await until(lambda: not rig.device.links)

    in_rig(test, tmp_path)
