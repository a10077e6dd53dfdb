"""What takes the ground from a treatment stops what runs, at once."""

import datetime as dt

import pytest
from django.db import DatabaseError

from clinic.models import Consent
from clinic.selectors.site_time import site_day
from devices.models import Run
from sessions_app.models import Course, Lot
from sessions_app.services import halting
from sessions_app.services.consenting import (
    course_consent_withdraw,
    patient_fact_record,
)
from sessions_app.services.courses import course_hold, course_stop
from sessions_app.services.ladders import ladders_load
from sessions_app.services.lots import lot_recall, lots_use
from sessions_app.services.prescribing import prescription_stop
from tests.factories import make_world
from tests.sessions_app.harms import flowing

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


def withdraw(place, visit, kind="treatment") -> None:
    given = Consent.objects.filter(course=visit.session.prescription.number)
    row = given.filter(kind="treatment").first()
    if kind != "treatment":
        row.pk, row.kind, row._state.adding = None, kind, True
        row.save()
    course_consent_withdraw(consent=row, by=place.clinician, reason="No more.")


def stop_course(place, visit) -> None:
    prescription_stop(
        prescription=visit.session.prescription, by=place.prescriber, reason="ended"
    )


def hold_course(place, visit) -> None:
    course = Course.objects.get(pk=visit.session.prescription.number)
    course_hold(course=course, place="palms both", reason="faint", by=place.clinician)


def end_course(place, visit) -> None:
    course = Course.objects.get(pk=visit.session.prescription.number)
    course_stop(course=course, place="", reason="moves away", by=place.clinician)


def fact(place, visit, kind="implant") -> None:
    patient_fact_record(
        patient=visit.patient,
        kind=kind,
        says="Told at the chair",
        dated_on=site_day(place.site),
        by=place.clinician,
    )


def recall(place, visit, used=True) -> None:
    electrode = visit.session.legs.get(order=1).prescribed.active_electrode
    lot = Lot.objects.create(
        site=place.site,
        electrode=electrode,
        name=electrode.name,
        number="E9",
        expires_on=site_day(place.site) + dt.timedelta(days=9),
        received_by=place.clinician,
    )
    if used:
        leg = visit.session.legs.get(order=1)
        lots_use(leg=leg, uses=[(lot, "active")], by=place.clinician)
    lot_recall(lot=lot, by=place.clinician, reason="maker")


@pytest.mark.parametrize(
    ("happens", "cause"),
    [
        (withdraw, "consent withdrawn"),
        (stop_course, "prescription stopped"),
        (hold_course, "course held"),
        (end_course, "course ended"),
        (fact, "implant"),
        (recall, "lot recalled"),
    ],
)
def test_what_runs_is_stopped_at_once(place, happens, cause) -> None:
    ladders_load()
    visit, run = flowing(place)
    happens(place, visit)
    run.refresh_from_db()
    assert (run.stop_requested_at is not None, run.stop_cause) == (True, cause)


@pytest.mark.parametrize(
    ("happens", "other"),
    [
        (withdraw, {"kind": "photo"}),
        (fact, {"kind": "condition"}),
        (recall, {"used": False}),
    ],
)
def test_what_concerns_no_current_stops_none(place, happens, other) -> None:
    visit, run = flowing(place)
    happens(place, visit, **other)
    assert Run.objects.get(pk=run.pk).stop_requested_at is None


def test_a_stop_that_fails_keeps_no_withdrawal_back(place, monkeypatch) -> None:
    visit, _ = flowing(place)

    def fails(**_) -> None:
        raise DatabaseError("no connection")

    monkeypatch.setattr(halting, "run_stop_request", fails)
    withdraw(place, visit)
    given = Consent.objects.filter(course=visit.session.prescription.number)
    assert not given.filter(kind="treatment", withdrawn_at=None).exists()
