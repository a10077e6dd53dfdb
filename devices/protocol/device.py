"""The stimulator's side of a link without a socket: sign-in, scope, dispatch.

Any stimulator can put its own `Handler` behind this. What needs memory (fence,
run UUIDs, repeated commands) belongs to the handler; what belongs to one
connection is here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from devices.protocol.canonical import hello_bytes
from devices.protocol.errors import ErrorCode, ProtocolError
from devices.protocol.framing import LineBuffer, Message, decode_line
from devices.protocol.messages import (
    CONTROL,
    STOP,
    STOP_SCOPE,
    VERSION,
    answer,
    check_params,
    notification,
    refusal,
)

Json = dict[str, Any]
# (public key, scope, signature, message) -> whether this device trusts it
Verify = Callable[[str, str, str, bytes], bool]


class Handler(Protocol):
    """The stimulator behind the link; refuses by raising ProtocolError."""

    def handle(self, session: "DeviceSession", verb: str, params: Json) -> Json: ...


class Reply(NamedTuple):
    """A message to send back, and the verb that it answers ("" if unreadable)."""

    verb: str
    message: Message


@dataclass(eq=False, slots=True)
class DeviceSession:
    """One connection. `scope` is None until a `hello` was trusted.

    `closing` asks the transport to close once what is queued is sent.
    """

    device: str
    nonce: str
    verify: Verify
    handler: Handler
    scope: str | None = None
    fence: int | None = None
    closing: bool = False
    _lines: LineBuffer = field(default_factory=LineBuffer)

    def greeting(self) -> Message:
        return notification(
            "challenge",
            {"protocol": VERSION, "device": self.device, "nonce": self.nonce},
        )

    def receive(self, data: bytes) -> list[Reply]:
        """Replies to what the bytes complete; each line is answered for itself."""
        if self.closing:
            return []
        try:
            lines = self._lines.feed(data)
        except ProtocolError as error:
            self.closing = True
            return [Reply("", refusal(None, error))]
        return [self._reply(line) for line in lines]

    def _reply(self, line: bytes) -> Reply:
        number: Any = None
        verb = ""
        try:
            message = decode_line(line)
            number = _request_id(message)
            verb = str(message.get("method"))
            params = check_params(verb, message.get("params"))
            return Reply(verb, answer(number, self._run(verb, params)))
        except ProtocolError as error:
            return Reply(verb, refusal(number, error))

    def _run(self, verb: str, params: Json) -> Json:
        if verb == "hello":
            self._sign_in(params)
        elif self.scope is None:
            raise ProtocolError(
                ErrorCode.UNAUTHORISED, f"{verb} before hello; sign the challenge first"
            )
        elif self.scope == STOP and verb not in STOP_SCOPE:
            raise ProtocolError(
                ErrorCode.SCOPE, f"{verb} needs scope control; this link may only stop"
            )
        return self.handler.handle(self, verb, params)

    def _sign_in(self, params: Json) -> None:
        scope, fence = params["scope"], params["fence"]
        if params["protocol"] != VERSION:
            raise ProtocolError(
                ErrorCode.PARAMS,
                f"protocol {params['protocol']} asked; this device speaks {VERSION}",
            )
        if scope not in (CONTROL, STOP) or (scope == STOP and fence is not None):
            raise ProtocolError(
                ErrorCode.PARAMS, "scope is control, or stop with fence null"
            )
        signed = hello_bytes(
            device=self.device,
            fence=fence,
            nonce=self.nonce,
            protocol=VERSION,
            scope=scope,
        )
        if not self.verify(params["key"], scope, params["signature"], signed):
            raise ProtocolError(
                ErrorCode.UNAUTHORISED,
                f"key not trusted for scope {scope}, or it did not sign this challenge",
            )
        self.scope = scope


def _request_id(message: Message) -> int | str:
    number = message.get("id")
    if not isinstance(number, int | str) or isinstance(number, bool):
        raise ProtocolError(
            ErrorCode.INVALID, f"a request has an id, number or text, not {number!r}"
        )
    return number
