"""The simulator on TCP: many devices, one timer, no task per device."""

import asyncio
import secrets
import socket
from collections import Counter
from pathlib import Path

from devices.protocol.device import DeviceSession, Reply, Verify
from devices.protocol.framing import Message, encode
from devices.protocol.messages import PUSH_MS
from devices.simulator.config import DeviceConfig
from devices.simulator.machine import Machine
from devices.simulator.memory import FileStore
from devices.simulator.verbs import Verbs

HOST = "127.0.0.1"
# Devices tick in turns, so that a stop never waits for all of them at once.
SLOTS = 10
# A controller that does not read can ask for what it missed.
_MAX_QUEUED = 1 << 20


class Device:
    """One stimulator on its own port, with the faults of its link."""

    def __init__(self, machine: Machine, verify: Verify) -> None:
        self.machine = machine
        self.lost_answers: Counter[str] = Counter()
        self.late_ms = 0
        self.frozen = False
        self.links: dict[DeviceSession, Connection] = {}
        self._verify = verify
        self._verbs = Verbs(machine)
        self._refused_until_s = 0.0
        self._server: asyncio.Server | None = None

    async def listen(self, port: int) -> int:
        """Listen on the port, or on a free one when it is taken; the port."""
        loop = asyncio.get_running_loop()
        for wanted in (port, 0):
            try:
                self._server = await loop.create_server(self._accept, HOST, wanted)
                break
            except OSError:
                if wanted == 0:
                    raise
        assert self._server is not None  # noqa: S101
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def _accept(self) -> "Connection":
        return Connection(self)

    def new_session(self) -> DeviceSession | None:
        """None while connections are refused."""
        if asyncio.get_running_loop().time() < self._refused_until_s:
            return None
        nonce = secrets.token_hex(32)
        return DeviceSession(self.machine.serial, nonce, self._verify, self._verbs)

    def tick(self) -> None:
        self.machine.tick()
        self.flush()

    def flush(self) -> None:
        """Send what the machine wants to tell."""
        outbox = self.machine.outbox
        while outbox:
            session, message = outbox.pop(0)
            link = self.links.get(session)
            if link is not None and not self.frozen:
                link.push(message)

    def freeze(self, frozen: bool) -> None:
        self.frozen = frozen
        if not frozen:
            for link in list(self.links.values()):
                link.thaw()

    def drop(self, refuse_ms: int) -> None:
        now_s = asyncio.get_running_loop().time()
        self._refused_until_s = now_s + refuse_ms / 1000
        for link in list(self.links.values()):
            link.abort()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop(0)


class Connection(asyncio.Protocol):
    """One link from a controller or a stopper."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._session: DeviceSession | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        session = self._device.new_session()
        if session is None:
            transport.abort()
            return
        transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self._session = session
        self._device.links[session] = self
        if not self._device.frozen:
            self._write(session.greeting())

    def data_received(self, data: bytes) -> None:
        if self._device.frozen:
            self._waiting += data
        elif self._session is not None:
            for reply in self._session.receive(data):
                self._reply(reply)
            self._device.flush()
            self._close_if_asked()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._session is not None:
            self._device.links.pop(self._session, None)
            self._device.machine.lost(self._session)

    def thaw(self) -> None:
        data, self._waiting = self._waiting, b""
        if data:
            self.data_received(data)

    def push(self, message: Message) -> None:
        if self._transport and self._transport.get_write_buffer_size() < _MAX_QUEUED:
            self._write(message)
        self._close_if_asked()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _reply(self, reply: Reply) -> None:
        device = self._device
        if device.lost_answers[reply.verb] > 0:
            device.lost_answers[reply.verb] -= 1
        elif device.late_ms:
            late_s, device.late_ms = device.late_ms / 1000, 0
            asyncio.get_running_loop().call_later(late_s, self._write, reply.message)
        else:
            self._write(reply.message)

    def _write(self, message: Message) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(message))

    def _close_if_asked(self) -> None:
        if self._session is not None and self._session.closing and self._transport:
            self._transport.close()


class Host:
    """All devices of one process, advanced by one timer."""

    def __init__(
        self, configs: list[DeviceConfig], state: Path, speed: int, verify: Verify
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._slot = 0
        self._next_s = loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.devices = {
            config.serial: Device(
                Machine(
                    config,
                    FileStore(state / config.serial),
                    lambda: int(loop.time() * 1000),
                    speed,
                ),
                verify,
            )
            for config in configs
        }
        self._turns = [list(self.devices.values())[n::SLOTS] for n in range(SLOTS)]

    async def listen(self, ports: dict[str, int]) -> dict[str, list[str | int]]:
        """Open every port, the earlier one if it is free; `{serial: [host, port]}`."""
        return {
            serial: [HOST, await device.listen(ports.get(serial, 0))]
            for serial, device in self.devices.items()
        }

    def run(self) -> None:
        """Tick one slot and come again."""
        for device in self._turns[self._slot]:
            device.tick()
        self._slot = (self._slot + 1) % SLOTS
        period_s = PUSH_MS / 1000 / SLOTS
        # Late ticks are not made up for: machines catch up by their own clock.
        self._next_s = max(self._next_s + period_s, self._loop.time())
        self._timer = self._loop.call_at(self._next_s, self.run)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for device in self.devices.values():
            device.close()
