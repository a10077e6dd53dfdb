"""Pages of results: asked once, kept on refusal, all or none, only at one's site."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from sessions_app.demo.past import session_past
from sessions_app.models import Measurement
from sessions_app.selectors.courses import place_key
from tests.factories import make_patient, make_world
from tests.sessions_app.harms import treated
from tests.visits import make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def place(world):
    return world.here


@pytest.fixture
def signed_in(client, place):
    client.force_login(place.clinician)
    return client


@pytest.fixture
def order(place):
    return make_order(make_patient(place), place, "HH-PALM")


def text(answer) -> str:
    return answer.content.decode()


def test_a_record_page_asks_for_what_is_missing_and_shows_what_is_there(
    signed_in, place
) -> None:
    visit, _ = treated(place)
    before = text(signed_in.get(visit.path))
    assert "Missing for the next step" in before
    assert 'name="value-HDSS-1"' in before
    assert "1 to 4: 1 is never noticed" in before
    assert "lower is better. About: since the last visit." in before
    answer = signed_in.post(
        reverse("session-results", args=[visit.session.pk]),
        {"value-HDSS-1": "2", "value-WET_DAYS-1": "0"},
    )
    assert answer.status_code == 302
    after = text(signed_in.get(visit.path))
    assert "✓ Complete" in after
    assert "2 points on" in after
    assert 'name="value-HDSS-1"' not in after
    row = Measurement.objects.get(measure="HDSS")
    assert row.session == visit.session
    assert row.course == visit.session.prescription.number
    assert row.body_site == place_key(visit.session.prescription.legs.get())


def test_a_tendon_visit_asks_for_pain_and_the_score_of_the_body_part(
    signed_in, place
) -> None:
    order = make_order(make_patient(place), place, "LE-DEX40")
    session = session_past(order, timezone.localdate())
    page = text(signed_in.get(reverse("session", args=[session.pk])))
    assert 'name="value-NPRS-1"' in page
    assert 'name="value-PRTEE-1"' in page
    assert 'name="value-HDSS-1"' not in page


def test_a_refusal_names_its_field_and_keeps_all_that_was_typed(
    signed_in, place
) -> None:
    visit, _ = treated(place)
    address = reverse("session-results", args=[visit.session.pk])
    form = {"value-HDSS-1": "9", "value-WET_DAYS-1": "3", "value-DLQI-0": "11"}
    answer = signed_in.post(address, form)
    assert answer.status_code == 422
    page = text(answer)
    assert 'href="#value-HDSS-1"' in page
    assert 'value="3"' in page
    assert 'value="11"' in page
    assert not Measurement.objects.exists()
    sweat = signed_in.post(address, {"value-GRAVIMETRY-1": "31"})
    assert "choose the unit" in text(sweat)
    assert 'href="#unit-GRAVIMETRY-1"' in text(sweat)
    assert "Nothing is entered" in text(signed_in.post(address, {}))


def test_by_telephone_is_without_a_session_and_with_its_day(signed_in, order) -> None:
    address = reverse("course-results", args=[order.number])
    today = timezone.localdate()
    form = {"measured_on": "", "value-HDSS-1": "3"}
    assert signed_in.post(address, form).status_code == 422
    late = {**form, "measured_on": (today + dt.timedelta(days=1)).isoformat()}
    assert "still to come" in text(signed_in.post(address, late))
    comma = {"unit-GRAVIMETRY-1": "mg/5 min", "value-GRAVIMETRY-1": "6,25"}
    answer = signed_in.post(address, {**form, **comma, "measured_on": str(today)})
    assert answer.status_code == 302
    rows = {row.measure: row for row in Measurement.objects.all()}
    assert rows["HDSS"].session is None
    assert (rows["GRAVIMETRY"].value, rows["GRAVIMETRY"].unit) == ("6.25", "mg/5 min")


def test_a_correction_shows_what_stands_and_keeps_both(signed_in, order) -> None:
    session_past(order, timezone.localdate() - dt.timedelta(days=2), hdss=3)
    old = Measurement.objects.get()
    address = reverse("result-correct", args=[old.pk])
    assert "It reads: <strong>3 points" in text(signed_in.get(address))
    form = {"value": "2", "measured_on": str(old.measured_on), "reason": ""}
    refused = signed_in.post(address, form)
    assert refused.status_code == 422
    assert 'value="2"' in text(refused)
    assert signed_in.post(address, {**form, "reason": "misheard"}).status_code == 302
    assert Measurement.objects.count() == 2
    summary = text(signed_in.get(reverse("course-summary", args=[order.number])))
    assert "corrected: misheard" in summary
    assert "3 points" not in summary


def test_results_of_another_site_do_not_exist(client, world, order) -> None:
    session = session_past(order, timezone.localdate(), hdss=3)
    row = Measurement.objects.get()
    client.force_login(world.other.clinician)
    for name, key in (
        ("session-results", session.pk),
        ("course-results", order.number),
        ("course-summary", order.number),
        ("result-correct", row.pk),
    ):
        address = reverse(name, args=[key])
        assert client.get(address).status_code == 404
        assert client.post(address, {"value": "1"}).status_code in (404, 405)
    assert Measurement.objects.count() == 1


def test_who_only_reads_has_no_form(client, place, order) -> None:
    client.force_login(place.staff["auditor"])
    address = reverse("course-results", args=[order.number])
    assert "Record as" not in text(client.get(address))
    form = {"measured_on": str(timezone.localdate()), "value-HDSS-1": "3"}
    assert client.post(address, form).status_code == 403
