"""Visits that tests start from: a signed prescription, a session due today."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from clinic.models import Chair, Patient, Staff
from devices.models import Stimulator
from sessions_app.catalogue import published_entries, simulated_adoptions
from sessions_app.demo.lots import lots_for
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.demo.visiting import clear as clear_session
from sessions_app.demo.visiting import consents_give, safe_answers
from sessions_app.domain.adoption import Entered
from sessions_app.models import Prescription, ProtocolAdoption, TreatmentSession
from sessions_app.selectors.catalogue import adoptions_standing
from sessions_app.services.adopting import adoption_withdraw, protocol_adopt
from sessions_app.services.catalogue import protocol_publish
from sessions_app.services.prescribing import (
    prescription_sign,
    prescription_write,
)
from sessions_app.services.scheduling import session_schedule
from tests.factories import Place, make_patient, make_stimulator
from tests.simulators import Box

INDICATIONS = {
    "HH-PALM": "Primary palmar hyperhidrosis",
    "HH-PULSE": "Primary palmar hyperhidrosis",
    "SWEAT-CF": "Sweat test",
    "LE-DEX40": "Lateral epicondylitis",
}


@dataclass(frozen=True)
class Visit:
    """A patient who is due today, with a stimulator on a chair of its own."""

    patient: Patient
    session: TreatmentSession
    stimulator: Stimulator
    box: Box | None = None

    @property
    def path(self) -> str:
        return f"/sessions/{self.session.pk}/"

    @property
    def lot_form(self) -> dict[str, Any]:
        """What a form sends to choose a lot for every drug of the one place."""
        lots = lots_for(self.session.legs.get(), self.session.prescription.written_by)
        return {f"lot-{lot.drug}": lot.pk for lot in lots.drugs}


def values_for(code: str) -> dict[str, Entered]:
    """Values for the open fields of a protocol, each with a source."""
    return dict(simulated_adoptions()[code].entered)


def adopted(place: Place, code: str) -> ProtocolAdoption:
    """The adoption of a protocol at a site, made when there is none."""
    standing = adoptions_standing(site=place.site).get(code)
    return standing or protocol_adopt(
        site=place.site,
        protocol=protocol_publish(entry=published_entries()[code]),
        by=place.prescriber,
        entered=values_for(code),
    )


def readopted(
    place: Place, code: str, values: dict[str, Any], source: str
) -> ProtocolAdoption:
    """The adoption of a protocol with some values of the site's own, in the place of
    the one that stood."""
    standing = adoptions_standing(site=place.site).get(code)
    if standing is not None:
        adoption_withdraw(
            adoption=standing, by=place.prescriber, reason="Other values for a test"
        )
    own = {name: Entered(value, source) for name, value in values.items()}
    return protocol_adopt(
        site=place.site,
        protocol=protocol_publish(entry=published_entries()[code]),
        by=place.prescriber,
        entered={**values_for(code), **own},
    )


def make_order(
    patient: Patient, place: Place, code: str, *, signed: bool = True, **more: Any
) -> Prescription:
    """A prescription by a protocol of the demo, consented to; unsigned when asked."""
    plain = {
        "adoption": more.get("adoption") or adopted(place, code),
        "legs": [leg_for(code, electrodes_build())],
        "indication": INDICATIONS.get(code, "As the protocol says"),
        "sessions_planned": 1 if code == "SWEAT-CF" else 10,
        "expires_on": timezone.localdate() + dt.timedelta(days=90),
        "by": place.prescriber,
    }
    order = prescription_write(patient=patient, **{**plain, **more})
    consents_give(order, place.clinician)
    if signed:
        return prescription_sign(prescription=order, by=place.prescriber)
    return order


def make_visit(
    place: Place, code: str = "HH-PALM", box: Box | None = None, **patient: Any
) -> Visit:
    """A visit at `place`; with `box` its stimulator answers on a real port."""
    number = Chair.objects.filter(room=place.room).count() + 1
    chair = Chair.objects.create(room=place.room, name=f"chair {number}")
    stimulator = make_stimulator(place, box, chair=chair, label=f"S-{number}")
    who = make_patient(place, **patient)
    session = session_schedule(
        prescription=make_order(who, place, code),
        due_on=timezone.localdate(),
        due_at=dt.time(9, 0),
        by=place.clinician,
    )
    lots_for(session.legs.get(), place.clinician)
    return Visit(who, session, stimulator, box)


def answers_form(visit: Visit, tier: str, **other: str) -> dict[str, str]:
    """What a form sends to answer all questions of a tier safely, but for `other`."""
    said = safe_answers(visit.session, tier)
    safe = {f"q-{name}": answer.answer for name, answer in said.items()}
    return {"tier": tier, **safe, **other}


def clear(visit: Visit, by: Staff) -> TreatmentSession:
    """Check in with who came along and answer all that is asked, safely."""
    clear_session(visit.session, by)
    return visit.session
