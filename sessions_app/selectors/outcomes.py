"""Results as pages read them: valid ones in order, what a visit still lacks."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clinic.models import Patient, Staff
from clinic.permissions import sites_of
from clinic.selectors.site_time import site_day
from sessions_app.domain.asking import Asked, asked_of, missing_of
from sessions_app.domain.outcomes import MEASURES, Measure, Rate, Result, convert
from sessions_app.domain.places import Region
from sessions_app.models import (
    Measurement,
    Prescription,
    PrescriptionLeg,
    TreatmentSession,
)
from sessions_app.selectors.courses import place_key


@dataclass(frozen=True, slots=True)
class Series:
    """Results of one measure and version at one place, the oldest first; their units
    can be turned into each other."""

    measure: Measure
    version: str
    place: str
    rows: tuple[Measurement, ...]

    @property
    def unit(self) -> str:
        """That of the first result; all are told in it."""
        return self.rows[0].unit

    def value(self, row: Measurement) -> Decimal:
        """A result in the unit of the series."""
        value = Decimal(row.value)
        if row.unit == self.unit:
            return value
        return convert(value, Rate(row.unit), Rate(self.unit))


@dataclass(frozen=True, slots=True)
class Need:
    """A measure at a place that a visit asks for; `row` is the result of the day."""

    measure: Measure
    place: str
    row: Measurement | None


def result_of(row: Measurement) -> Result:
    """A row as the rules take it."""
    return Result(row.measure, row.version, Decimal(row.value), row.unit)


def valid_measurements(
    *, patient: Patient, course: uuid.UUID | None = None
) -> list[Measurement]:
    """Results that no correction replaced, of one course or of all, in order."""
    rows = Measurement.objects.filter(patient=patient, superseded_by__isnull=True)
    if course is not None:
        rows = rows.filter(course=course)
    return list(rows.select_related("by", "session"))


def series_of(
    rows: Iterable[Measurement], places: Sequence[str] = ()
) -> tuple[Series, ...]:
    """Rows that can be compared: by measure, version, place, and mass or volume.

    In a course of one place what was recorded for all is of that place. In the
    order of the list of measures.
    """
    found: dict[tuple[int, str, str, str], list[Measurement]] = {}
    order = list(MEASURES)
    for row in rows:
        place = row.body_site
        if not place and len(places) == 1 and MEASURES[row.measure].local:
            place = places[0]
        key = (order.index(row.measure), row.version, place, amount_of(row.unit))
        found.setdefault(key, []).append(row)
    return tuple(
        Series(MEASURES[order[key[0]]], key[1], key[2], tuple(found[key]))
        for key in sorted(found)
    )


def amount_of(unit: str) -> str:
    """Mass or volume of a rate, the unit itself for a score."""
    return Rate(unit).amount if unit in set(Rate) else unit


def measurement_visible(
    *, staff: Staff, measurement_id: uuid.UUID
) -> Measurement | None:
    """The result when it is at a site of `staff`, else None."""
    return (
        Measurement.objects.filter(
            pk=measurement_id, site__in=sites_of(staff, "course.view")
        )
        .select_related("patient__site", "session__prescription", "by")
        .first()
    )


def newest_order(*, staff: Staff, number: uuid.UUID) -> Prescription | None:
    """The newest signed version of a course's order at a site of `staff`."""
    return (
        Prescription.objects.filter(
            number=number,
            signed_at__isnull=False,
            site__in=sites_of(staff, "course.view"),
        )
        .select_related("patient__site", "site", "adoption__protocol")
        .order_by("-version")
        .first()
    )


# Places


def legs_of_course(*, patient: Patient, number: uuid.UUID) -> list[PrescriptionLeg]:
    """The places of a course by the newest version of its order that names each."""
    legs = PrescriptionLeg.objects.filter(
        prescription__number=number, prescription__patient=patient
    ).order_by("prescription__version", "order")
    return list({place_key(leg): leg for leg in legs}.values())


def places_of_course(*, patient: Patient, number: uuid.UUID) -> tuple[str, ...]:
    """The places of a course of this patient by their keys; none for another's."""
    legs = legs_of_course(patient=patient, number=number)
    return tuple(place_key(leg) for leg in legs)


def regions_of(legs: Iterable[PrescriptionLeg]) -> tuple[Region, ...]:
    """Where the active electrodes lie, as far as that is told."""
    told = {leg.active_region for leg in legs}
    return tuple(region for region in Region if region.value in told)


# What is asked


def asked_at(order: Prescription, leg: PrescriptionLeg) -> tuple[Asked, ...]:
    """What the course of an order asks at one of its places."""
    return asked_of(order.adoption.protocol.code, regions_of([leg]))


def needs_of_session(session: TreatmentSession) -> list[Need]:
    """What the decision after this visit rests on, place by place: what was
    recorded on its day, and what is missing still."""
    order = session.prescription
    rows = valid_measurements(patient=session.patient, course=order.number)
    day = min(session.due_on, site_day(session.site))
    last = session.number >= order.sessions_planned
    now = [row for row in rows if row.session == session or row.measured_on == day]
    legs = [leg.prescribed for leg in session.legs.all()]
    return [need for leg in legs for need in _needs(order, leg, rows, now, last=last)]


def needs_of_call(order: Prescription, day: dt.date) -> list[Need]:
    """The same between visits: what is asked each time, place by place."""
    rows = valid_measurements(patient=order.patient, course=order.number)
    now = [row for row in rows if row.measured_on == day]
    legs = legs_of_course(patient=order.patient, number=order.number)
    return [need for leg in legs for need in _needs(order, leg, rows, now, last=False)]


def _needs(
    order: Prescription,
    leg: PrescriptionLeg,
    rows: list[Measurement],
    now: list[Measurement],
    *,
    last: bool,
) -> list[Need]:
    place = place_key(leg)
    today = {row.measure: row for row in now if row.body_site in ("", place)}
    asked = asked_at(order, leg)
    missing = missing_of(
        asked,
        ever={row.measure for row in rows if row.body_site in ("", place)},
        today=set(today),
        last_visit=last,
    )
    return [
        Need(MEASURES[one.measure], place, today.get(one.measure))
        for one in asked
        if one.measure in today or one.measure in missing
    ]
