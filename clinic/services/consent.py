"""Consent to a course: given by somebody who may give it, and withdrawn."""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Consent, ConsentText, Patient, Staff
from clinic.permissions import allowed, require
from clinic.selectors.consent import minor_under
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from clinic.services.consent_texts import TEXTS

By = Consent.By


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """Who gives the consent, and why they may.

    A guardian gives name, relation and evidence of it; a minor is judged
    competent by a named clinician or prescriber.
    """

    given_by: str
    giver_name: str = ""
    relation: str = ""
    evidence: str = ""
    judged_by: Staff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What is consented to; a change of any of them asks again."""

    drug: str
    body_site: str
    device_kind: str


def consent_texts_load() -> dict[str, ConsentText]:
    """The newest text of each kind, stored when an install has not got it yet.

    Raises ValueError when a published version holds other words than ours.
    """
    rows = {}
    for kind, (version, body) in TEXTS.items():
        row, _ = ConsentText.objects.get_or_create(
            kind=kind, version=version, defaults={"body": body}
        )
        if row.body != body:
            raise ValueError(f"{row} is published with other words; add a version")
        rows[kind] = row
    return rows


def consent_record(
    *,
    patient: Patient,
    course: uuid.UUID,
    kind: str,
    covered: Covered,
    giving: Giving,
    by: Staff,
    text_version: int | None = None,
) -> Consent:
    """Record that consent was given to one course, under the newest text.

    `text_version` is what was read out. Raises Refusal for somebody who may not
    consent, Conflict when the text read is not the newest.
    """
    require(by, "consent.record", patient.site)
    _require_may_give(patient, giving)
    with transaction.atomic():
        text = consent_texts_load()[kind]
        if text_version is not None and text_version != text.version:
            raise Conflict(
                "old_text",
                f"Version {text_version} was read; {text.version} is the newest. "
                "Read that one.",
            )
        consent = Consent.objects.create(
            site=patient.site,
            patient=patient,
            course=course,
            kind=kind,
            text=text,
            given_by=giving.given_by,
            giver_name=_name(patient, giving),
            relation=giving.relation.strip(),
            evidence=giving.evidence.strip(),
            judged_by=giving.judged_by,
            drug=covered.drug,
            body_site=covered.body_site,
            device_kind=covered.device_kind,
            recorded_by=by,
        )
        audit_record(
            action="consent.record",
            subject=consent,
            by=by,
            site=patient.site,
            data={"kind": kind, "text": text.version, "given_by": giving.given_by},
        )
    return consent


def _name(patient: Patient, giving: Giving) -> str:
    if giving.given_by == By.GUARDIAN:
        return giving.giver_name.strip()
    return f"{patient.given_name} {patient.family_name}"


def _require_may_give(patient: Patient, giving: Giving) -> None:
    age, under = patient.age_on(site_day(patient.site)), minor_under(patient.site)
    if giving.given_by == By.PATIENT:
        if age < under:
            raise Refusal(
                "minor",
                f"{age} years old, under {under}: a guardian consents, or a clinician "
                "judges the patient competent.",
                field="given_by",
            )
    elif giving.given_by == By.GUARDIAN:
        _require_guardian(giving)
    elif giving.given_by == By.MINOR_COMPETENT:
        _require_judged(patient, giving, age, under)
    else:
        raise Refusal("no_giver", "Choose who consents.", field="given_by")


def _require_guardian(giving: Giving) -> None:
    wanted = {
        "giver_name": "Write the guardian's name.",
        "relation": "Write how the guardian is related to the patient.",
        "evidence": "Write what shows it, for example a birth certificate seen.",
    }
    for field, text in wanted.items():
        if not getattr(giving, field).strip():
            raise Refusal(f"no_{field}", text, field=field)


def _require_judged(patient: Patient, giving: Giving, age: int, under: int) -> None:
    if age >= under:
        raise Refusal(
            "not_minor",
            f"{age} years old: from {under} on the patient consents alone.",
            field="given_by",
        )
    judge = giving.judged_by
    if judge is None or not allowed(judge, "consent.record", patient.site_id):
        raise Refusal(
            "no_judge",
            "Name the clinician or prescriber of this site who judged the patient "
            "competent.",
            field="judged_by",
        )


def consent_withdraw(*, consent: Consent, by: Staff, reason: str) -> None:
    """Withdraw a consent, with every other one of its kind for the course.

    Raises Refusal without a reason, Conflict when it is withdrawn already.
    """
    require(by, "consent.record", consent.site)
    if not reason.strip():
        raise Refusal("no_reason", "Write what the patient says.", field="reason")
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=consent.patient_id)
        standing = Consent.objects.filter(
            patient=consent.patient_id,
            course=consent.course,
            kind=consent.kind,
            withdrawn_at__isnull=True,
        )
        if not standing.filter(pk=consent.pk).exists():
            raise Conflict("withdrawn", "This consent is withdrawn already; reload.")
        standing.update(
            withdrawn_at=timezone.now(),
            withdrawn_by=by,
            withdraw_reason=reason.strip(),
        )
        audit_record(
            action="consent.withdraw",
            subject=consent,
            by=by,
            site=consent.site,
            data={"reason": reason.strip()},
        )
