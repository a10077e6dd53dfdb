"""What a course has added up to, as the patient page shows it."""

import datetime as dt
from collections.abc import Iterable

from clinic.jinja import dose_text
from clinic.models import Patient
from clinic.selectors.site_time import site_day
from sessions_app.catalogue import drugs_alike
from sessions_app.domain.ledger import (
    WEEK_DAYS,
    Given,
    anode_totals,
    exposure,
    next_anode,
)
from sessions_app.domain.protocol import Drug, ProtocolSpec
from sessions_app.models import Prescription, PrescriptionLeg
from sessions_app.selectors.doses import may_turn, polarity_given
from sessions_app.selectors.ledger import (
    Flowed,
    drugs_given,
    flowed,
    place_of,
    spot_of,
)
from sessions_app.web.facts import Facts


class Ledger:
    """The doses of a patient, read once for all prescriptions of a page."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.day = site_day(patient.site)
        self.given = flowed(patient=patient)
        self.drugs = drugs_given(self.given)

    def of(self, order: Prescription) -> Facts:
        """Charge by window, who had the anode, and each drug by place."""
        spec = ProtocolSpec.from_dict(order.adoption.spec)
        return [
            *self._windows(order),
            *(fact for leg in order.legs.all() for fact in self._leg(spec, leg)),
        ]

    def _windows(self, order: Prescription) -> Facts:
        since = self.day - dt.timedelta(days=WEEK_DAYS - 1)
        course = [one for one in self.given if one.course == order.number]
        windows = (
            ("Today, all courses", [o for o in self.given if o.day == self.day]),
            (
                "Seven days, all courses",
                [o for o in self.given if since <= o.day <= self.day],
            ),
            ("This course", course),
        )
        return [(name, _at_most(rows)) for name, rows in windows]

    def _leg(self, spec: ProtocolSpec, leg: PrescriptionLeg) -> Facts:
        if spec.drugs:
            return [self._exposure(drug, leg) for drug in spec.drugs]
        if not may_turn(leg):
            return []
        places = (leg.active_place, leg.return_place)
        return _polarity(polarity_given(patient=self.patient, places=places), places)

    def _exposure(self, drug: Drug, leg: PrescriptionLeg) -> tuple[str, str]:
        alike = drugs_alike(drug.code)
        place = place_of(drug, spot_of(leg), leg.drug_pole or drug.pole)
        found = exposure(self.drugs, drug.code, place=place, day=self.day, alike=alike)
        cap = drug.sessions_per_site
        of = f" of at most {cap}" if cap is not None else ", no cap"
        name = f"{drug.name}{' (with all steroids)' if alike else ''}, {place}"
        return name, f"{found.given} sessions in a year{of}"


def _at_most(rows: Iterable[Flowed]) -> str:
    return f"at most {dose_text(sum(one.upper_nc for one in rows))}"


def _polarity(given: list[Given], places: tuple[str, str]) -> Facts:
    totals = anode_totals(given)
    had = (f"{place} {dose_text(totals.get(place, 0))}" for place in places)
    turn = next_anode(given, places)
    return [
        ("As the anode so far", ", ".join(had)),
        ("Red lead next", f"{turn.place}: its turn"),
    ]
