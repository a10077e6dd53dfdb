"""The bell: everything on it may be lost, and it never holds anybody up."""

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from devices.services.waking import LIVE, channel, supervisors_wake
from devices.supervision import bus as module
from devices.supervision.bus import QUEUE, Bus
from tests.stores import WorkerStores

LONG_S = 20.0


def played(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, LONG_S))


def test_a_ring_wakes_and_an_event_is_heard(stores: WorkerStores) -> None:

    async def scene() -> None:
        wake = asyncio.Event()
        bus = Bus(wake)
        async with Redis.from_url(stores.redis_url) as redis, redis.pubsub() as ear:
            await ear.subscribe(channel(LIVE))
            while not wake.is_set():
                # Rung until the bus listens.
                await asyncio.to_thread(supervisors_wake, run_id=uuid.uuid4())
                await asyncio.sleep(0.02)
            bus.publish("an event")
            while True:
                message = await ear.get_message(ignore_subscribe_messages=True)
                if message is not None:
                    break
                await asyncio.sleep(0.02)
        assert message["data"] == b"an event"
        await bus.close()

    played(scene())


def test_a_hung_redis_costs_the_oldest_events_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene() -> None:
        bus = Bus(asyncio.Event())
        for task in bus._tasks:
            task.cancel()
        for number in range(QUEUE + 5):
            bus.publish(str(number))
        assert bus._out.qsize() == QUEUE
        assert bus._out.get_nowait() == "5"
        await bus.close()

    played(scene())


def test_it_closes_though_the_client_swallows_a_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached = asyncio.Event()

    async def swallowing(*_: object) -> None:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RedisError("the connection was lost") from None

    monkeypatch.setattr(module, "BROKEN_S", 0)
    monkeypatch.setattr(Redis, "publish", swallowing)

    async def scene() -> None:
        bus = Bus(asyncio.Event())
        bus.publish("an event")
        await reached.wait()
        await bus.close()

    played(scene())
