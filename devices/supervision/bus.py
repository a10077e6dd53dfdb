"""Redis as a bell: wakes supervisors, carries live figures to screens.

Everything here may be lost. Publishing goes through a short queue that drops
its oldest entry, so a hung Redis costs freshness and nothing else.
"""

import asyncio
import contextlib
import logging

from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from devices.services.waking import LIVE, WAKE, channel

log = logging.getLogger(__name__)

QUEUE = 2000
BROKEN_S = 1.0
CLOSE_S = 0.5


class Bus:
    """One connection out, one in; sets `wake` whenever someone rings."""

    def __init__(self, wake: asyncio.Event) -> None:
        self._wake = wake
        self._out: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self._redis = Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1
        )
        self._tasks = [
            asyncio.create_task(self._publish_forever()),
            asyncio.create_task(self._listen_forever()),
        ]

    def publish(self, event: str) -> None:
        """Queue a live event; the oldest is dropped when Redis does not keep up."""
        if self._out.full():
            self._out.get_nowait()
        self._out.put_nowait(event)

    async def _publish_forever(self) -> None:
        while True:
            event = await self._out.get()
            try:
                await self._redis.publish(channel(LIVE), event)
            except (RedisError, OSError):
                await asyncio.sleep(BROKEN_S)

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.info("no bell from redis: %s", error)
                await asyncio.sleep(BROKEN_S)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as bell:
            await bell.subscribe(channel(WAKE))
            while True:
                message = await bell.get_message(
                    ignore_subscribe_messages=True, timeout=1.0
                )
                if message is not None:
                    self._wake.set()

    async def close(self) -> None:
        """End both connections."""
        pending = set(self._tasks)
        while pending:
            # Again and again: the client may take a cancellation for a lost
            # connection, and its task would then wait for ever.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=CLOSE_S)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._redis.aclose()
