"""Load the catalogue that comes with the product. Nothing in it is adopted."""

from sessions_app.catalogue import published_protocols
from sessions_app.models import Protocol
from sessions_app.services.adopting import protocol_publish


def catalogue_load() -> list[Protocol]:
    """Publish every protocol of the catalogue; unchanged ones stay as they are."""
    return [protocol_publish(spec=spec) for spec in published_protocols().values()]
