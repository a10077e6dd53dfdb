"""A stimulator whose lines are changed on their way: a proxy on a real port."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from tests.simulators import Box

Json = dict[str, Any]
# A message of the device in, the lines that go on instead of it out.
Change = Callable[[Json], list[Json | bytes]]


def unchanged(message: Json) -> list[Json | bytes]:
    return [message]


class Meddler:
    """Stands between a supervisor and a box; `change` may be set at any time."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self.change: Change = unchanged
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def box(self) -> Box:
        """The same stimulator at the meddler's port."""
        return replace(self._box, port=self._port)

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)
        self._port = starting.result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> int:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        back, forth = await asyncio.open_connection(self._box.host, self._box.port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, forth, meddle=False))
                both.create_task(self._pump(back, writer, meddle=True))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            forth.close()
            writer.close()
            self._tasks.discard(task)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        meddle: bool,
    ) -> None:
        while line := await source.readline():
            for out in self.change(json.loads(line)) if meddle else [line]:
                text = out if isinstance(out, bytes) else json.dumps(out).encode()
                target.write(text.rstrip(b"\n") + b"\n")
            await target.drain()
        raise ConnectionError("closed")
