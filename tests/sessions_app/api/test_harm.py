"""Skin, adverse events and incidents through the API."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Role
from sessions_app.models import AdverseEvent, Incident
from sessions_app.selectors.harm import electrodes_of, reusable
from tests.factories import Place, make_place
from tests.sessions_app.harms import flowing, treated

pytestmark = pytest.mark.django_db
LOOKS = [{"electrode": "1-red"}, {"electrode": "1-black"}]


@pytest.fixture
def place(db: None) -> Place:
    return make_place()


@pytest.fixture
def client(place: Place) -> Client:
    client = Client()
    client.force_login(place.clinician)
    return client


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"/api/v1/{address}/", body, content_type="application/json")


def signed(client: Client, place: Place, red: list[dict[str, Any]]) -> Any:
    visit, _ = treated(place)
    session = visit.session
    kinds = reusable(electrodes_of(session))
    return session, post(
        client,
        f"treatment-sessions/{session.pk}/sign",
        version=session.version,
        seen=[{"electrode": "1-red", "findings": red}, LOOKS[1]],
        cleaned=[str(kind.pk) for kind in kinds],
    )


def test_a_burn_at_the_signature_is_an_incident_that_is_decided_once(
    place, client
) -> None:
    _, answer = signed(client, place, [{"code": "BRN", "grade": 2}])
    assert answer.json()["state"] == "completed"
    (row,) = client.get("/api/v1/incidents/").json()["results"]
    assert row["device_log"]["device_counter_nc"] == 60_000_000
    engineer = Client()
    engineer.force_login(place.staff[Role.ENGINEER])
    decide = f"incidents/{row['id']}/decide"
    said = post(engineer, decide, reportable=True, decision="Yellow Card")
    assert (said.status_code, said.json()["reportable"]) == (200, True)
    assert post(engineer, decide, reportable=True, decision="x").status_code == 409


def test_a_grade_that_a_code_does_not_have_is_refused(place, client) -> None:
    _, answer = signed(client, place, [{"code": "ERY", "grade": 4}])
    assert (answer.status_code, answer.json()["code"]) == (422, "finding")
    assert not AdverseEvent.objects.exists()


def test_an_event_is_added_corrected_and_called_back(place, client) -> None:
    session, _ = signed(client, place, [])
    here = f"treatment-sessions/{session.pk}"
    body = {
        "code": "ERY",
        "grade": 1,
        "onset_at": timezone.now().isoformat(),
        "noticed": "phone",
        "leg": session.legs.get().pk,
        "lead": "black",
    }
    first = post(client, f"{here}/adverse-events", **body)
    assert (first.status_code, first.json()["lead"]) == (201, "black")
    again = {**body, "grade": 2, "supersedes": first.json()["id"]}
    assert post(client, f"{here}/adverse-events", **again).status_code == 201
    assert post(client, f"{here}/adverse-events", **again).status_code == 409
    assert not Incident.objects.exists()
    call = {"seen": LOOKS, "text": "gone"}
    assert post(client, f"{here}/call-back", **call).status_code == 200
    assert post(client, f"{here}/call-back", **call).status_code == 409


def test_the_look_during_a_run_needs_both_electrodes(place, client) -> None:
    visit, _ = flowing(place)
    address = f"treatment-sessions/{visit.session.pk}/skin-check"
    blind = post(client, address, seen=LOOKS[:1])
    assert (blind.status_code, blind.json()["code"]) == (422, "skin_not_seen")
    assert post(client, address, seen=LOOKS).status_code == 200
