"""Driver for stimulators that speak docs/protocol.md over TCP."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from devices.drivers import base
from devices.drivers.answers import (
    alive_from,
    hello_from,
    log_from,
    part,
    stop_answer_from,
)
from devices.drivers.base import Json
from devices.drivers.clock import DeviceClock
from devices.drivers.keys import SigningKey
from devices.drivers.link import Link, Trip, require_tls
from devices.protocol.messages import CONTROL, STOP

T = TypeVar("T")


class TcpDriver:
    """One link of one controller; see `devices.drivers.base.Driver`.

    `clock` learns the device's clock from every answer that carries `now_ms`;
    its local times are those of `loop.time()`. Make one inside a running loop;
    it is used once: after `on_closed` make another.
    """

    def __init__(
        self,
        host: str,
        port: int,
        key: SigningKey,
        listener: base.Listener,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        require_tls(host, tls)
        self._address = (host, port)
        self._tls = tls
        self._key = key
        self._link = Link(listener)
        self._fence: int | None = None
        self._boot: str | None = None
        self.clock = DeviceClock()

    async def open(self, deadline_s: float | None = None) -> str:
        wait_s = base.DEADLINES_S["open"] if deadline_s is None else deadline_s
        challenge = await self._link.open(*self._address, self._tls, wait_s)
        return str(challenge["device"])

    async def hello(
        self, fence: int | None, deadline_s: float | None = None
    ) -> base.Hello:
        params = self._link.hello_params(self._key, CONTROL, fence)
        trip = await self._link.ask("hello", params, deadline_s)
        hello = self._parse("hello", hello_from, trip)
        if hello.boot != self._boot:
            # Another boot counts from another zero: the old offset is void.
            self._boot, self.clock = hello.boot, DeviceClock()
        self.clock.observe(trip.sent_s, trip.received_s, hello.now_ms)
        self._fence = fence
        return hello

    async def stage(
        self, run: str, command: str, programme: Json, deadline_s: float | None = None
    ) -> str:
        params = self._command(run, command, programme=programme)
        trip = await self._link.ask("stage", params, deadline_s)
        return self._field("stage", "hash", str, trip)

    async def unstage(
        self, run: str, command: str, deadline_s: float | None = None
    ) -> None:
        await self._link.ask("unstage", self._command(run, command), deadline_s)

    async def arm(
        self, run: str, command: str, digest: str, deadline_s: float | None = None
    ) -> int:
        params = self._command(run, command, hash=digest)
        trip = await self._link.ask("arm", params, deadline_s)
        return self._field("arm", "expires_ms", int, trip)

    async def kickoff(
        self,
        run: str,
        command: str,
        digest: str,
        valid_until_ms: int,
        deadline_s: float | None = None,
    ) -> int:
        params = self._command(run, command, hash=digest, valid_until_ms=valid_until_ms)
        trip = await self._link.ask("kickoff", params, deadline_s, raises=True)
        return self._field("kickoff", "started_ms", int, trip, raises=True)

    async def read(
        self, run: str, from_seq: int, limit: int, deadline_s: float | None = None
    ) -> base.Log:
        params = {"run": run, "from_seq": from_seq, "limit": limit}
        trip = await self._link.ask("read", params, deadline_s)
        return self._parse("read", log_from, trip)

    async def keepalive(
        self, run: str | None, have: int, deadline_s: float | None = None
    ) -> base.Alive:
        params = {"run": run, "fence": self._fence or 0, "have": have}
        trip = await self._link.ask("keepalive", params, deadline_s)
        alive = self._parse("keepalive", alive_from, trip)
        self.clock.observe(trip.sent_s, trip.received_s, alive.now_ms)
        return alive

    async def adjust(
        self,
        run: str,
        command: str,
        from_ua: int,
        to_ua: int,
        valid_until_ms: int | None,
        deadline_s: float | None = None,
    ) -> int:
        up = to_ua > from_ua
        params = self._command(
            run, command, from_ua=from_ua, to_ua=to_ua, valid_until_ms=valid_until_ms
        )
        trip = await self._link.ask("adjust", params, deadline_s, raises=up)
        return self._field("adjust", "level_ua", int, trip, raises=up)

    async def hold(
        self, run: str, command: str, cause: str, deadline_s: float | None = None
    ) -> None:
        params = self._command(run, command, cause=cause)
        await self._link.ask("hold", params, deadline_s)

    async def resume(
        self,
        run: str,
        command: str,
        level_ua: int,
        valid_until_ms: int,
        deadline_s: float | None = None,
    ) -> None:
        params = self._command(
            run, command, level_ua=level_ua, valid_until_ms=valid_until_ms
        )
        await self._link.ask("resume", params, deadline_s, raises=True)

    async def stop(
        self, run: str, command: str, cause: str, deadline_s: float | None = None
    ) -> base.StopAnswer:
        params = {"run": run, "command": command, "cause": cause}
        trip = await self._link.ask("stop", params, deadline_s)
        return self._parse("stop", stop_answer_from, trip)

    def close(self) -> None:
        self._link.close("closed here")

    def _command(self, run: str, command: str, **more: Any) -> Json:
        # Fence 0 is never granted: without control the device says stale_fence.
        return {"run": run, "fence": self._fence or 0, "command": command, **more}

    def _parse(
        self, verb: str, parse: Callable[[Any], T], trip: Trip, raises: bool = False
    ) -> T:
        parsed: T = self._link.read_as(verb, parse, trip.result, raises=raises)
        return parsed

    def _field(
        self, verb: str, name: str, kind: type[T], trip: Trip, raises: bool = False
    ) -> T:
        def parse(result: Any) -> T:
            value: T = part(result, name, kind)
            return value

        return self._parse(verb, parse, trip, raises)


async def stop_once(
    host: str,
    port: int,
    key: SigningKey,
    run: str,
    command: str,
    cause: str,
    deadline_s: float,
    *,
    serial: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> base.StopAnswer:
    """Stop a run over a connection of its own, with a stop-only key.

    Needs no fence, no lease and no other link. Both requests leave together,
    so the stop waits for no answer. `serial` guards against an address that
    now belongs to another stimulator. `deadline_s` bounds the whole. Raises
    DriverError.
    """
    link = Link(None)
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + deadline_s
    try:
        challenge = await link.open(host, port, tls, deadline_s)
        if serial is not None and challenge["device"] != serial:
            raise base.LinkLost(
                "stop", f"{host}:{port} is {challenge['device']}, not {serial}"
            )
        link.send("hello", link.hello_params(key, STOP, None))
        params = {"run": run, "command": command, "cause": cause}
        trip = await link.ask("stop", params, max(0.0, ends_s - loop.time()))
        answer: base.StopAnswer = link.read_as(
            "stop", stop_answer_from, trip.result, raises=False
        )
        return answer._replace(device=str(challenge["device"]))
    finally:
        link.close("stop sent")
