"""Rows that tests start from: plain functions, two sites in every world."""

import datetime as dt
import itertools
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from clinic.models import Chair, Patient, Role, Room, Site, SiteMembership, Staff
from devices.core.parts import Basis, Contact, Envelope, Holds, Waveform, Window
from devices.core.profile import Profile
from devices.core.programme import Programme, planned
from devices.models import Run, Stimulator
from devices.services.runs import Channel, run_create
from tests.simulators import PROFILE, Box

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"
CHAIR_CODE = "QX4T"
CHANNEL = Channel("left palm", "tray", 33_000, "right palm", "tray", 33_000)


@dataclass(frozen=True)
class Place:
    """A site with one chair and one member of staff of each role."""

    site: Site
    room: Room
    chair: Chair
    staff: dict[Role, Staff]

    @property
    def clinician(self) -> Staff:
        return self.staff[Role.CLINICIAN]

    @property
    def prescriber(self) -> Staff:
        return self.staff[Role.PRESCRIBER]


@dataclass(frozen=True)
class World:
    """Where the test works, and another site that must never be reached."""

    here: Place
    other: Place


def make_world() -> World:
    return World(make_place(), make_place())


def make_place() -> Place:
    number = next(_numbers)
    site = Site.objects.create(
        name=f"Site {number}", is_demo=True, time_zone=settings.TIME_ZONE
    )
    room = Room.objects.create(site=site, name="Room 1")
    chair = Chair.objects.create(room=room, name="chair 1")
    return Place(site, room, chair, {role: make_staff(site, role) for role in Role})


def make_staff(site: Site, role: Role, *, password: str | None = None) -> Staff:
    """A member of staff; without `password` nobody can sign in, which is fast."""
    number = next(_numbers)
    staff = Staff(email=f"{role}{number}@example.org", name=f"{role.label} {number}")
    if password is None:
        staff.set_unusable_password()
    else:
        staff.set_password(password)
    staff.save()
    SiteMembership.objects.create(staff=staff, site=site, role=role)
    return staff


def make_patient(place: Place, **more: Any) -> Patient:
    number = next(_numbers)
    plain = {
        "family_name": f"Khan{number}",
        "given_name": "Amina",
        "born_on": dt.date(1990, 1, 1),
        "mrn": f"M{number}",
        "allergies": [],
        "is_simulated": True,
    }
    return Patient.objects.create(site=place.site, **{**plain, **more})


def make_stimulator(place: Place, box: Box | None = None, **more: Any) -> Stimulator:
    """A stimulator; with `box` one that answers on a real port."""
    number = next(_numbers)
    plain: dict[str, Any] = {
        "room": place.room,
        "chair": place.chair,
        "label": f"S-{number}",
        "serial": f"none-{number}" if box is None else box.serial,
        "host": "127.0.0.1" if box is None else box.host,
        "port": 9 if box is None else box.port,
        "chair_code": CHAIR_CODE,
        "profile": PROFILE.to_dict(),
        "is_simulated": True,
    }
    return Stimulator.objects.create(site=place.site, **{**plain, **more})


def make_programme(*, flow_s: int = 60, **changes: Any) -> Programme:
    """Tap water: 4 mA to start, 2 to 8 mA by titration, short ramps."""
    plain = Programme(
        basis=Basis.TIME,
        waveform=Waveform.DC,
        pulse=None,
        first_polarity=1,
        reversal=False,
        target_ua=4_000,
        flow_floor_ua=1_000,
        flow_ms=flow_s * 1000,
        max_flow_ms=flow_s * 1500,
        max_wall_ms=3_600_000,
        dose_nc=1,
        ramp_up_ms=500,
        end_ramp_ms=1_000,
        stop_ramp_ms=2_000,
        window=Window(4_000, 2_000, 8_000, 1_000, 1_000, 2_000),
        envelope=Envelope.around(
            8_000,
            None,
            max_charge_nc=8_160 * flow_s * 1500,
            max_voltage_mv=60_000,
        ),
        contact=Contact(100, 100_000, 50_000, 300, 600, 500, 2_000),
        holds=Holds(600_000, 3, 3),
        watchdog_ms=8_000,
        sample_hz=4,
    )
    programme = replace(plain, **changes)
    if programme.basis is Basis.CHARGE:
        return programme
    return replace(programme, dose_nc=planned(programme).charge_nc)


def make_run(
    place: Place,
    box: Box | None = None,
    *,
    stimulator: Stimulator | None = None,
    patient: Patient | None = None,
    programme: Programme | None = None,
) -> Run:
    """A queued run of a new patient on a new stimulator."""
    return run_create(
        patient=patient or make_patient(place),
        stimulator=stimulator or make_stimulator(place, box),
        programme=programme or make_programme(),
        channel=CHANNEL,
        responsible=place.clinician,
    )


def profile(**changes: Any) -> Profile:
    return Profile.from_dict({**PROFILE.to_dict(), **changes})
