"""A second person proves who they are; nobody learns who exists, few tries."""

import pytest

from clinic.errors import Refusal
from clinic.models import AuditEntry, Role
from clinic.services.second_person import REFUSED, TRIES, second_person
from tests.factories import PASSWORD, make_staff, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def second(world):
    return make_staff(world.here.site, Role.CLINICIAN, password=PASSWORD)


def prove(world, email, password=PASSWORD, first=None):
    return second_person(
        email=email,
        password=password,
        first=first or world.here.clinician,
        site=world.here.site,
        action="run.control",
    )


def test_address_and_password_prove_another_member_of_staff(world, second) -> None:
    assert prove(world, f" {second.email.upper()} ") == second
    assert not AuditEntry.objects.filter(action=REFUSED).exists()


def test_a_wrong_password_and_an_unknown_address_read_the_same(world, second) -> None:
    texts = []
    for email, password in ((second.email, "wrong"), ("no@example.org", PASSWORD)):
        with pytest.raises(Refusal) as refused:
            prove(world, email, password)
        texts.append(refused.value.text)
    assert len(set(texts)) == 1


def test_whoever_left_proves_nothing(world, second) -> None:
    second.is_active = False
    second.save(update_fields=["is_active"])
    with pytest.raises(Refusal, match="wrong"):
        prove(world, second.email)


@pytest.mark.parametrize(("email", "password"), [("", PASSWORD), ("a@b.example", "")])
def test_nothing_is_no_proof(world, email, password) -> None:
    with pytest.raises(Refusal, match="second person looks too"):
        prove(world, email, password)


def test_the_first_person_is_no_second_one(world, second) -> None:
    with pytest.raises(Refusal, match="another person"):
        prove(world, second.email, first=second)


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_does_not_treat_is_no_second_checker(world, role) -> None:
    other = make_staff(world.here.site, role, password=PASSWORD)
    with pytest.raises(Refusal, match="does not treat"):
        prove(world, other.email)


def test_a_clinician_of_another_site_is_no_second_checker(world) -> None:
    other = make_staff(world.other.site, Role.CLINICIAN, password=PASSWORD)
    with pytest.raises(Refusal, match="does not treat"):
        prove(world, other.email)


def test_few_tries_for_an_address_and_for_the_first_person(world, second) -> None:
    for _ in range(TRIES):
        with pytest.raises(Refusal, match="wrong"):
            prove(world, second.email, "wrong")
    # The right password comes too late, for this address and by this person.
    with pytest.raises(Refusal, match="at most 5"):
        prove(world, second.email, first=world.here.prescriber)
    third = make_staff(world.here.site, Role.CLINICIAN, password=PASSWORD)
    with pytest.raises(Refusal, match="at most 5"):
        prove(world, third.email)
    assert prove(world, third.email, first=world.here.prescriber) == third


def test_the_trail_keeps_neither_address_nor_password(world, second) -> None:
    with pytest.raises(Refusal):
        prove(world, second.email, "my secret")
    row = AuditEntry.objects.get(action=REFUSED)
    kept = f"{row.subject}{row.subject_id}{row.data}"
    assert second.email not in kept
    assert "my secret" not in kept
