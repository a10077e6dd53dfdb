"""Consent to the course of a prescription, and facts, with what they stop."""

import datetime as dt

from django.db import transaction

from clinic.models import Consent, ConsentKind, Patient, PatientFact, Staff
from clinic.services.consent import Covered, Giving, consent_record, consent_withdraw
from clinic.services.facts import fact_record
from devices.models import Run
from sessions_app.models import Prescription
from sessions_app.selectors.checks import terms_of
from sessions_app.services.halting import runs_of_course, runs_stop


def course_consent(
    *,
    order: Prescription,
    kind: str,
    giving: Giving,
    by: Staff,
    text_version: int | None = None,
) -> Consent:
    """Record a consent to what the prescription now says: drug, places, device."""
    terms = terms_of(order)
    return consent_record(
        patient=order.patient,
        course=order.number,
        kind=kind,
        covered=Covered(
            drug=terms.drug, body_site=terms.body_site, device_kind=terms.device_kind
        ),
        giving=giving,
        by=by,
        text_version=text_version,
    )


def course_consent_withdraw(*, consent: Consent, by: Staff, reason: str) -> None:
    """Withdraw a consent, and stop what runs under it; a photograph runs nothing.

    Raises what `consent_withdraw` raises.
    """
    with transaction.atomic():
        consent_withdraw(consent=consent, by=by, reason=reason)
        if consent.kind != ConsentKind.PHOTO:
            runs_stop(runs_of_course(consent.course), cause="consent withdrawn", by=by)


def patient_fact_record(
    *,
    patient: Patient,
    kind: str,
    says: str,
    dated_on: dt.date,
    by: Staff,
    valid_until: dt.date | None = None,
) -> PatientFact:
    """Record a dated fact; an electrical implant stops what runs in the patient.

    Raises what `fact_record` raises.
    """
    with transaction.atomic():
        fact = fact_record(
            patient=patient,
            kind=kind,
            says=says,
            dated_on=dated_on,
            by=by,
            valid_until=valid_until,
        )
        if fact.kind == PatientFact.Kind.IMPLANT:
            runs_stop(Run.objects.filter(patient=patient), cause="implant", by=by)
    return fact
