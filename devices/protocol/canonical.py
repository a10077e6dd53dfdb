"""Canonical bytes: what is hashed and what is signed.

The form is JSON in UTF-8 with object keys sorted by code point, no white
space, no escapes beyond those JSON demands, and no numbers but integers. Two
makers that follow `docs/protocol.md` get the same bytes.
"""

import hashlib
import json
from typing import Any

Json = dict[str, Any]


def canonical_json(value: Any) -> bytes:
    """Canonical bytes of a JSON value.

    Raises TypeError for a float, a non-string key or a foreign type, and
    ValueError for text that is no Unicode.
    """
    _check(value, "$")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def programme_hash(programme: Json) -> str:
    """SHA-256 of the canonical programme, 64 lower-case hex digits."""
    return hashlib.sha256(canonical_json(programme)).hexdigest()


def hello_bytes(
    *, device: str, fence: int | None, nonce: str, protocol: int, scope: str
) -> bytes:
    """What the key of a controller signs in `hello`."""
    return canonical_json(
        {
            "device": device,
            "fence": fence,
            "nonce": nonce,
            "protocol": protocol,
            "scope": scope,
        }
    )


def _check(value: Any, path: str) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path}: key {key!r} is no text")
            _check(item, f"{path}.{key}")
    else:
        raise TypeError(
            f"{path}: {value!r} has no canonical form; use integers with a unit"
        )
