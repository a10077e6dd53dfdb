"""The list of patients finds people; a new one is registered once and whole."""

import datetime as dt

import pytest
from django.urls import reverse

from clinic.models import Patient, Role
from tests.factories import World, make_patient, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def clinician(client, world):
    client.force_login(world.here.clinician)
    return client


@pytest.fixture
def khan(world) -> Patient:
    return make_patient(
        world.here,
        family_name="Khan",
        given_name="Amina",
        mrn="M-4711",
        born_on=dt.date(1990, 2, 1),
    )


def text(answer) -> str:
    return answer.content.decode()


def typed(**changes) -> dict[str, str]:
    plain = {
        "family_name": "Moreau",
        "given_name": "Lucie",
        "born_on": "2009-05-09",
        "gender": "female",
        "mrn": "M-77",
        "allergies": "known",
        "allergy_list": "Latex, sulphite",
    }
    return {**plain, **changes}


@pytest.mark.parametrize(
    "words",
    [
        "khan",
        "AMINA",
        "amina khan",
        "KHAN, Amina",
        "4711",
        "1990-02-01",
        "01-Feb-1990",
        "01/02/1990",
        "khan 01.02.1990",
        "",
    ],
)
def test_a_patient_is_found_by_name_number_or_birthday(clinician, khan, words) -> None:
    page = text(clinician.get(reverse("patients"), {"q": words}))
    assert reverse("patient", args=[khan.pk]) in page


@pytest.mark.parametrize("words", ["khan bob", "1990-02-02", "%", "M-4712"])
def test_nobody_is_found_by_what_does_not_fit(clinician, khan, words) -> None:
    page = text(clinician.get(reverse("patients"), {"q": words}))
    assert "KHAN" not in page
    assert "No patient of your sites" in page


def test_patients_of_another_site_are_not_listed(client, world, khan) -> None:
    client.force_login(world.other.clinician)
    assert "KHAN" not in text(client.get(reverse("patients")))


def test_a_new_patient_is_registered_with_what_was_asked(clinician, world) -> None:
    answer = clinician.post(reverse("patient-new"), typed())
    patient = Patient.objects.get(mrn="M-77")
    assert answer.url == reverse("patient", args=[patient.pk])
    assert (patient.site, patient.is_simulated) == (world.here.site, True)
    assert patient.allergies == ["Latex", "sulphite"]


@pytest.mark.parametrize(("answer", "kept"), [("none", []), ("unknown", None)])
def test_none_known_differs_from_not_asked(clinician, answer, kept) -> None:
    form = typed(allergies=answer, allergy_list="")
    clinician.post(reverse("patient-new"), form)
    assert Patient.objects.get(mrn="M-77").allergies == kept


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"family_name": ""}, "family_name", "Enter the family name"),
        ({"family_name": "x" * 81}, "family_name", "81 characters"),
        ({"born_on": "yesterday"}, "born_on", "Enter the date of birth"),
        ({"born_on": "1700-01-01"}, "born_on", "cannot be"),
        ({"allergies": ""}, "allergies", "Say whether"),
        ({"allergy_list": " , "}, "allergy_list", "Write which allergies"),
        ({"allergies": "none"}, "allergies", "Latex is listed"),
        ({"nhs_number": "1234567890"}, "nhs_number", "check digit"),
        ({"gender": "x"}, "gender", "Choose one"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(clinician, changes, field, says) -> None:
    answer = clinician.post(reverse("patient-new"), typed(**changes))
    page = text(answer)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert says in page
    assert 'value="Lucie"' in page
    assert not Patient.objects.filter(mrn="M-77").exists()


def test_all_that_is_missing_is_told_at_once(clinician) -> None:
    page = text(clinician.post(reverse("patient-new"), {}))
    for field in ("family_name", "given_name", "mrn", "born_on", "allergies"):
        assert f'href="#{field}"' in page


def test_a_number_that_is_taken_says_so(clinician, khan) -> None:
    answer = clinician.post(reverse("patient-new"), typed(mrn="M-4711"))
    assert "belongs to another patient" in text(answer)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ENGINEER])
def test_who_may_not_register_sees_no_button_and_gets_403(client, world, role) -> None:
    client.force_login(world.here.staff[role])
    assert "New patient" not in text(client.get(reverse("patients")))
    assert client.get(reverse("patient-new")).status_code == 403
    assert client.post(reverse("patient-new"), typed()).status_code == 403
