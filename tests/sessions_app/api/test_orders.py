"""Orders through the API: checked without writing, overridden, for one kind only."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.models import Prescription
from tests.factories import make_world
from tests.sessions_app.api.scene import Scene, make_scene
from tests.sessions_app.api.test_treatment import client_of, order_body, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(make_world().here)


@pytest.fixture
def prescriber(scene: Scene) -> Client:
    return client_of(scene.place, prescriber=True)


def changed_leg(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, "legs": [{**body["legs"][0], **changes}]}


def test_a_check_gives_every_limit_and_writes_nothing(scene, prescriber) -> None:
    before = Prescription.objects.count()
    answer = post(prescriber, "prescriptions/check", **order_body(scene)).json()
    assert (answer["allowed"], answer["faults"]) == (True, [])
    (leg,) = answer["legs"]
    layers = {limit["layer"] for one in leg["verdicts"] for limit in one["limits"]}
    assert {"device", "cathode", "anode", "protocol", "age", "cumulative"} <= layers
    assert Prescription.objects.count() == before


def test_a_check_tells_all_that_refuses_and_where(scene, prescriber) -> None:
    body = changed_leg(order_body(scene, sessions_planned=150), return_side="left")
    answer = post(prescriber, "prescriptions/check", **body)
    assert answer.status_code == 200
    faults = {one["code"]: one["field"] for one in answer.json()["faults"]}
    assert not answer.json()["allowed"]
    assert faults["sessions"] == "sessions_planned"
    assert faults["side_words"] == "leg-1-return_place"


def test_a_soft_limit_is_overridden_by_its_reason_alone(scene, prescriber) -> None:
    scene.place.site.policy = {"max_ua": 12_000}
    scene.place.site.save()
    plain = post(prescriber, "prescriptions", **order_body(scene))
    assert (plain.status_code, plain.json()["code"]) == (422, "current_site")
    hard = post(
        prescriber, "prescriptions", **order_body(scene, overrides={"anode": "no"})
    )
    assert hard.json()["code"] == "hard_limit"
    kept = post(
        prescriber, "prescriptions", **order_body(scene, overrides={"site": "trays"})
    )
    assert kept.json()["overrides"] == {"site": {"reason": "trays"}}


def test_an_order_for_one_kind_of_stimulator(scene, prescriber) -> None:
    body = order_body(scene, stimulator=str(scene.free.pk))
    made = post(prescriber, "prescriptions", **body).json()
    assert made["stimulator_profile"] == scene.free.profile
    other = make_scene(make_world().here)
    foreign = order_body(scene, stimulator=str(other.free.pk))
    assert post(prescriber, "prescriptions", **foreign).status_code == 400


def test_the_treated_place_follows_from_the_regions(scene, prescriber) -> None:
    made = post(prescriber, "prescriptions", **order_body(scene)).json()
    (leg,) = made["legs"]
    assert (leg["body_site"], leg["side"]) == ("palms", "both")


def test_a_version_replaces_a_signed_one_of_the_same_patient(scene, prescriber) -> None:
    first = str(scene.prescription.pk)
    mine = order_body(scene, patient=str(scene.patient.pk), replaces=first)
    made = post(prescriber, "prescriptions", **mine).json()
    assert (made["version"], made["number"]) == (2, str(scene.prescription.number))
    theirs = post(prescriber, "prescriptions", **order_body(scene, replaces=first))
    assert (theirs.status_code, theirs.json()["code"]) == (409, "other_patient")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires_on": str(timezone.localdate() + dt.timedelta(days=400))}, "expiry"),
        ({"diagnosis": "M77.11"}, "diagnosis"),
        ({"sessions_planned": 150}, "sessions"),
    ],
)
def test_what_cannot_stand_has_its_code(scene, prescriber, changes, code) -> None:
    answer = post(prescriber, "prescriptions", **order_body(scene, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_region_that_is_none_is_no_body(scene, prescriber) -> None:
    body = changed_leg(order_body(scene), active_region="moon")
    assert post(prescriber, "prescriptions/check", **body).status_code == 400
