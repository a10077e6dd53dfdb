"""A made-up past satisfies every rule of the tables and opens on every page."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from sessions_app.demo.past import session_past
from sessions_app.domain.harm import finding
from sessions_app.models import DoseRecord, Measurement
from sessions_app.selectors.ledger import flowed, treated_legs, treated_on
from tests.factories import make_patient, make_world
from tests.visits import make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


@pytest.mark.parametrize("code", ["HH-PALM", "LE-DEX40"])
def test_a_past_visit_reads_like_one_that_was_held(place, code) -> None:
    patient = make_patient(place)
    order = make_order(patient, place, code)
    day = site_day(place.site) - dt.timedelta(days=30)
    scores = {"wet_days": 1} if code == "HH-PALM" else {"nprs": 6}
    session = session_past(
        order, day, ua=3_000, hdss=3, harm=finding("ERY", 1), **scores
    )
    assert (session.state, session.number, session.due_on) == ("completed", 1, day)
    assert [timezone.localdate(event.at) for event in session.events.all()] == [day] * 5
    (row,) = flowed(patient=patient)
    assert (row.day, row.leg.session) == (day, session)
    (leg,) = treated_legs(patient=patient, code=code)
    assert treated_on(leg) == day
    dose = DoseRecord.objects.get(leg=leg)
    assert (dose.counts, dose.tolerated_ua, timezone.localdate(dose.at)) == (
        True,
        3_000,
        day,
    )
    assert {timezone.localdate(row.at) for row in Measurement.objects.all()} == {day}
    assert [one.code for one in session.adverse_events.all()] == ["ERY"]
    client = Client()
    client.force_login(place.clinician)
    for path in (f"/patients/{patient.pk}/", f"/sessions/{session.pk}/"):
        assert client.get(path, follow=True).status_code == 200, path


def test_a_real_patient_has_no_made_up_past(place) -> None:
    order = make_order(make_patient(place), place, "HH-PALM")
    order.patient.is_simulated = False
    with pytest.raises(Refusal, match="simulated"):
        session_past(order, dt.date(2026, 1, 5))
