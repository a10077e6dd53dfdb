"""The whole product with one clinic in it, for the browser."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from django.db import connections
from django.utils import timezone

from clinic.models import Chair, Patient, Role, Staff
from devices.models import Stimulator
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.models import TreatmentSession
from sessions_app.services.catalogue import catalogue_load
from sessions_app.services.prescribing import (
    prescription_sign,
    prescription_write,
    protocol_adopt,
)
from sessions_app.services.scheduling import session_schedule
from tests import factories
from tests.factories import Place
from tests.simulators import Box
from tests.stack import Stack

T = TypeVar("T")
INDICATIONS = {
    "HH-PALM": "Primary palmar hyperhidrosis",
    "SWEAT-CF": "Sweat test",
    "LE-DEX40": "Lateral epicondylitis",
}


def in_thread(work: Callable[[], T]) -> T:
    """Database work beside Playwright, whose event loop runs on this thread."""

    def run() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@dataclass(frozen=True)
class Visit:
    """A patient who is due today, with the stimulator that treats."""

    patient: Patient
    session: TreatmentSession
    stimulator: Stimulator
    box: Box

    @property
    def path(self) -> str:
        return f"/sessions/{self.session.pk}/"


class House:
    """A clinic with one clinician on a running stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = stack.url
        in_thread(self._build)

    def _build(self) -> None:
        self.place: Place = factories.make_place()
        self.clinician: Staff = factories.make_staff(
            self.place.site, Role.CLINICIAN, password=factories.PASSWORD
        )
        Staff.objects.filter(pk=self.clinician.pk).update(name="Nadia Osei")
        catalogue_load()
        electrodes_build()

    def visit(self, code: str, family: str, **patient: object) -> Visit:
        """A patient with a signed prescription, due today, and a free stimulator."""
        return in_thread(lambda: self._visit(code, family, patient))

    def _visit(self, code: str, family: str, more: dict[str, object]) -> Visit:
        place, box = self.place, self.stack.simulators.take()
        number = Chair.objects.filter(room=place.room).count() + 1
        chair = Chair.objects.create(room=place.room, name=f"chair {number}")
        stimulator = factories.make_stimulator(
            place, box, chair=chair, label=f"S-{number}"
        )
        patient = factories.make_patient(
            place,
            **{
                "family_name": family,
                "title": "Ms",
                "nhs_number": "9990000018",
                **more,
            },
        )
        protocol = next(row for row in catalogue_load() if row.code == code)
        order = prescription_write(
            patient=patient,
            adoption=protocol_adopt(
                site=place.site, protocol=protocol, by=place.prescriber
            ),
            legs=[leg_for(code, electrodes_build())],
            indication=INDICATIONS[code],
            sessions_planned=1 if code == "SWEAT-CF" else 10,
            expires_on=timezone.localdate() + dt.timedelta(days=90),
            by=place.prescriber,
        )
        session = session_schedule(
            prescription=prescription_sign(prescription=order, by=place.prescriber),
            due_on=timezone.localdate(),
            due_at=dt.time(9, 0),
            by=place.clinician,
        )
        return Visit(patient, session, stimulator, box)
