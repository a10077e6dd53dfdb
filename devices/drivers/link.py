"""One TCP link: connect, ask with a deadline, hand on what the device pushes."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

from devices.drivers import base
from devices.drivers.answers import event_from, malformed_event, part, samples_from
from devices.drivers.base import Json
from devices.drivers.keys import SigningKey
from devices.protocol.canonical import hello_bytes
from devices.protocol.client import Answer, ClientSession, Note
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import VERSION


class Trip(NamedTuple):
    """A result and when, on the loop's clock, its question left and it came."""

    result: Any
    sent_s: float
    received_s: float


def require_tls(host: str, tls: ssl.SSLContext | None) -> None:
    """Raises InsecureLink for an address that is not loopback without TLS."""
    if tls is None and not is_loopback(host):
        raise base.InsecureLink(
            f"{host} is not loopback and the link has no TLS; "
            "set the certificate authority of the stimulators"
        )


def is_loopback(host: str) -> bool:
    """Whether an address never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Link(asyncio.Protocol):
    """The link itself, without any verb but the signature of `hello`."""

    def __init__(self, listener: base.Listener | None) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._session = ClientSession()
        self._waiting: dict[int, asyncio.Future[tuple[Answer, float]]] = {}
        self._challenge: asyncio.Future[Json] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._cause: str | None = None

    async def open(
        self, host: str, port: int, tls: ssl.SSLContext | None, deadline_s: float
    ) -> Json:
        """Connect and wait for the challenge; raises LinkLost, InsecureLink."""
        require_tls(host, tls)
        try:
            async with asyncio.timeout(deadline_s):
                await self._loop.create_connection(lambda: self, host, port, ssl=tls)
                return await self._challenge
        except (OSError, TimeoutError) as error:
            cause = str(error) or f"no challenge within {deadline_s:g} s"
            self.close(cause)
            raise base.LinkLost("open", f"{host}:{port}: {cause}") from error

    def hello_params(self, key: SigningKey, scope: str, fence: int | None) -> Json:
        """Parameters of `hello`, the challenge signed."""
        challenge = self._challenge.result()
        message = hello_bytes(
            device=challenge["device"],
            fence=fence,
            nonce=challenge["nonce"],
            protocol=VERSION,
            scope=scope,
        )
        return {
            "protocol": VERSION,
            "key": key.public_hex,
            "scope": scope,
            "fence": fence,
            "signature": key.sign(message),
        }

    def send(
        self, verb: str, params: Json
    ) -> tuple[int, asyncio.Future[tuple[Answer, float]]]:
        """Write a request; the future of its answer. Raises LinkLost."""
        if self._transport is None or self._transport.is_closing():
            raise base.LinkLost(verb, self._cause or "link is not open")
        number, data = self._session.request(verb, params)
        future = self._waiting[number] = self._loop.create_future()
        self._transport.write(data)
        return number, future

    async def ask(
        self, verb: str, params: Json, deadline_s: float | None, *, raises: bool = False
    ) -> Trip:
        """One request and its answer.

        `raises` says whether the command raises current, hence what a lost
        answer leaves open. Raises Refused, NoAnswer, LinkLost.
        """
        wait_s = base.DEADLINES_S[verb] if deadline_s is None else deadline_s
        sent_s = self._loop.time()
        number, future = self.send(verb, params)
        try:
            async with asyncio.timeout(wait_s):
                answer, received_s = await future
        except TimeoutError:
            raise base.NoAnswer(verb, wait_s, may_have_flowed=raises) from None
        except ConnectionError as error:
            raise base.LinkLost(verb, str(error), may_have_flowed=raises) from None
        finally:
            self._waiting.pop(number, None)
            self._session.forget(number)
        return Trip(_result(answer), sent_s, received_s)

    def read_as(
        self, verb: str, parse: Callable[[Any], Any], result: Any, *, raises: bool
    ) -> Any:
        """Parse a result; a malformed one ends the link and is LinkLost."""
        try:
            return parse(result)
        except ValueError as error:
            self.close(f"malformed answer to {verb}: {error}")
            raise base.LinkLost(verb, str(error), may_have_flowed=raises) from error

    def close(self, cause: str) -> None:
        self._cause = self._cause or cause
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        # A late small packet is a late STOP: Nagle with delayed ACK costs 40 ms.
        transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        if self._cause:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        received_s = self._loop.time()
        try:
            for item in self._session.receive(data):
                if isinstance(item, Answer):
                    self._answer(item, received_s)
                elif isinstance(item, Note):
                    self._note(item)
        except (ProtocolError, ValueError) as error:
            self.close(f"device sent what is not protocol 1: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._cause = self._cause or (str(exc) if exc else "the device closed it")
        error = ConnectionError(self._cause)
        for future in self._waiting.values():
            _fail(future, error)
        _fail(self._challenge, error)
        if self._listener is not None:
            self._listener.on_closed(self._cause)

    def _answer(self, answer: Answer, received_s: float) -> None:
        future = self._waiting.get(answer.id)
        if future is not None and not future.done():
            future.set_result((answer, received_s))

    def _note(self, note: Note) -> None:
        if note.method == "challenge":
            self._take_challenge(note.params)
        elif self._listener is None:
            return
        elif note.method == "samples":
            batch = samples_from(note.params)
            self._listener.on_samples(batch)
            for why in batch.malformed:
                self._listener.on_event(malformed_event(batch.run, why))
        elif note.method == "event":
            self._listener.on_event(event_from(note.params))
        elif note.method == "superseded":
            self._listener.on_superseded(part(note.params, "fence", int))

    def _take_challenge(self, params: Json) -> None:
        version = part(params, "protocol", int)
        if version != VERSION:
            raise ValueError(f"it speaks version {version}, this driver {VERSION}")
        part(params, "device", str)
        part(params, "nonce", str)
        if not self._challenge.done():
            self._challenge.set_result(params)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        # Read once here: nobody may be waiting, and that is no leak.
        future.exception()


def _result(answer: Answer) -> Any:
    if answer.error is None:
        return answer.result
    data = answer.error.get("data", {})
    raise base.Refused(
        answer.verb,
        answer.error["code"],
        str(data.get("name", "unknown")),
        str(answer.error.get("message", "")),
        data,
    )
