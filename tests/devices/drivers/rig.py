"""Simulated devices on real sockets in the loop of a test, and a listener."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from devices.core.programme import Programme
from devices.core.reading import Reading
from devices.drivers.base import DeviceEvent, Driver, Samples
from devices.drivers.keys import SigningKey
from devices.drivers.tcp import TcpDriver
from devices.simulator import faults
from devices.simulator.keys import trust
from devices.simulator.server import Device, Host
from tests.devices.simulator.parts import config, time_programme

T = TypeVar("T")
CONTROL_KEY = SigningKey("11" * 32)
STOP_KEY = SigningKey("22" * 32)
STRANGER = SigningKey("33" * 32)
# Many times what any answer takes here; a test that waits this long has failed.
PATIENCE_S = 20.0


def run(test: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(test, PATIENCE_S))


async def until(met: Callable[[], Any]) -> None:
    """Let the loop run until a condition holds."""
    while not met():
        await asyncio.sleep(0.002)


class Ear:
    """A listener that keeps all it hears."""

    def __init__(self) -> None:
        self.batches: list[Samples] = []
        self.events: list[DeviceEvent] = []
        self.superseded: list[int] = []
        self.closed: list[str] = []

    def on_samples(self, batch: Samples) -> None:
        self.batches.append(batch)

    def on_event(self, event: DeviceEvent) -> None:
        self.events.append(event)

    def on_superseded(self, fence: int) -> None:
        self.superseded.append(fence)

    def on_closed(self, cause: str) -> None:
        self.closed.append(cause)

    @property
    def readings(self) -> list[Reading]:
        return [reading for batch in self.batches for reading in batch.readings]

    def heard(self, kind: str) -> bool:
        return any(event.kind == kind for event in self.events)


class Rig:
    """One simulated stimulator, and drivers to it."""

    def __init__(self, host: Host, address: tuple[str, int]) -> None:
        self.host = host
        self.address = address
        self.device: Device = host.devices["S-1"]
        self.machine = self.device.machine
        self._drivers: list[Driver] = []

    def driver(self, key: SigningKey = CONTROL_KEY) -> tuple[Driver, Ear]:
        ear = Ear()
        driver = TcpDriver(*self.address, key, ear)
        self._drivers.append(driver)
        return driver, ear

    async def control(self, fence: int = 1) -> tuple[Driver, Ear]:
        """A driver in control."""
        driver, ear = self.driver()
        await driver.open()
        await driver.hello(fence)
        return driver, ear

    def fault(self, name: str, **arguments: Any) -> None:
        faults.apply(self.device, name, arguments)
        self.device.flush()

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()


@asynccontextmanager
async def rig(state: Path, *, speed: int = 1, **changes: Any) -> AsyncIterator[Rig]:
    """A device that ticks, on a free port; closed again with its links."""
    verify = trust([CONTROL_KEY.public_hex], [STOP_KEY.public_hex])
    host = Host([config(**changes)], state, speed, verify)
    ports = await host.listen({})
    host.run()
    rig = Rig(host, (str(ports["S-1"][0]), int(ports["S-1"][1])))
    try:
        yield rig
    finally:
        rig.close()
        host.close()
        await asyncio.sleep(0)


def in_rig(test: Callable[[Rig], Awaitable[T]], state: Path, **changes: Any) -> T:
    """Run a test against one device."""

    async def whole() -> T:
        async with rig(state, **changes) as here:
            return await test(here)

    return run(whole())


def command() -> str:
    return str(uuid.uuid4())


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def start(driver: Driver, run_id: str, programme: Programme | None = None) -> str:
    """stage, arm, kickoff; the hash."""
    plain = (programme or time_programme()).to_dict()
    digest = await driver.stage(run_id, command(), plain)
    await driver.arm(run_id, command(), digest)
    until_ms = driver.clock.valid_until_ms(now_s() + 5)
    await driver.kickoff(run_id, command(), digest, until_ms)
    return digest
