"""The demo clinic: simulated patients and stimulators, real everything else."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from clinic.models import Chair, Patient, Role, Room, Site, SiteMembership, Staff
from devices.models import Lease, Stimulator

SITE = "Demo clinic"
PASSWORD_BYTES = 9

PEOPLE = (
    ("Nadia Osei", "clinician@demo.example", (Role.CLINICIAN,)),
    ("Dr Ruth Adler", "prescriber@demo.example", (Role.PRESCRIBER,)),
    ("Dr Piotr Lis", "prescriber2@demo.example", (Role.PRESCRIBER,)),
    ("Sam Field", "engineer@demo.example", (Role.ENGINEER,)),
    ("Ines Roca", "admin@demo.example", (Role.ADMINISTRATOR, Role.AUDITOR)),
)

PROFILE: dict[str, Any] = {
    "on_break": "pause",
    "resume_allowed": True,
    "max_pause_ms": 600_000,
    "reramp_ms": 15_000,
    "control_mode": "current",
    "reports": ["mean", "peak", "rms", "voltage"],
    "series_ohm": 0,
    "scale_permille": 1000,
    "max_current_ua": 30_000,
    "compliance_mv": 60_000,
    "current_semantics": "peak",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A simulated stimulator: its place, label, code and the skin it meets."""

    serial: str
    label: str
    room: str
    chair: str
    code: str
    skin: str
    seed: int


BOXES = (
    Box("DEMO-1", "S-1", "Room 1", "chair 1", "K4P7", "palms", 11),
    Box("DEMO-2", "S-2", "Room 1", "chair 2", "R9TC", "palms", 12),
    Box("DEMO-3", "S-3", "Room 2", "chair 3", "M2XH", "pads", 13),
    Box("DEMO-4", "S-4", "Room 2", "chair 4", "W7DE", "forearm", 14),
    Box("DEMO-5", "S-5", "Room 1", "chair 5", "B3NF", "palms", 15),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated patient."""

    mrn: str
    family: str
    given: str
    title: str
    born: dt.date
    gender: str
    allergies: list[str] | None
    protocol: str
    indication: str
    nhs_number: str = ""


# NHS numbers of the test range that begins with 999.
PATIENTS = (
    Person(
        "D-1001",
        "Khan",
        "Amina",
        "Ms",
        dt.date(1991, 7, 14),
        "female",
        [],
        "HH-PALM",
        "Primary palmar hyperhidrosis",
        "9990000018",
    ),
    Person(
        "D-1002",
        "Lindqvist",
        "Johan",
        "Mr",
        dt.date(1984, 2, 2),
        "male",
        ["Latex"],
        "HH-PULSE",
        "Primary palmar hyperhidrosis",
    ),
    Person(
        "D-1003",
        "Okafor",
        "Chidi",
        "Mr",
        dt.date(1978, 11, 30),
        "male",
        None,
        "LE-DEX40",
        "Lateral epicondylitis, right",
    ),
    Person(
        "D-1004",
        "Moreau",
        "Lucie",
        "Ms",
        dt.date(2009, 5, 9),
        "female",
        [],
        "SWEAT-CF",
        "Sweat test for cystic fibrosis",
    ),
    Person(
        "D-1005",
        "Petrov",
        "Elena",
        "Dr",
        dt.date(1969, 1, 23),
        "female",
        ["Penicillin"],
        "HH-PALM",
        "Primary palmar hyperhidrosis",
    ),
)


def simulators_config() -> dict[str, Any]:
    """The configuration file of the simulator process."""
    return {
        "devices": [
            {
                "serial": box.serial,
                "seed": box.seed,
                "profile": PROFILE,
                "skin": {"preset": box.skin},
            }
            for box in BOXES
        ]
    }


def site_build() -> Site:
    """The demo site with rooms, chairs and stimulators; idempotent."""
    with transaction.atomic():
        site, _ = Site.objects.get_or_create(
            name=SITE, defaults={"is_demo": True, "time_zone": settings.TIME_ZONE}
        )
        for box in BOXES:
            room, _ = Room.objects.get_or_create(site=site, name=box.room)
            chair, _ = Chair.objects.get_or_create(room=room, name=box.chair)
            stimulator, _ = Stimulator.objects.get_or_create(
                serial=box.serial,
                defaults={
                    "site": site,
                    "room": room,
                    "chair": chair,
                    "label": box.label,
                    "chair_code": box.code,
                    "profile": PROFILE,
                    "is_simulated": True,
                },
            )
            Lease.objects.get_or_create(stimulator=stimulator)
    return site


def staff_build(site: Site) -> list[dict[str, str]]:
    """The demo staff with new passwords; their sign-ins. Existing people stay."""
    signins = []
    for name, email, roles in PEOPLE:
        if Staff.objects.filter(email=email).exists():
            continue
        password = f"demo-{secrets.token_urlsafe(PASSWORD_BYTES)}"
        staff = Staff.objects.create_user(email=email, password=password, name=name)
        for role in roles:
            SiteMembership.objects.create(staff=staff, site=site, role=role)
        signins.append({"role": roles[0].label, "email": email, "password": password})
    return signins


def patient_build(site: Site, person: Person) -> Patient:
    """One simulated patient; idempotent."""
    patient, _ = Patient.objects.get_or_create(
        site=site,
        mrn=person.mrn,
        defaults={
            "family_name": person.family,
            "given_name": person.given,
            "title": person.title,
            "born_on": person.born,
            "gender": person.gender,
            "allergies": person.allergies,
            "nhs_number": person.nhs_number,
            "is_simulated": True,
        },
    )
    return patient
