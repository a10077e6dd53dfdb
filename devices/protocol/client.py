"""The controller's side of a link without a socket: requests out, answers matched."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from devices.protocol.errors import ErrorCode, ProtocolError
from devices.protocol.framing import LineBuffer, Message, decode_line, encode


class Answer(NamedTuple):
    """The reply to request `id`: `result`, or `error` when the device said no."""

    id: int
    verb: str
    result: Any
    error: dict[str, Any] | None


class Note(NamedTuple):
    """A notification: `challenge`, `samples`, `event` or `superseded`."""

    method: str
    params: dict[str, Any]


class Unmatched(NamedTuple):
    """A reply to nothing that waits, most often one that came after its deadline."""

    id: Any


@dataclass(slots=True)
class ClientSession:
    """Numbers requests and matches replies by id, in whatever order they come."""

    _next_id: int = 1
    _waiting: dict[int, str] = field(default_factory=dict)
    _lines: LineBuffer = field(default_factory=LineBuffer)

    def request(self, verb: str, params: dict[str, Any]) -> tuple[int, bytes]:
        """The id and the bytes of a new request."""
        number = self._next_id
        data = encode(
            {"jsonrpc": "2.0", "id": number, "method": verb, "params": params}
        )
        self._next_id += 1
        self._waiting[number] = verb
        return number, data

    def forget(self, number: int) -> None:
        """Stop waiting for a reply; should it come, it is Unmatched."""
        self._waiting.pop(number, None)

    def receive(self, data: bytes) -> list[Answer | Note | Unmatched]:
        """What the bytes complete.

        Raises ProtocolError for a line that is none of a device's: the link
        can no longer be trusted to be in step and must be closed.
        """
        return [self._read(decode_line(line)) for line in self._lines.feed(data)]

    def _read(self, message: Message) -> Answer | Note | Unmatched:
        if "method" in message:
            return _note(message)
        number = message.get("id")
        error = message.get("error")
        if number is None:
            raise ProtocolError(
                ErrorCode.INVALID, f"device could not read a request: {error}"
            )
        verb = self._waiting.pop(number, None) if type(number) is int else None
        if verb is None:
            return Unmatched(number)
        if error is not None:
            return Answer(number, verb, None, _checked_error(verb, error))
        if "result" not in message:
            raise ProtocolError(
                ErrorCode.INVALID, f"reply to {verb} has neither result nor error"
            )
        return Answer(number, verb, message["result"], None)


def _note(message: Message) -> Note:
    params = message.get("params")
    if "id" in message or not isinstance(params, dict):
        raise ProtocolError(
            ErrorCode.INVALID, f"{message['method']!r} is no notification of a device"
        )
    return Note(str(message["method"]), params)


def _checked_error(verb: str, error: Any) -> dict[str, Any]:
    if not (
        isinstance(error, dict)
        and type(error.get("code")) is int
        and isinstance(error.get("data", {}), dict)
    ):
        raise ProtocolError(
            ErrorCode.INVALID, f"reply to {verb} carries a malformed error {error!r}"
        )
    return error
