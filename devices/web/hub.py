"""One subscription per process, fanned out to every open page.

The bell of Redis brings figures early; what it does not bring within a tick
and a half is read from the database. Neither may delay the tick: a page that
gets a tick without news shows how old its figures are.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from redis.asyncio import Redis
from redis.exceptions import RedisError

from clinic.web.off_loop import off_loop
from devices.selectors.live import live_rows
from devices.services.waking import LIVE, channel

log = logging.getLogger(__name__)

TICK_S = 1.0
STALE_S = 1.5
# Chart points kept for a page that is slow to take them.
MAX_POINTS = 400

Figures = dict[str, Any]


class Page:
    """One stream: the runs that it watches and the points it has not had."""

    def __init__(self, runs: set[str]) -> None:
        self.runs = runs
        self.points: dict[str, list[Any]] = {run: [] for run in runs}

    def add(self, run: str, points: list[Any]) -> None:
        kept = self.points[run]
        kept.extend(points)
        del kept[:-MAX_POINTS]

    def take(self, run: str) -> list[Any]:
        points, self.points[run] = self.points[run], []
        return points


class Hub:
    """The fan-out of one process; made on its first stream."""

    def __init__(self) -> None:
        self._pages: set[Page] = set()
        self._latest: dict[str, Figures] = {}
        self._heard_s: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def stream(self, runs: set[str]) -> AsyncIterator[bytes]:
        """Server-sent events, one `tick` a second, until the reader goes away."""
        page = Page(runs)
        self._pages.add(page)
        self._start()
        try:
            while True:
                yield self._tick(page)
                await asyncio.sleep(TICK_S)
        finally:
            self._pages.discard(page)

    def _tick(self, page: Page) -> bytes:
        runs = {
            run: {**self._latest[run], "points": page.take(run)}
            for run in page.runs
            if run in self._latest
        }
        data = json.dumps({"at": timezone.now().isoformat(), "runs": runs})
        return f"event: tick\ndata: {data}\n\n".encode()

    def _start(self) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._listen_forever()),
                asyncio.create_task(self._read_forever()),
            ]

    def _watched(self) -> set[str]:
        return set().union(*(page.runs for page in self._pages))

    # -- Redis -------------------------------------------------------------

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.info("no live figures from redis: %s", error)
                await asyncio.sleep(TICK_S)

    async def _listen(self) -> None:
        redis = Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1
        )
        async with redis, redis.pubsub() as bell:
            await bell.subscribe(channel(LIVE))
            while True:
                message = await bell.get_message(
                    ignore_subscribe_messages=True, timeout=1.0
                )
                if message is not None:
                    self._hear(json.loads(message["data"]))

    def _hear(self, event: Figures) -> None:
        run, points = event["run"], event.pop("points")
        for page in self._pages:
            if run in page.runs:
                page.add(run, points)
        # Until the database told what the programme allows, figures alone
        # would mislead.
        if run in self._latest:
            self._latest[run] |= event
            self._heard_s[run] = asyncio.get_running_loop().time()

    # -- the database ------------------------------------------------------

    async def _read_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S / 2)
            now_s = asyncio.get_running_loop().time()
            quiet = [
                run
                for run in self._watched()
                if now_s - self._heard_s.get(run, float("-inf")) > STALE_S
            ]
            if quiet:
                await self._read(quiet)

    async def _read(self, runs: list[str]) -> None:
        try:
            async with asyncio.timeout(STALE_S):
                rows = await off_loop(live_rows, run_ids=runs)
        except (DatabaseError, TimeoutError) as error:
            log.warning("no live figures from the database: %s", error)
        else:
            self._latest |= rows


hub = Hub()
