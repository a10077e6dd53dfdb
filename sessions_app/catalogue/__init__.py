"""The published catalogue, as data of the product: rows, drugs, and adoptions of
the rows for simulated patients."""

from functools import cache

from sessions_app.catalogue.published import (
    drugs_alike,
    published_drugs,
    published_entries,
)
from sessions_app.catalogue.simulated import SimulatedAdoption, simulated_adoptions
from sessions_app.domain.protocol import ProtocolSpec

__all__ = [
    "SimulatedAdoption",
    "drugs_alike",
    "published_drugs",
    "published_entries",
    "published_protocols",
    "simulated_adoptions",
]
DEMO = ("HH-PALM", "HH-PULSE", "LE-DEX40", "SWEAT-CF")


@cache
def published_protocols() -> dict[str, ProtocolSpec]:
    """The protocols of the demo clinic, whole, by their simulated adoption."""
    return {code: simulated_adoptions()[code].spec for code in DEMO}
