"""Each row of the catalogue on a simulated patient of its own, on real parts."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connections, transaction
from django.utils import timezone

from clinic.errors import Refusal
from clinic.models import Patient, Role, Site, Staff
from devices.models import Stimulator
from sessions_app.catalogue import SimulatedAdoption, published_entries
from sessions_app.catalogue.simulated import SimulatedPad
from sessions_app.demo.adopting import demo_adopt
from sessions_app.demo.clinic import BOXES
from sessions_app.demo.clinician import Failed, Treated, treat
from sessions_app.demo.visiting import consents_give
from sessions_app.domain.places import place_text
from sessions_app.models import ElectrodeType, Prescription, ProtocolAdoption
from sessions_app.services.adopting import adoption_second
from sessions_app.services.prescribing import (
    LegOrder,
    prescription_sign,
    prescription_write,
)
from sessions_app.services.scheduling import session_schedule

DAYS = 30
# Wide electrodes carry currents that the skin under a small pad would not let by.
WIDE_MM2 = 5_000
WIDE_SKIN = "palms"
# Above what any row asks for: the protocol's own density is what is tried.
DENSITY_UA_CM2 = 2_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a row: treated to its end, or why not."""

    tried: SimulatedAdoption
    treated: Treated | None
    failure: str


def trials(site: Site, rows: list[SimulatedAdoption]) -> Iterator[Trial]:
    """Treat every row, each stimulator one after another; as they end."""
    boxes = list(Stimulator.objects.filter(site=site, is_simulated=True))
    wide = [box for box in boxes if _skin(box) == WIDE_SKIN]
    others = [box for box in boxes if box not in wide]
    shares = {box: [] for box in boxes}
    for number, tried in enumerate(row for row in rows if _is_wide(row)):
        shares[wide[number % len(wide)]].append(tried)
    for tried in (row for row in rows if not _is_wide(row)):
        least = min([*others, *wide], key=lambda box: len(shares[box]))
        shares[least].append(tried)
    with ThreadPoolExecutor(len(boxes)) as pool:
        for share in pool.map(lambda item: _share(site, *item), shares.items()):
            yield from share


def _skin(box: Stimulator) -> str:
    return next(one.skin for one in BOXES if one.serial == box.serial)


def _is_wide(tried: SimulatedAdoption) -> bool:
    return min(tried.active.area_mm2, tried.opposite.area_mm2) >= WIDE_MM2


def _share(site: Site, box: Stimulator, rows: list[SimulatedAdoption]) -> list[Trial]:
    try:
        return [_trial(site, box, tried) for tried in rows]
    finally:
        connections.close_all()


def _trial(site: Site, box: Stimulator, tried: SimulatedAdoption) -> Trial:
    try:
        order = trial_order(site, tried)
        session = session_schedule(
            prescription=order, due_on=timezone.localdate(), by=order.written_by
        )
        return Trial(tried, treat(session, box), "")
    except (Refusal, Failed) as failure:
        return Trial(tried, None, str(failure))


def trial_order(site: Site, tried: SimulatedAdoption) -> Prescription:
    """A signed prescription of one place by the simulated adoption of a row."""
    by, second = prescribers(site)
    with transaction.atomic():
        adoption = trial_adoption(site, tried, by, second)
        patient = _patient(site, tried)
        order = prescription_write(
            patient=patient,
            adoption=adoption,
            legs=[_leg(tried)],
            indication=published_entries()[tried.code].title[:120],
            sessions_planned=1,
            expires_on=timezone.localdate() + dt.timedelta(days=DAYS),
            by=by,
        )
        consents_give(order, by)
        return prescription_sign(prescription=order, by=by)


def prescribers(site: Site) -> tuple[Staff, Staff]:
    """Two prescribers of a site."""
    rows = Staff.objects.filter(
        memberships__site=site, memberships__role=Role.PRESCRIBER
    )
    first, second = rows.order_by("email")[:2]
    return first, second


def trial_adoption(
    site: Site, tried: SimulatedAdoption, by: Staff, second: Staff
) -> ProtocolAdoption:
    """The row as adopted for simulated patients, by two where its path asks it."""
    adoption = demo_adopt(site=site, code=tried.code, by=by)
    if adoption.needs_second and adoption.second_by_id is None:
        adoption = adoption_second(adoption=adoption, by=second)
    return adoption


def _patient(site: Site, tried: SimulatedAdoption) -> Patient:
    today = timezone.localdate()
    born_on = dt.date(today.year - tried.age_years, 1, 1)
    number = Patient.objects.filter(site=site).count()
    return Patient.objects.create(
        site=site,
        mrn=f"T-{tried.code}-{number}"[:20],
        family_name=tried.code,
        given_name="Trial",
        born_on=born_on,
        allergies=[],
        is_simulated=True,
    )


def _leg(tried: SimulatedAdoption) -> LegOrder:
    active, opposite = tried.active, tried.opposite
    return LegOrder(
        active_region=active.region,
        active_side=active.side,
        active_place=place_text(active.region, active.side),
        active_electrode=_electrode(active),
        return_region=opposite.region,
        return_side=opposite.side,
        return_place=place_text(opposite.region, opposite.side),
        return_electrode=_electrode(opposite),
        drug_pole=tried.active_pole if tried.spec.drugs else "",
        tooth="" if tried.tooth is None else str(tried.tooth),
    )


def _electrode(pad: SimulatedPad) -> ElectrodeType:
    name = f"Simulated {pad.kind}, {pad.area_mm2 / 100:g} cm²"
    electrode, _ = ElectrodeType.objects.get_or_create(
        name=name,
        defaults={
            "kind": pad.kind,
            "area_mm2": pad.area_mm2,
            "anode_limit_ua_cm2": DENSITY_UA_CM2,
            "cathode_limit_ua_cm2": DENSITY_UA_CM2,
            "is_buffered": True,
            "source": "Simulated patients only",
        },
    )
    return electrode
