"""The pages of consent and of dated facts."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Consent, PatientFact, Role
from clinic.services.consent_texts import TEXTS
from sessions_app.models import Prescription
from tests.factories import World, make_patient, make_world
from tests.sessions_app.harms import flowing
from tests.visits import Visit, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def visit(world: World) -> Visit:
    return make_visit(world.here, "LE-DEX40", family_name="Khan")


def client_of(world: World, role: Role = Role.CLINICIAN) -> Client:
    client = Client()
    client.force_login(world.here.staff[role])
    return client


def address(order: Prescription) -> str:
    return reverse("consent", args=[order.patient_id, order.number])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_page_says_what_stands_and_what_is_covered(
    world: World, visit: Visit
) -> None:
    page = text(client_of(world).get(address(visit.session.prescription)))
    assert page.count("Stands") == 2
    assert "dexamethasone" in page
    assert "right lateral epicondyle" in page
    assert "Photographs" in page


def test_withdrawn_and_given_again_on_the_page(world: World, visit: Visit) -> None:
    order, client = visit.session.prescription, client_of(world)
    row = Consent.objects.get(patient=visit.patient, kind="off_label")
    withdraw = reverse("consent-withdraw", args=[row.pk])
    bare = client.post(withdraw, {"reason": ""})
    assert bare.status_code == 422
    assert f'href="#reason-{row.pk}"' in text(bare)
    client.post(withdraw, {"reason": "no steroid"})
    page = text(client.get(address(order)))
    assert "no steroid" in page
    assert TEXTS["off_label"][1].split("\n")[0].split(" ", 3)[3][:20] in page
    form = {"kind": "off_label", "text_version": TEXTS["off_label"][0]}
    refused = client.post(address(order), form)
    assert refused.status_code == 422
    assert 'href="#off_label-given_by"' in text(refused)
    assert (
        client.post(address(order), form | {"given_by": "patient"}).status_code == 302
    )
    assert Consent.objects.filter(kind="off_label").count() == 2


def test_a_withdrawal_on_the_page_stops_what_runs(world: World) -> None:
    visit, run = flowing(world.here)
    client = client_of(world)
    row = Consent.objects.get(patient=visit.patient, kind="treatment")
    client.post(reverse("consent-withdraw", args=[row.pk]), {"reason": "no more"})
    run.refresh_from_db()
    assert run.stop_cause == "consent withdrawn"


def test_an_implant_on_the_page_stops_what_runs(world: World) -> None:
    visit, run = flowing(world.here)
    form = {"kind": "implant", "says": "pacemaker", "dated_on": "2020-01-01"}
    client_of(world).post(reverse("patient-facts", args=[visit.patient.pk]), form)
    run.refresh_from_db()
    assert run.stop_cause == "implant"


def test_a_guardian_without_evidence_is_told_at_the_field(
    world: World, visit: Visit
) -> None:
    form = {
        "kind": "photo",
        "text_version": TEXTS["photo"][0],
        "given_by": "guardian",
        "giver_name": "Sara",
        "relation": "Mother",
    }
    answer = client_of(world).post(address(visit.session.prescription), form)
    assert answer.status_code == 422
    assert 'href="#photo-evidence"' in text(answer)
    assert 'value="Sara"' in text(answer)


def test_an_auditor_reads_and_records_nothing(world: World, visit: Visit) -> None:
    client, order = client_of(world, Role.AUDITOR), visit.session.prescription
    assert "Withdraw consent" not in text(client.get(address(order)))
    form = {"kind": "photo", "text_version": 1, "given_by": "patient"}
    assert client.post(address(order), form).status_code == 403


def test_another_site_finds_neither_consent_nor_fact(
    world: World, visit: Visit
) -> None:
    client = Client()
    client.force_login(world.other.clinician)
    row = Consent.objects.filter(patient=visit.patient).first()
    assert row is not None
    for path in (
        address(visit.session.prescription),
        reverse("patient-facts", args=[visit.patient.pk]),
    ):
        assert client.get(path).status_code == 404
    withdraw = reverse("consent-withdraw", args=[row.pk])
    assert client.post(withdraw, {"reason": "x"}).status_code == 404


def test_a_fact_is_recorded_and_ended_on_its_page(world: World) -> None:
    client, patient = client_of(world), make_patient(world.here)
    path = reverse("patient-facts", args=[patient.pk])
    today = timezone.localdate().isoformat()
    form = {"kind": "implant", "says": "Pacemaker 2019", "dated_on": today}
    for left_out, field in (("kind", "kind"), ("says", "says")):
        answer = client.post(path, form | {left_out: ""})
        assert answer.status_code == 422
        assert f'href="#{field}"' in text(answer)
    assert client.post(path, form).status_code == 302
    fact = PatientFact.objects.get()
    assert "Pacemaker 2019" in text(client.get(path))
    client.post(reverse("fact-end", args=[fact.pk]))
    fact.refresh_from_db()
    assert fact.ended_by == world.here.clinician


def test_facts_and_questions_stand_on_the_page_of_the_patient(
    world: World, visit: Visit
) -> None:
    client = client_of(world)
    page = text(client.get(reverse("patient", args=[visit.patient.pk])))
    assert reverse("patient-facts", args=[visit.patient.pk]) in page
    assert address(visit.session.prescription) in page
