"""Pages of a test: they work without a script, and name nobody where policy says so."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.models import Collection, TreatmentSession
from sessions_app.services.collecting import collection_start
from sessions_app.services.scheduling import session_schedule
from tests.factories import make_patient, make_stimulator, make_world
from tests.sessions_app.sweat import (
    arms,
    collect,
    dose_write,
    leg_of,
    sign,
    stimulated,
)
from tests.visits import make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def client_of(staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def begun(place, *, minutes: int = 0):
    session = stimulated(place)
    leg = leg_of(session, 1)
    row = collection_start(leg=leg, container="coil", by=place.clinician)
    Collection.objects.filter(pk=row.pk).update(
        started_at=timezone.now() - dt.timedelta(minutes=minutes)
    )
    return session


@pytest.mark.parametrize(("minutes", "hidden"), [(29, True), (32, False)])
def test_the_timer_is_a_text_that_says_when_it_is_over(world, minutes, hidden) -> None:
    session = begun(world.here, minutes=minutes)
    page = client_of(world.here.clinician).get(f"/sessions/{session.pk}/")
    text = page.content.decode()
    assert f">{minutes}:0" in text
    assert "of 30:00 min" in text
    assert ("<p data-timer-over hidden>" in text) is hidden


def test_no_sweat_is_ticked_and_never_a_mere_nought(world) -> None:
    session = begun(world.here)
    client = client_of(world.here.clinician)
    address = f"/sessions/{session.pk}/collect/1/end"
    for typed, says in (
        ({"amount-1": "0"}, "tick that no sweat is seen"),
        ({"amount-1": "3", "dry-1": "yes"}, "an amount is entered as well"),
        ({"amount-1": "15.0001"}, "finer than is kept"),
        ({"amount-1": ""}, "nothing is entered"),
    ):
        answer = client.post(address, typed)
        assert answer.status_code == 422
        assert says in answer.content.decode()
    assert client.post(address, {"dry-1": "yes"}).status_code == 302
    row = Collection.objects.get(leg__session=session)
    assert (row.amount_milli, row.result) == (0, "none")


def test_a_label_has_the_mrn_or_a_pseudonym_as_the_site_says(world) -> None:
    site = world.here.site
    session = begun(world.here)
    client = client_of(world.here.clinician)
    address = f"/sessions/{session.pk}/collect/1/label"
    label = Collection.objects.get(leg__session=session).label

    def printed() -> str:
        text = client.get(address).content.decode()
        return text[text.index("app-label__code") : text.index("app-screen")]

    assert label in printed()
    assert f"MRN {session.patient.mrn}" in printed()
    site.policy = {**site.policy, "label_pseudonym": True}
    site.save(update_fields=["policy"])
    assert f"MRN {session.patient.mrn}" not in printed()
    assert f"P-{session.patient.pk.hex[:10].upper()}" in printed()
    other = client_of(world.other.clinician)
    assert other.get(address).status_code == 404


def test_bands_are_shown_with_their_source_and_applied_to_nothing(world) -> None:
    session = stimulated(world.here)
    collect(world.here, session, 20_000, 20_000)
    sign(world.here, session)
    client = client_of(world.here.clinician)
    typed = {
        "chloride": "161",
        "laboratory": "Central laboratory",
        "method": "Coulometry",
        "measured_on": timezone.localdate().isoformat(),
    }
    address = f"/sessions/{session.pk}/result/1/"
    refused = client.post(address, typed)
    assert refused.status_code == 422
    assert 'value="161"' in refused.content.decode()
    assert client.post(address, {**typed, "chloride": "61"}).status_code == 302
    text = client.get(f"/sessions/{session.pk}/").content.decode()
    assert "61 mmol/L" in text
    assert "60 and over" in text
    assert "CLSI C34" in text
    assert "A prescriber has not interpreted this test yet." in text
    assert "Sign the interpretation" not in text


def test_a_repeat_is_decided_on_the_page_of_the_test(world) -> None:
    session = stimulated(world.here)
    collect(world.here, session, 9_000, 20_000)
    client = client_of(world.here.clinician)
    page = f"/sessions/{session.pk}/"
    assert "9 µL, at least 15 µL" in client.get(page).content.decode()
    proposal = session.proposals.get(decision="open")
    form = {"proposal": str(proposal.pk), "repeat": "no", "repeat_reason": ""}
    for typed, says in (
        ({**form, "repeat": ""}, "Choose what is to be done"),
        (form, "Write why not as proposed"),
        ({**form, "repeat": "other", "repeat_on": ""}, "Day: give a day"),
    ):
        answer = client.post(f"{page}repeat", typed)
        assert answer.status_code == 422
        assert says in answer.content.decode()
    said = {**form, "repeat": "yes"}
    assert client.post(f"{page}repeat", said).status_code == 302
    assert "Accepted by" in client.get(page).content.decode()


def test_one_arm_collects_while_the_other_is_prepared(world) -> None:
    place = world.here
    order = make_order(
        make_patient(place), place, "SWEAT-CF", legs=arms(), sessions_planned=2
    )
    session = session_schedule(
        prescription=order, due_on=timezone.localdate(), by=place.clinician
    )
    left = leg_of(session, 1)
    dose_write(place, session, left, make_stimulator(place))
    TreatmentSession.objects.filter(pk=session.pk).update(state="cleared")
    client = client_of(place.clinician)
    begin = {"container-1": "coil"}
    answer = client.post(f"/sessions/{session.pk}/collect/1", begin)
    assert answer.status_code == 302
    text = client.get(f"/sessions/{session.pk}/").content.decode()
    assert "Cannot be prepared" not in text, text[text.index("Cannot be") :][:400]
    assert "of 30:00 min" in text
    assert "No current yet" in text
