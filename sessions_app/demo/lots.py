"""Lots and the home device of the demo clinic: invented, and they say so."""

import datetime as dt

from django.utils import timezone

from clinic.models import Site, Staff
from sessions_app.domain.protocol import Drug, ProtocolSpec
from sessions_app.models import HomeDevice, Leg, Lot
from sessions_app.selectors.lots import drug_lots
from sessions_app.services.loans import home_device_add
from sessions_app.services.lots import LotsChosen, lot_register

SHELF_LIFE = dt.timedelta(days=365)


def lots_for(leg: Leg, by: Staff) -> LotsChosen:
    """A lot of every drug of a place, made when the site has none; idempotent."""
    spec = ProtocolSpec.from_dict(leg.session.prescription.adoption.spec)
    site = leg.session.site
    return LotsChosen(drugs=tuple(lot_of(site, drug, by) for drug in spec.drugs))


def lot_of(site: Site, drug: Drug, by: Staff) -> Lot:
    """A lot of a drug that may be used today."""
    today = timezone.localdate()
    for lot in drug_lots(site=site, drug=drug.code, day=today):
        if lot.concentration == drug.concentration:
            return lot
    strengths = Lot.objects.filter(site=site, drug=drug.code).count()
    return lot_register(
        site=site,
        by=by,
        drug=drug.code,
        concentration=drug.concentration,
        number=f"DEMO-{drug.code[:12]}-{strengths + 1}".upper(),
        expires_on=today + SHELF_LIFE,
    )


def home_device_build(site: Site, by: Staff) -> None:
    """A home device to lend; idempotent."""
    if HomeDevice.objects.filter(site=site).exists():
        return
    home_device_add(
        site=site,
        by=by,
        asset="DEMO-H1",
        serial="DEMO-H1",
        model="Simulated home unit",
        max_ua=15_000,
        service_due_on=timezone.localdate() + SHELF_LIFE,
    )
