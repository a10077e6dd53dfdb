"""A proposal: what is suggested, by which rule and version, from which inputs.

A person accepts, changes or rejects it. Its inputs alone lead to the same answer
again, for as long as its engine version is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENGINE = "1"
WHY_CHARS = 400


class ReplayError(ValueError):
    """Inputs that no engine of this product can read; the text says which."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`kind` is step, current or date. `rule` is the main one of `rules`; `inputs`
    and `result` are JSON-ready, `ladder` and `ladder_version` name the data."""

    kind: str
    rule: str
    rules: tuple[str, ...]
    engine: str
    ladder: str
    ladder_version: int
    inputs: Mapping[str, Any]
    result: Mapping[str, Any]
    why: str
