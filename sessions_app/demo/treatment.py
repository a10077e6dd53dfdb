"""Adoptions, prescriptions and today's sessions of the demo clinic."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from clinic.models import Patient, Role, Site, Staff
from sessions_app.demo.adopting import demo_adopt
from sessions_app.demo.clinic import PATIENTS, Person, patient_build
from sessions_app.demo.lots import home_device_build, lots_for
from sessions_app.demo.visiting import consents_give
from sessions_app.models import (
    ElectrodeType,
    Prescription,
    TreatmentSession,
)
from sessions_app.services.prescribing import (
    LegOrder,
    prescription_sign,
    prescription_write,
)
from sessions_app.services.scheduling import session_schedule

VALID_DAYS = 90
FIRST_SLOT = dt.time(9, 0)
SLOT = dt.timedelta(minutes=30)

# Name, kind, area in mm² that works (of a tray the skin that it wets), limits in
# µA/cm², rating in nC, source.
ELECTRODES = (
    (
        "Tray 150 × 220 mm",
        "tray",
        20_000,
        200,
        200,
        None,
        "site policy: a hand or foot of an adult wets about 200 cm², and density",
    ),
    (
        "Buffered drug pad 13.3 cm²",
        "pad",
        1_330,
        1_000,
        500,
        4_800_000_000,
        "usual buffered pad size, to be verified; Dupel 80 mA·min",
    ),
    (
        "Return pad 40 cm²",
        "pad",
        4_000,
        1_000,
        500,
        4_800_000_000,
        "usual dispersive pad size, to be verified",
    ),
    (
        "Pilocarpine gel disc 7 cm²",
        "pad",
        700,
        500,
        500,
        None,
        "sweat test band of 0.14-0.21 mA/cm² gives 7 cm² at 1.5 mA",
    ),
)

# The whole plate: SwiSto3 user manual.
TRAY = {
    "size_mm2": 33_000,
    "is_reusable": True,
    "decontamination": "drained, disinfected, dried",
}


def electrodes_build() -> dict[str, ElectrodeType]:
    """The electrode types of the demo; idempotent."""
    made = {}
    for name, kind, area, anode, cathode, rating, source in ELECTRODES:
        made[name], _ = ElectrodeType.objects.get_or_create(
            name=name,
            defaults={
                "kind": kind,
                "area_mm2": area,
                "anode_limit_ua_cm2": anode,
                "cathode_limit_ua_cm2": cathode,
                "rating_nc": rating,
                "source": source,
                **(TRAY if kind == "tray" else {}),
            },
        )
    return made


def leg_for(code: str, electrodes: dict[str, ElectrodeType]) -> LegOrder:
    """Where the demo treats by a protocol, with what."""
    tray = electrodes["Tray 150 × 220 mm"]
    disc = electrodes["Pilocarpine gel disc 7 cm²"]
    legs = {
        "LE-DEX40": LegOrder(
            body_site="lateral epicondyle",
            side="right",
            active_region="elbow",
            active_side="right",
            active_place="right lateral epicondyle",
            active_electrode=electrodes["Buffered drug pad 13.3 cm²"],
            return_region="upper_arm",
            return_side="right",
            return_place="right biceps",
            return_electrode=electrodes["Return pad 40 cm²"],
            drug_pole="cathode",
        ),
        "SWEAT-CF": LegOrder(
            body_site="volar forearm",
            side="left",
            active_region="forearm",
            active_side="left",
            active_place="left volar forearm, distal",
            active_electrode=disc,
            return_region="forearm",
            return_side="left",
            return_place="left volar forearm, proximal",
            return_electrode=disc,
            drug_pole="anode",
        ),
    }
    palms = LegOrder(
        body_site="palms",
        side="both",
        active_region="palm",
        active_side="left",
        active_place="left palm",
        active_electrode=tray,
        return_region="palm",
        return_side="right",
        return_place="right palm",
        return_electrode=tray,
    )
    return legs.get(code, palms)


def member(site: Site, role: Role) -> Staff:
    """The first member of a site with a role."""
    return Staff.objects.filter(memberships__site=site, memberships__role=role)[0]


def treatment_build(site: Site) -> None:
    """Adopt, prescribe, sign and put a session of today for each demo patient."""
    prescriber = member(site, Role.PRESCRIBER)
    electrodes = electrodes_build()
    begin = dt.datetime.combine(timezone.localdate(), FIRST_SLOT)
    for number, person in enumerate(PATIENTS):
        patient = patient_build(site, person)
        if patient.prescriptions.exists():
            continue
        order = prescribe(patient, person, prescriber, electrodes)
        session = session_schedule(
            prescription=order,
            due_on=begin.date(),
            due_at=(begin + number * SLOT).time(),
            by=prescriber,
        )
        for leg in session.legs.all():
            lots_for(leg, prescriber)
    home_device_build(site, prescriber)


def prescribe(
    patient: Patient,
    person: Person,
    by: Staff,
    electrodes: dict[str, ElectrodeType],
    sessions: int = 10,
) -> Prescription:
    """A signed demo prescription."""
    with transaction.atomic():
        adoption = demo_adopt(site=patient.site, code=person.protocol, by=by)
        order = prescription_write(
            patient=patient,
            adoption=adoption,
            legs=[leg_for(person.protocol, electrodes)],
            indication=person.indication,
            sessions_planned=1 if person.protocol == "SWEAT-CF" else sessions,
            expires_on=timezone.localdate() + dt.timedelta(days=VALID_DAYS),
            by=by,
        )
        consents_give(order, by)
        return prescription_sign(prescription=order, by=by)


def session_today(patient: Patient) -> TreatmentSession:
    """The session of a demo patient that is due first."""
    return patient.sessions.order_by("due_on", "number")[0]
