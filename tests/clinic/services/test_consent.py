"""Consent: who may give it, under which text, and what a withdrawal ends."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Consent, ConsentText, Role
from clinic.services.consent import (
    Covered,
    Giving,
    consent_record,
    consent_texts_load,
    consent_withdraw,
)
from clinic.services.consent_texts import TEXTS
from tests.factories import Place, make_patient, make_world

pytestmark = pytest.mark.django_db

By = Consent.By
COVERED = Covered(drug="", body_site="both palms", device_kind="dc stimulator, tray")
GUARDIAN = Giving(
    given_by=By.GUARDIAN, giver_name="Sara Khan", relation="Mother", evidence="Passport"
)


@pytest.fixture
def place() -> Place:
    return make_world().here


def record(place: Place, giving: Giving, *, age: int = 30, **more: Any) -> Consent:
    patient = more.pop("patient", None) or make_patient(
        place, born_on=dt.date(timezone.localdate().year - age, 1, 1)
    )
    plain = {"course": uuid.uuid4(), "kind": "treatment", "by": place.clinician}
    return consent_record(
        patient=patient, covered=COVERED, giving=giving, **{**plain, **more}
    )


def test_an_adult_consents_under_the_newest_text(place: Place) -> None:
    row = record(place, Giving(given_by=By.PATIENT))
    assert row.giver_name == f"{row.patient.given_name} {row.patient.family_name}"
    assert (row.text.kind, row.text.version) == ("treatment", TEXTS["treatment"][0])
    assert AuditEntry.objects.filter(
        action="consent.record", subject_id=row.pk
    ).exists()


def test_every_install_gets_the_texts_once(place: Place) -> None:
    for _ in range(2):
        consent_texts_load()
    assert ConsentText.objects.count() == len(TEXTS)


def test_a_published_version_never_holds_other_words(place: Place) -> None:
    ConsentText.objects.create(kind="photo", version=TEXTS["photo"][0], body="else")
    with pytest.raises(ValueError, match="other words"):
        consent_texts_load()


def test_an_older_text_that_was_read_is_refused(place: Place) -> None:
    with pytest.raises(Conflict, match="newest"):
        record(place, Giving(given_by=By.PATIENT), text_version=0)


def test_a_minor_does_not_consent_alone(place: Place) -> None:
    with pytest.raises(Refusal, match="guardian consents") as refused:
        record(place, Giving(given_by=By.PATIENT), age=12)
    assert refused.value.extra["field"] == "given_by"
    assert not Consent.objects.exists()


def test_the_site_sets_the_age_of_consent(place: Place) -> None:
    place.site.policy = {"minor_under": 12}
    place.site.save()
    assert record(place, Giving(given_by=By.PATIENT), age=12)


@pytest.mark.parametrize("left_out", ["giver_name", "relation", "evidence"])
def test_a_guardian_says_who_how_related_and_what_shows_it(
    place: Place, left_out: str
) -> None:
    said = {"giver_name": "Sara", "relation": "Mother", "evidence": "Passport"}
    with pytest.raises(Refusal) as refused:
        record(place, Giving(given_by=By.GUARDIAN, **said | {left_out: " "}), age=12)
    assert refused.value.extra["field"] == left_out
    assert record(place, GUARDIAN, age=12).evidence == "Passport"


def test_a_competent_minor_is_judged_by_a_named_clinician(place: Place) -> None:
    for judge in (None, place.staff[Role.ENGINEER], make_world().here.clinician):
        with pytest.raises(Refusal, match="Name the clinician"):
            record(place, Giving(given_by=By.MINOR_COMPETENT, judged_by=judge), age=15)
    judged = Giving(given_by=By.MINOR_COMPETENT, judged_by=place.prescriber)
    assert record(place, judged, age=15).judged_by == place.prescriber
    with pytest.raises(Refusal, match="consents alone"):
        record(place, judged, age=16)


def test_only_who_treats_records_and_withdraws(place: Place) -> None:
    for role in (Role.ADMINISTRATOR, Role.ENGINEER, Role.AUDITOR):
        with pytest.raises(Forbidden):
            record(place, Giving(given_by=By.PATIENT), by=place.staff[role])


def test_a_withdrawal_ends_every_consent_of_its_kind_for_the_course(
    place: Place,
) -> None:
    first = record(place, Giving(given_by=By.PATIENT))
    same = {"patient": first.patient, "course": first.course}
    again = record(place, Giving(given_by=By.PATIENT), **same)
    photo = record(place, Giving(given_by=By.PATIENT), kind="photo", **same)
    consent_withdraw(consent=again, by=place.clinician, reason="changed my mind")
    for row in (first, again, photo):
        row.refresh_from_db()
    assert first.withdrawn_at is not None
    assert again.withdraw_reason == "changed my mind"
    assert photo.withdrawn_at is None
    with pytest.raises(Conflict, match="withdrawn already"):
        consent_withdraw(consent=first, by=place.clinician, reason="again")


def test_a_withdrawal_needs_words(place: Place) -> None:
    row = record(place, Giving(given_by=By.PATIENT))
    with pytest.raises(Refusal, match="what the patient says"):
        consent_withdraw(consent=row, by=place.clinician, reason=" ")


def test_a_consent_is_never_changed_nor_deleted(place: Place) -> None:
    row = record(place, Giving(given_by=By.PATIENT))
    for change in (
        lambda: Consent.objects.filter(pk=row.pk).update(body_site="both soles"),
        lambda: Consent.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
