"""Signed orders and recorded doses stay as they were written, whoever tries."""

import datetime as dt

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from clinic.models import AuditEntry
from sessions_app.models import Prescription, PrescriptionLeg
from tests.factories import make_world
from tests.sessions_app.api.scene import Scene, make_scene
from tests.stores import WorkerStores


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene(make_world().here)


@pytest.mark.parametrize(
    "change",
    [
        {"max_ua": 20_000},
        {"sessions_planned": 99},
        {"expires_on": dt.date(2099, 1, 1)},
        {"signature": "0" * 64},
        {"signed_at": None, "signed_by": None, "signature": ""},
    ],
)
def test_a_signed_prescription_is_never_changed(scene: Scene, change: dict) -> None:
    signed = Prescription.objects.filter(pk=scene.prescription.pk)
    with pytest.raises(DatabaseError, match="annot"), transaction.atomic():
        signed.update(**change)
    # Positive control: an unsigned one is.
    draft = Prescription.objects.filter(pk=scene.draft.pk)
    if "signed_at" not in change and "signature" not in change:
        assert draft.update(**change) == 1


def test_a_signed_prescription_can_be_stopped(scene: Scene) -> None:
    signed = Prescription.objects.filter(pk=scene.prescription.pk)
    assert signed.update(stopped_at=scene.act.at, stop_reason="rash") == 1


def test_a_signed_prescription_is_never_removed(scene: Scene) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Prescription.objects.filter(pk=scene.prescription.pk).delete()


def test_the_legs_of_a_signed_prescription_stay(scene: Scene) -> None:
    legs = PrescriptionLeg.objects.filter(prescription=scene.prescription)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        legs.update(drug_pole="anode")
    removed = "DELETE FROM sessions_app_prescriptionleg WHERE prescription_id = %s"
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        connection.cursor().execute(removed, [scene.prescription.pk])
    assert PrescriptionLeg.objects.filter(prescription=scene.draft).update(order=2) == 1


def test_signing_is_audited_with_who_and_where(scene: Scene) -> None:
    entry = AuditEntry.objects.get(
        action="prescription.sign", subject_id=str(scene.prescription.pk)
    )
    assert entry.staff == scene.place.prescriber
    assert entry.site == scene.place.site


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions_app_doserecord SET confirmed_nc = 0",
        "DELETE FROM sessions_app_doserecord",
    ],
)
def test_recorded_doses_and_events_hold_even_against_the_owner(
    live_db: WorkerStores, statement: str
) -> None:
    make_scene(make_world().here)
    with psycopg.connect(live_db.owner_url) as owner:
        with pytest.raises(psycopg.errors.RaiseException, match="annot"):
            owner.execute(statement)
        owner.rollback()
