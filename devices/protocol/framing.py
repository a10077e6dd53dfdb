"""Lines on the wire: bytes in, messages out; no sockets here."""

import json
from typing import Any

from devices.protocol.errors import ErrorCode, ProtocolError

MAX_LINE = 1 << 20

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """One message as one line; a line over 1 MiB raises ValueError."""
    line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    if len(line) > MAX_LINE:
        raise ValueError(
            f"message of {len(line)} bytes exceeds the line limit of {MAX_LINE}; "
            "ask for fewer samples"
        )
    return line


def decode_line(line: bytes) -> Message:
    """The JSON-RPC 2.0 object of one line without its line feed.

    Raises ProtocolError (parse, invalid) that names what is wrong.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            ErrorCode.PARSE, f"line of {len(line)} bytes is no JSON: {error}"
        ) from None
    if not isinstance(message, dict):
        raise ProtocolError(
            ErrorCode.INVALID, f"a message is one object, not {type(message).__name__}"
        )
    if message.get("jsonrpc") != "2.0":
        raise ProtocolError(
            ErrorCode.INVALID, f'jsonrpc is "2.0", not {message.get("jsonrpc")!r}'
        )
    return message


class LineBuffer:
    """Splits a byte stream into lines; holds at most one partial line."""

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._max = max_line
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Whole lines without line feed; blank lines are dropped.

        Raises ProtocolError (parse) for a line over the limit. The stream
        cannot be followed after that: close the link.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        longest = max(map(len, lines), default=0)
        if max(longest, len(self._rest)) > self._max:
            raise ProtocolError(
                ErrorCode.PARSE,
                f"line longer than {self._max} bytes; the link is closed",
            )
        return [line for line in lines if line.strip()]
