"""Results of outcome measures: written once, corrected by a further row."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.outcomes import (
    Measure,
    OutcomeError,
    decimal_of,
    measure_of,
)
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import Measurement, TreatmentSession
from sessions_app.selectors.outcomes import places_of_course
from sessions_app.services.proposing import course_touched

VALUE_CHARS = 20
REASON_CHARS = 200
# In these nobody sat in the chair and could be asked.
_ABSENT = {
    SessionState.PLANNED.value: "The patient is not checked in yet",
    SessionState.CANCELLED.value: "The visit was cancelled",
    SessionState.NO_SHOW.value: "The patient did not come",
    SessionState.ENTERED_IN_ERROR.value: "The session was entered in error",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """One result as somebody gave it; `value` is exact decimal text in `unit`."""

    measure: str
    value: str
    unit: str
    place: str = ""


def measurement_record(
    *,
    patient: Patient,
    measure: str,
    value: str,
    unit: str,
    measured_on: dt.date,
    by: Staff,
    session: TreatmentSession | None = None,
    course: uuid.UUID | None = None,
    place: str = "",
    supersedes: Measurement | None = None,
    reason: str = "",
) -> Measurement:
    """Record one result, exact and in its unit; the course is proposed anew.

    `course` is the number of the course, that of `session` when left out; without a
    session it was asked between visits. `place` is a place of the course, empty for
    all. `supersedes` is the result that this one corrects, for a `reason`; where it
    belongs comes from there. Raises Refusal that names its field for what the
    measure cannot give or a day that cannot be, Conflict for a result that stands
    already or was corrected already.
    """
    typed = Typed(measure, value, unit, place)
    if supersedes is not None:
        session, course = supersedes.session, supersedes.course
    with transaction.atomic():
        (row,) = _write_all(
            patient, (typed,), measured_on, by, session, course, supersedes, reason
        )
    return row


def measurements_record(
    *,
    patient: Patient,
    typed: Sequence[Typed],
    measured_on: dt.date,
    by: Staff,
    session: TreatmentSession | None = None,
    course: uuid.UUID | None = None,
) -> list[Measurement]:
    """Several results of one visit or one call: all of them, or none.

    Raises as `measurement_record`; `index` of the Refusal says which one.
    """
    if not typed:
        raise Refusal("nothing", "Nothing is entered: give one result or more.")
    with transaction.atomic():
        return _write_all(patient, typed, measured_on, by, session, course)


def _write_all(
    patient: Patient,
    typed: Sequence[Typed],
    measured_on: dt.date,
    by: Staff,
    session: TreatmentSession | None,
    course: uuid.UUID | None,
    supersedes: Measurement | None = None,
    reason: str = "",
) -> list[Measurement]:
    require(by, "outcome.record", patient.site)
    _require_day(patient, measured_on)
    if session is not None:
        _require_present(patient, session, measured_on)
        course = course or session.prescription.number
    # Two people who enter or correct the same one go one after the other.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    why = _reason(supersedes, typed[0].measure, patient, reason)
    rows = []
    for index, one in enumerate(typed):
        try:
            measure, exact = _read(one)
            _require_place(patient, course, measure, one.place)
            _require_first(patient, one, measured_on, course, supersedes)
        except Refusal as refusal:
            refusal.extra["index"] = index
            raise
        rows.append(
            Measurement.objects.create(
                site=patient.site,
                patient=patient,
                course=course,
                session=session,
                measure=measure.code,
                version=measure.version,
                body_site=one.place,
                value=exact,
                unit=one.unit,
                measured_on=measured_on,
                by=by,
                supersedes=supersedes,
                reason=why,
            )
        )
        _audit(rows[-1], by)
    if course is not None:
        course_touched(number=course)
    return rows


def _audit(row: Measurement, by: Staff) -> None:
    data = {
        "measure": row.measure,
        "version": row.version,
        "value": row.value,
        "unit": row.unit,
        "place": row.body_site,
        "measured_on": str(row.measured_on),
        "supersedes": str(row.supersedes_id or ""),
        "reason": row.reason,
    }
    audit_record(action="outcome.record", subject=row, by=by, site=row.site, data=data)


def _read(typed: Typed) -> tuple[Measure, str]:
    """The measure and the exact text of a result that it can give."""
    try:
        measure = measure_of(typed.measure)
        number = decimal_of(typed.value.strip(), measure.title)
        measure.check(number, typed.unit)
    except OutcomeError as error:
        raise Refusal("outcome", f"{error}.", field="value") from error
    text = f"{number + Decimal(0):f}"
    if len(text) > VALUE_CHARS:
        raise Refusal(
            "outcome",
            f"{measure.title}: {len(text)} characters; at most {VALUE_CHARS}.",
            field="value",
        )
    return measure, text


def _require_day(patient: Patient, day: dt.date) -> None:
    today = site_day(patient.site)
    if day > today:
        raise Refusal(
            "measured_on",
            f"{day:%d-%b-%Y} is still to come; enter the day it was measured.",
            field="measured_on",
        )
    if day < patient.born_on:
        raise Refusal(
            "measured_on",
            f"{day:%d-%b-%Y} is before the birth, {patient.born_on:%d-%b-%Y}; "
            "enter the day it was measured.",
            field="measured_on",
        )


def _require_present(patient: Patient, session: TreatmentSession, day: dt.date) -> None:
    if session.patient_id != patient.pk:
        raise Refusal("session", "That session is another patient's.", field="session")
    if session.state in _ABSENT:
        raise Conflict(
            "not_here",
            f"{_ABSENT[session.state]}: record what was said by telephone, without "
            "the session.",
        )
    if day < session.due_on:
        raise Refusal(
            "measured_on",
            f"The session is of {session.due_on:%d-%b-%Y}; a result of "
            f"{day:%d-%b-%Y} was not taken there.",
            field="measured_on",
        )


def _require_place(
    patient: Patient, course: uuid.UUID | None, measure: Measure, place: str
) -> None:
    if course is None:
        known: Sequence[str] = ()
    else:
        known = places_of_course(patient=patient, number=course)
        if not known:
            raise Refusal("course", "That course is no course of this patient.")
    if place and (place not in known or not measure.local):
        where = ", ".join(known) if measure.local and known else "none"
        raise Refusal(
            "place",
            f"{measure.title}: “{place}” is no place of it; known are {where}.",
            field="place",
        )


def _require_first(
    patient: Patient,
    typed: Typed,
    day: dt.date,
    course: uuid.UUID | None,
    supersedes: Measurement | None,
) -> None:
    standing = Measurement.objects.filter(
        patient=patient,
        course=course,
        measure=typed.measure,
        body_site=typed.place,
        measured_on=day,
        superseded_by__isnull=True,
    )
    if supersedes is not None:
        standing = standing.exclude(pk=supersedes.pk)
    if found := standing.select_related("by").first():
        raise Conflict(
            "measured_already",
            f"{measure_of(typed.measure).title} of {day:%d-%b-%Y} stands already: "
            f"{found.value} {found.unit}, {found.by.name}. Correct that one instead.",
        )


def _reason(
    supersedes: Measurement | None, measure: str, patient: Patient, reason: str
) -> str:
    """The reason of a correction; none is asked for a first result."""
    if supersedes is None:
        return ""
    if supersedes.patient_id != patient.pk or supersedes.measure != measure:
        raise Refusal(
            "supersedes",
            f"A correction stays with its patient and measure, {supersedes.measure}.",
            field="measure",
        )
    words = reason.strip()
    if not words or len(words) > REASON_CHARS:
        raise Refusal(
            "no_reason",
            f"Write why it is corrected, in at most {REASON_CHARS} characters.",
            field="reason",
        )
    if Measurement.objects.filter(supersedes=supersedes).exists():
        raise Conflict("corrected", "That result was corrected already; reload.")
    return words
