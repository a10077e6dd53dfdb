"""Published protocols, as data of the product: `protocols.json`."""

import json
from functools import cache
from pathlib import Path

from sessions_app.domain.protocol import ProtocolSpec

_FILE = Path(__file__).with_name("protocols.json")


@cache
def published_protocols() -> dict[str, ProtocolSpec]:
    """Every protocol of the catalogue by its code, in the order of the file."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["protocols"]
    specs = [ProtocolSpec.from_dict(row) for row in rows]
    return {spec.code: spec for spec in specs}
