"""Speak to a stimulator past the product, as another controller would."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from django.conf import settings

from devices.drivers.base import DeviceEvent, Samples
from devices.drivers.keys import SigningKey
from devices.drivers.tcp import TcpDriver
from devices.protocol.canonical import programme_hash
from tests.factories import make_programme
from tests.simulators import Box

T = TypeVar("T")


class Deaf:
    """A listener that hears nothing."""

    def on_samples(self, batch: Samples) -> None: ...
    def on_event(self, event: DeviceEvent) -> None: ...
    def on_superseded(self, fence: int) -> None: ...
    def on_closed(self, cause: str) -> None: ...


def key() -> SigningKey:
    return SigningKey.load(settings.KEYS_DIR / "control.key")


def linked(box: Box, fence: int | None, act: Callable[[TcpDriver], Awaitable[T]]) -> T:
    """Sign in with a fence, do something, leave."""

    async def work() -> T:
        driver = TcpDriver(box.host, box.port, key(), Deaf())
        try:
            await driver.open(5)
            await driver.hello(fence, 5)
            return await act(driver)
        finally:
            driver.close()

    return asyncio.run(work())


def control_by_hand(box: Box, fence: int, *, start: str | None = None) -> None:
    """Take control with a fence; with `start` also start that run."""

    async def act(driver: TcpDriver) -> None:
        if start is not None:
            await start_run(driver, start)

    linked(box, fence, act)


async def start_run(driver: TcpDriver, run: str, **changes: Any) -> None:
    """Stage, arm and kick off a programme of the tests."""
    plain = make_programme(**changes).to_dict()
    digest = programme_hash(plain)
    await driver.stage(run, str(uuid.uuid4()), plain)
    await driver.arm(run, str(uuid.uuid4()), digest)
    soon = driver.clock.valid_until_ms(asyncio.get_running_loop().time() + 5)
    await driver.kickoff(run, str(uuid.uuid4()), digest, soon)
