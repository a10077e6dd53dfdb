"""Version 1 of the wire: verbs, their parameters, and the shapes of messages."""

from typing import Any

from devices.protocol.errors import ErrorCode, ProtocolError

VERSION = 1
WATCHDOG_MS = 8_000
ARM_MS = 30_000
MAX_AHEAD_MS = 10_000
PUSH_MS = 250
MAX_READ = 10_000
REPLAYED_COMMANDS = 256
REMEMBERED_RUNS = 1_000

CONTROL = "control"
STOP = "stop"
# A stop names its end reason; a device ends by reboot or settlement by no command.
STOP_CAUSES = frozenset(
    [
        "dose",
        "time",
        "operator",
        "patient",
        "hold_expired",
        "watchdog",
        "envelope",
        "device_fault",
    ]
)

# Kind of each parameter; "?" allows null. Unknown parameters are refused: within
# one version a typing error must not be taken for a default.
_RUN = {"run": "text"}
_COMMAND = {**_RUN, "fence": "number", "command": "text"}
VERBS: dict[str, dict[str, str]] = {
    "hello": {
        "protocol": "number",
        "key": "text",
        "scope": "text",
        "fence": "number?",
        "signature": "text",
    },
    "stage": {**_COMMAND, "programme": "object"},
    "unstage": _COMMAND,
    "arm": {**_COMMAND, "hash": "text"},
    "kickoff": {**_COMMAND, "hash": "text", "valid_until_ms": "number"},
    "read": {**_RUN, "from_seq": "number", "limit": "number"},
    "keepalive": {"run": "text?", "fence": "number", "have": "number"},
    "adjust": {
        **_COMMAND,
        "from_ua": "number",
        "to_ua": "number",
        "valid_until_ms": "number?",
    },
    "hold": {**_COMMAND, "cause": "text"},
    "resume": {**_COMMAND, "level_ua": "number", "valid_until_ms": "number"},
    "stop": {**_RUN, "command": "text", "cause": "text"},
}
STOP_SCOPE = frozenset({"hello", "stop"})
_KINDS: dict[str, type] = {"text": str, "number": int, "object": dict}
_MAX_TEXT = 256


def check_params(verb: str, params: Any) -> dict[str, Any]:
    """The parameters of a verb, all present, none else, each of its kind.

    Raises ProtocolError (method, params) that names the parameter.
    """
    wanted = VERBS.get(verb)
    if wanted is None:
        raise ProtocolError(
            ErrorCode.METHOD, f"no verb {verb!r}; version 1 has {', '.join(VERBS)}"
        )
    if not isinstance(params, dict):
        raise _bad(f"{verb}: params is an object")
    if odd := sorted(map(str, set(params) ^ set(wanted))):
        raise _bad(f"{verb}: missing or unknown {', '.join(odd)}")
    for name, kind in wanted.items():
        _check_kind(f"{verb}.{name}", params[name], kind)
    return params


def _check_kind(where: str, value: Any, kind: str) -> None:
    if value is None and kind.endswith("?"):
        return
    expected = _KINDS[kind.rstrip("?")]
    if not isinstance(value, expected) or isinstance(value, bool):
        raise _bad(f"{where} is {kind}, not {value!r}")
    if isinstance(value, str) and not 0 < len(value) <= _MAX_TEXT:
        raise _bad(f"{where} has {len(value)} characters; 1 to {_MAX_TEXT} allowed")


def _bad(text: str) -> ProtocolError:
    return ProtocolError(ErrorCode.PARAMS, text)


def answer(number: Any, result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def refusal(number: Any, error: ProtocolError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": error.to_dict()}


def notification(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}
