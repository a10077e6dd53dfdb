"""The rest of each place: how much is left, and whether it may be given."""

from typing import Any

from clinic.jinja import dose_text
from clinic.quantities import clock_text
from devices.selectors.fleet import choices
from sessions_app.domain.continuation import Rest
from sessions_app.models import Leg, TreatmentSession
from sessions_app.selectors.diagnostics import diagnostic_of
from sessions_app.selectors.doses import rest_proposal
from sessions_app.services.continuing import FRESH_CHECKS
from sessions_app.web.before import stimulator_rows
from sessions_app.web.lot_fields import lot_fields
from sessions_app.web.words import place_name


def rest_cards(session: TreatmentSession) -> list[dict[str, Any]]:
    """A proposal for each place that is not whole, allowed or with the reason; none
    for a test, which is done whole or anew."""
    if diagnostic_of(session.prescription):
        return []
    proposed = [(leg, rest_proposal(leg=leg)) for leg in session.legs.all()]
    return [
        _card(session, leg, rest)
        for leg, rest in proposed
        if rest is not None and (rest.remaining_nc or rest.allowed)
    ]


def _card(session: TreatmentSession, leg: Leg, rest: Rest) -> dict[str, Any]:
    offered = choices(site_id=session.site_id, is_simulated=session.is_simulated)
    free = [choice.stimulator for choice in offered if not choice.why_not]
    return {
        "leg": leg.order,
        "place": place_name(leg.prescribed),
        "left": _left(rest),
        "allowed": rest.allowed,
        "why": rest.why,
        "stimulators": stimulator_rows(offered, free[0] if free else None),
        "checks": FRESH_CHECKS.items(),
        "lots": lot_fields(leg, _used(leg)),
    }


def _left(rest: Rest) -> str:
    if rest.remaining_ms is None:
        return dose_text(rest.remaining_nc, 2)
    return f"{clock_text(rest.remaining_ms)} min"


def _used(leg: Leg) -> dict[str, str]:
    """The lots that are on this place already, chosen again."""
    uses = leg.lot_uses.select_related("lot")
    return {f"lot-{use.lot.drug or use.role}": str(use.lot_id) for use in uses}
