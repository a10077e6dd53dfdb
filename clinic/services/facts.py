"""Dated facts of a patient that spare a question or bar treatment."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, PatientFact, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record


def fact_record(
    *,
    patient: Patient,
    kind: str,
    says: str,
    dated_on: dt.date,
    by: Staff,
    valid_until: dt.date | None = None,
) -> PatientFact:
    """Record a fact with the day that it is from, and the last that it holds.

    Raises Refusal without words, for a day to come, for an end before it, and for a
    pregnancy that is ruled out for good or for more than 12 months.
    """
    require(by, "session.treat", patient.site)
    _require_sound(says, dated_on, valid_until, site_day(patient.site))
    if kind == PatientFact.Kind.PREGNANCY_RULED_OUT:
        _require_looked_at_yearly(dated_on, valid_until)
    with transaction.atomic():
        fact = PatientFact.objects.create(
            site=patient.site,
            patient=patient,
            kind=PatientFact.Kind(kind),
            says=says.strip(),
            dated_on=dated_on,
            valid_until=valid_until,
            recorded_by=by,
        )
        audit_record(
            action="fact.record",
            subject=fact,
            by=by,
            site=patient.site,
            data=_data(fact),
        )
    return fact


def _data(fact: PatientFact) -> dict[str, str]:
    return {"kind": fact.kind, "says": fact.says, "dated_on": str(fact.dated_on)}


def _require_sound(
    says: str, dated_on: dt.date, valid_until: dt.date | None, today: dt.date
) -> None:
    if not says.strip():
        raise Refusal("no_words", "Write what is known, and from where.", field="says")
    if dated_on > today:
        raise Refusal(
            "dated_on",
            f"{dated_on:%d-%b-%Y} is still to come; enter the day it is from.",
            field="dated_on",
        )
    if valid_until is not None and valid_until < max(dated_on, today):
        raise Refusal(
            "valid_until",
            f"It would have ended on {valid_until:%d-%b-%Y} already; enter a later day "
            "or none.",
            field="valid_until",
        )


def _require_looked_at_yearly(dated_on: dt.date, valid_until: dt.date | None) -> None:
    """A negative test ages, and a lasting reason is looked at again each year."""
    leap_day = (dated_on.month, dated_on.day) == (2, 29)
    day = 28 if leap_day else dated_on.day
    last = dated_on.replace(year=dated_on.year + 1, day=day)
    if valid_until is None or valid_until > last:
        raise Refusal(
            "valid_until",
            "That a pregnancy is ruled out holds for at most 12 months: enter a day "
            f"up to {last:%d-%b-%Y}, and look at it again then.",
            field="valid_until",
        )


def fact_end(*, fact: PatientFact, by: Staff) -> None:
    """End a fact: from now on it spares nothing. Raises Conflict when it is ended."""
    require(by, "session.treat", fact.site)
    with transaction.atomic():
        won = PatientFact.objects.filter(pk=fact.pk, ended_at__isnull=True).update(
            ended_at=timezone.now(), ended_by=by
        )
        if not won:
            raise Conflict("ended", "This fact is ended already; reload the page.")
        audit_record(action="fact.end", subject=fact, by=by, site=fact.site)
