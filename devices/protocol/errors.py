"""What a stimulator answers when it does not do what it was asked."""

from enum import IntEnum
from typing import Any


class ErrorCode(IntEnum):
    """`error.code` on the wire; `error.data.name` is the name in lower case."""

    PARSE = -32700
    INVALID = -32600
    METHOD = -32601
    PARAMS = -32602
    UNAUTHORISED = 1
    STALE_FENCE = 2
    WRONG_STATE = 3
    WRONG_RUN = 4
    STOPPED = 5
    USED_RUN = 6
    HASH_MISMATCH = 7
    EXPIRED = 8
    REFUSED_PROGRAMME = 9
    REFUSED_ADJUST = 10
    LIMIT = 11
    SCOPE = 12
    NOT_READY = 13


class ProtocolError(Exception):
    """A refusal as it travels: code, sentence, and data with `name`."""

    def __init__(self, code: ErrorCode, message: str, **data: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = {"name": code.name.lower(), **data}

    def to_dict(self) -> dict[str, Any]:
        """The JSON-RPC error object."""
        return {"code": int(self.code), "message": self.message, "data": self.data}
