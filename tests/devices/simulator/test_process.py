"""The simulator as a process: started, ended, killed and started again."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.drivers.tcp import TcpDriver
from devices.simulator.control import Control
from tests.devices.drivers.rig import (
    CONTROL_KEY,
    STOP_KEY,
    Ear,
    run,
    start,
    until,
)
from tests.devices.simulator.parts import profile
from tests.processes import Started

pytestmark = pytest.mark.processes
SERIALS = ("S-1", "S-2")


class Simulator:
    """A simulator process with two devices, and its files."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = home / "ports.json"
        keys = home / "keys"
        keys.mkdir()
        (keys / "control.pub").write_text(CONTROL_KEY.public_hex)
        (keys / "stop.pub").write_text(STOP_KEY.public_hex)
        entry = {"seed": 1, "profile": profile().to_dict(), "skin": {"preset": "palms"}}
        devices = [{"serial": serial, **entry} for serial in SERIALS]
        (home / "config.json").write_text(json.dumps({"devices": devices}))
        self.process = self.launch()
        self.ready()

    def launch(self, *more: str) -> Started:
        return Started(
            "simulator",
            [
                *(sys.executable, "-m", "devices.simulator"),
                *("--config", str(self.home / "config.json")),
                *("--ports", str(self.ports), "--state", str(self.home / "state")),
                *("--keys", str(self.home / "keys"), "--speed", "4", *more),
            ],
            os.environ,
            self.home / "log",
        )

    def ready(self, written_before: int = 0) -> None:
        def written(_: Started) -> bool:
            return (
                self.ports.exists() and self.ports.stat().st_mtime_ns > written_before
            )

        self.process.wait(written, 30)

    def address(self, serial: str) -> list[Any]:
        return json.loads(self.ports.read_text())[serial]

    def power_cut(self) -> None:
        before = self.ports.stat().st_mtime_ns
        self.process.kill()
        self.process = self.launch()
        self.ready(before)


@pytest.fixture
def simulator(tmp_path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path)
    yield simulator
    simulator.process.kill()


def test_it_names_a_port_for_each_device_and_one_for_commands(simulator):
    ports = json.loads(simulator.ports.read_text())
    assert set(ports) == {*SERIALS, "_control"}
    assert {host for host, _ in ports.values()} == {"127.0.0.1"}
    assert Control.of(simulator.ports).dump("S-2")["state"] == "idle"


def test_it_ends_on_sigterm(simulator):
    assert simulator.process.end() == 0


def test_killed_in_a_run_it_wakes_idle_with_the_log_of_all_that_was_sent(simulator):
    heard = Ear()

    async def before() -> None:
        driver = TcpDriver(*simulator.address("S-1"), CONTROL_KEY, heard)
        await driver.open(10)
        await driver.hello(9)
        await start(driver, "R1")
        await until(lambda: len(heard.readings) > 10)
        simulator.process.kill()
        await until(lambda: heard.closed)

    async def after() -> None:
        driver = TcpDriver(*simulator.address("S-1"), CONTROL_KEY, Ear())
        await driver.open(10)
        hello = await driver.hello(None)
        assert (hello.state, hello.run, hello.fence) == ("idle", None, 9)
        assert (hello.last_run.run, hello.last_run.reason) == ("R1", "reboot")
        log = await driver.read("R1", 1, 10_000)
        assert log.ended
        assert log.readings[: len(heard.readings)] == heard.readings
        driver.close()

    address = simulator.address("S-1")
    run(before())
    simulator.power_cut()
    assert simulator.address("S-1") == address
    run(after())


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--speed", "0"], "--speed 0"),
        (["--config", "nowhere.json"], "nowhere.json"),
        (["--keys", "nowhere"], "control.pub"),
    ],
)
def test_it_says_what_is_wrong_with_its_arguments(simulator, more, says):
    wrong = simulator.launch(*more)
    assert wrong.finish(30) != 0
    assert says in wrong.text
    assert "Traceback" not in wrong.text
