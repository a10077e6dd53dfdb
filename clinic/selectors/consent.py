"""Consents of a course and dated facts of a patient, as they stand."""

import datetime as dt
import uuid

from django.db.models import Q

from clinic.models import Consent, Patient, PatientFact, Role, Site, Staff

MINOR_UNDER = 16


def minor_under(site: Site) -> int:
    """The age in years from which a patient of the site consents and comes alone."""
    return int(site.policy.get("minor_under", MINOR_UNDER))


def consents_of(*, patient: Patient, course: uuid.UUID) -> list[Consent]:
    """Consents of a course, withdrawn ones too, the newest last."""
    return list(
        Consent.objects.filter(patient=patient, course=course)
        .select_related("text", "judged_by", "recorded_by", "withdrawn_by")
        .order_by("at")
    )


def facts_in_force(*, patient: Patient, day: dt.date) -> list[PatientFact]:
    """Facts that are recorded, dated, not ended and not expired on a day."""
    return list(
        PatientFact.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            patient=patient,
            ended_at__isnull=True,
            dated_on__lte=day,
        ).select_related("recorded_by")
    )


def judges_of(site: Site) -> list[Staff]:
    """Who may judge a minor competent: clinicians and prescribers of the site."""
    return list(
        Staff.objects.filter(
            is_active=True,
            memberships__site=site,
            memberships__role__in=[Role.CLINICIAN, Role.PRESCRIBER],
        )
        .distinct()
        .order_by("name")
    )
