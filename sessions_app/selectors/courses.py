"""Courses as pages and services read them: each place by its rung, the next visit."""

from sessions_app.models import PrescriptionLeg


def place_key(leg: PrescriptionLeg) -> str:
    """The name of a treated place, the same over all versions of an order."""
    return " ".join(filter(None, (leg.body_site, leg.side, leg.tooth)))[:60]
