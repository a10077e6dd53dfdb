"""Results as pages read them: valid ones in order, what a visit still lacks."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from clinic.models import Patient, Staff
from clinic.permissions import sites_of
from clinic.selectors.site_time import site_day
from sessions_app.domain.asking import Asked, asked_of, missing_of
from sessions_app.domain.outcomes import MEASURES, Measure, Result
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
    """Results of one measure and version at one place, the oldest first; one scale,
    though not always one unit."""

    measure: Measure
    version: str
    place: str
    rows: tuple[Measurement, ...]


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


def series_of(rows: Iterable[Measurement]) -> tuple[Series, ...]:
    """Rows by measure, version and place, in the order of the list of measures."""
    found: dict[tuple[str, str, str], list[Measurement]] = {}
    for row in rows:
        found.setdefault((row.measure, row.version, row.body_site), []).append(row)
    order = list(MEASURES)
    return tuple(
        Series(MEASURES[code], version, place, tuple(found[code, version, place]))
        for code, version, place in sorted(
            found, key=lambda key: (order.index(key[0]), key[1:])
        )
    )


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
