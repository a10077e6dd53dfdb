"""Patients: registered, and corrected only from what the person has seen."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Site, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record

OLDEST_YEARS = 130


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What a person enters. `allergies` is None while nobody has asked; an empty
    list says that none are known."""

    family_name: str
    given_name: str
    born_on: dt.date
    mrn: str
    gender: str = Patient.Gender.UNKNOWN
    title: str = ""
    preferred_name: str = ""
    nhs_number: str = ""
    allergies: list[str] | None = None
    contraindications: list[str] = field(default_factory=list)


def patient_register(
    *, site: Site, details: PatientDetails, is_simulated: bool, by: Staff
) -> Patient:
    """Register a patient at a site; real or simulated for good.

    Raises Refusal for a detail that cannot be and for a real patient at a demo
    site, Conflict for an MRN that the site has given already.
    """
    require(by, "patient.edit", site)
    if site.is_demo and not is_simulated:
        raise Refusal(
            "demo_site",
            f"{site.name} is a demo: register simulated patients only, or choose "
            "another site.",
        )
    patient = Patient(site=site, is_simulated=is_simulated, **asdict(details))
    _require_sound(patient)
    _save(patient, "patient.register", by, {})
    return patient


def patient_correct(
    *,
    patient: Patient,
    seen: Mapping[str, Any],
    changes: Mapping[str, Any],
    by: Staff,
) -> Patient:
    """Change details; `seen` holds what stood there when the person decided.

    Raises Conflict when something else stands there by now, for a merged
    patient and for an MRN in use; Refusal for a detail that cannot be.
    """
    require(by, "patient.edit", patient.site)
    if set(seen) != set(changes) or not changes:
        raise Refusal(
            "seen_missing", "Send for each changed detail what was seen before it."
        )
    with transaction.atomic():
        row = Patient.objects.select_for_update().get(pk=patient.pk)
        if row.merged_into_id is not None:
            raise Conflict(
                "merged", "This record was merged; correct the one that it leads to."
            )
        was = {name: getattr(row, name) for name in changes}
        if stale := sorted(name for name in changes if was[name] != seen[name]):
            raise Conflict(
                "stale_page",
                f"Changed since you looked: {', '.join(stale)}. Reload the page and "
                "look again.",
            )
        for name, value in changes.items():
            setattr(row, name, value)
        _require_sound(row)
        _save(row, "patient.correct", by, {"from": was, "to": dict(changes)})
    return row


def _save(patient: Patient, action: str, by: Staff, data: dict[str, Any]) -> None:
    plain = {side: _plain(values) for side, values in data.items()}
    try:
        with transaction.atomic():
            patient.save()
            audit_record(
                action=action, subject=patient, by=by, site=patient.site, data=plain
            )
    except IntegrityError as error:
        if "mrn_per_site" not in str(error):
            raise
        raise Conflict(
            "mrn_taken",
            f"MRN {patient.mrn} belongs to another patient of {patient.site.name}; "
            "look that one up.",
        ) from error


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
    }


def _require_sound(patient: Patient) -> None:
    for name in ("family_name", "given_name", "mrn"):
        if not getattr(patient, name).strip():
            words = name.replace("_", " ")
            raise Refusal("blank", f"The {words} is missing; enter it.", field=name)
    _require_born(patient.born_on, timezone.localdate())
    if patient.nhs_number and not nhs_number_holds(patient.nhs_number):
        raise Refusal(
            "nhs_number",
            f"{patient.nhs_number} is no NHS number: its check digit does not fit. "
            "Read it again.",
            field="nhs_number",
        )


def _require_born(born_on: dt.date, today: dt.date) -> None:
    if not today.year - OLDEST_YEARS <= born_on.year or born_on > today:
        raise Refusal(
            "born_on",
            f"Born {born_on:%d-%b-%Y} cannot be: from {today.year - OLDEST_YEARS} to "
            "today. Read it again.",
            field="born_on",
        )


def nhs_number_holds(text: str) -> bool:
    """Ten digits, the last of which is the modulo 11 check digit of the others."""
    if len(text) != 10 or not (text.isascii() and text.isdigit()):
        return False
    total = sum(
        int(digit) * weight
        for digit, weight in zip(text[:9], range(10, 1, -1), strict=True)
    )
    return (11 - total % 11) % 11 == int(text[9])
