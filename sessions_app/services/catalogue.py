"""Load the catalogue that comes with the product. Nothing in it is adopted."""

import json
from pathlib import Path

from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import Protocol
from sessions_app.services.prescribing import protocol_publish

FILE = Path(__file__).resolve().parent.parent / "catalogue" / "protocols.json"


def catalogue_load() -> list[Protocol]:
    """Publish every protocol of the catalogue file; unchanged ones stay as they are."""
    entries = json.loads(FILE.read_text())["protocols"]
    return [protocol_publish(spec=ProtocolSpec.from_dict(entry)) for entry in entries]
