"""The name of a place of a course."""

from sessions_app.models import PrescriptionLeg

_CHARS = 60


def place_key(leg: PrescriptionLeg) -> str:
    """Body site, side and tooth: the same over all versions of an order."""
    return " ".join(filter(None, (leg.body_site, leg.side, leg.tooth)))[:_CHARS]
