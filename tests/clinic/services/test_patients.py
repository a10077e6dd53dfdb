"""Patients are registered soundly and corrected from what was seen."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Patient, Role, Site
from clinic.services.patients import (
    PatientDetails,
    nhs_number_holds,
    patient_correct,
    patient_register,
)
from tests.factories import Place, make_patient, make_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db: None) -> Place:
    return make_place()


def details(**changes: Any) -> PatientDetails:
    plain = {
        "family_name": "Khan",
        "given_name": "Amina",
        "born_on": dt.date(1991, 7, 14),
        "mrn": "M-1",
    }
    return PatientDetails(**{**plain, **changes})


def register(place: Place, **changes: Any) -> Patient:
    return patient_register(
        site=place.site,
        details=details(**changes),
        is_simulated=True,
        by=place.clinician,
    )


def correct(place: Place, patient: Patient, seen: Any, changes: Any) -> Patient:
    return patient_correct(
        patient=patient, seen=seen, changes=changes, by=place.clinician
    )


def test_allergies_stay_unknown_until_somebody_asks(place: Place) -> None:
    assert register(place).allergies is None
    assert register(place, mrn="M-2", allergies=[]).allergies == []


def test_registration_is_audited_without_what_the_patient_said(place: Place) -> None:
    patient = register(place)
    (entry,) = AuditEntry.objects.filter(action="patient.register")
    assert entry.subject_id == str(patient.pk)
    assert entry.staff == place.clinician
    assert entry.data == {}


def test_an_mrn_is_given_once_per_site(place: Place) -> None:
    register(place)
    with pytest.raises(Conflict, match="M-1 belongs to another patient") as refused:
        register(place)
    assert refused.value.code == "mrn_taken"
    other = make_place()
    assert register(other).mrn == "M-1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"family_name": "  "}, "blank"),
        ({"mrn": ""}, "blank"),
        ({"born_on": dt.date(1850, 1, 1)}, "born_on"),
        ({"nhs_number": "9990000019"}, "nhs_number"),
        ({"nhs_number": "999 000 00"}, "nhs_number"),
    ],
)
def test_what_cannot_be_is_refused(
    place: Place, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        register(place, **change)
    assert refused.value.code == code
    assert not Patient.objects.filter(site=place.site).exists()


def test_nobody_is_born_tomorrow(place: Place) -> None:
    today = timezone.localdate()
    assert register(place, born_on=today).born_on == today
    with pytest.raises(Refusal):
        register(place, mrn="M-2", born_on=today + dt.timedelta(days=1))


def test_a_demo_site_registers_no_real_patient(place: Place) -> None:
    def real() -> Patient:
        return patient_register(
            site=place.site,
            details=details(),
            is_simulated=False,
            by=place.clinician,
        )

    with pytest.raises(Refusal, match="simulated patients only"):
        real()
    Site.objects.filter(pk=place.site.pk).update(is_demo=False)
    place.site.refresh_from_db()
    assert real().is_simulated is False


def test_who_may_not_edit_registers_nobody(place: Place) -> None:
    with pytest.raises(Forbidden):
        patient_register(
            site=place.site,
            details=details(),
            is_simulated=True,
            by=place.staff[Role.AUDITOR],
        )


def test_a_correction_keeps_both_values_in_the_audit(place: Place) -> None:
    patient = make_patient(place)
    born = patient.born_on
    fixed = correct(
        place,
        patient,
        {"allergies": [], "born_on": born},
        {"allergies": ["Latex"], "born_on": dt.date(1990, 1, 2)},
    )
    assert fixed.allergies == ["Latex"]
    (entry,) = AuditEntry.objects.filter(action="patient.correct")
    assert entry.data["from"] == {"allergies": [], "born_on": born.isoformat()}
    assert entry.data["to"] == {"allergies": ["Latex"], "born_on": "1990-01-02"}


def test_a_correction_of_what_has_changed_meanwhile_is_stale(place: Place) -> None:
    patient = make_patient(place)
    correct(place, patient, {"allergies": []}, {"allergies": ["Latex"]})
    with pytest.raises(Conflict, match="Changed since you looked: allergies"):
        correct(place, patient, {"allergies": []}, {"allergies": []})
    patient.refresh_from_db()
    assert patient.allergies == ["Latex"]


@pytest.mark.parametrize(
    ("seen", "changes"), [({}, {}), ({}, {"title": "Dr"}), ({"title": ""}, {})]
)
def test_a_correction_says_what_was_seen(
    place: Place, seen: dict[str, Any], changes: dict[str, Any]
) -> None:
    with pytest.raises(Refusal):
        correct(place, make_patient(place), seen, changes)


def test_a_merged_record_is_left_alone(place: Place) -> None:
    kept, merged = make_patient(place), make_patient(place)
    Patient.objects.filter(pk=merged.pk).update(merged_into=kept)
    with pytest.raises(Conflict, match="merged"):
        correct(place, merged, {"title": ""}, {"title": "Dr"})


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("9990000018", True),
        ("9434765919", True),
        ("9434765918", False),
        ("943476591", False),
        ("94347659190", False),
        ("943476591x", False),
        ("٩434765919", False),
    ],
)
def test_the_check_digit_of_an_nhs_number(text: str, holds: bool) -> None:
    assert nhs_number_holds(text) is holds
