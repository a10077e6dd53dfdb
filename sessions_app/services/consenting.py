"""Consent to the course of a prescription, in the terms of the prescription."""

from clinic.models import Consent, Staff
from clinic.services.consent import Covered, Giving, consent_record
from sessions_app.models import Prescription
from sessions_app.selectors.checks import terms_of


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
