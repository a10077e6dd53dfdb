"""Adopting through the API: the same figures, sources and signatures as the page."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from django.test import Client

from clinic.models import Role
from sessions_app.catalogue import published_entries
from sessions_app.domain.entry import open_fields
from sessions_app.domain.protocol import PathClass
from sessions_app.models import Protocol, ProtocolAdoption
from sessions_app.services.catalogue import protocol_publish
from tests.factories import Place, World, make_staff, make_world
from tests.visits import adopted, values_for

pytestmark = pytest.mark.django_db
CODE = "LE-DEX40"
SOURCE = "Site protocol 12, page 3"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def place(world: World) -> Place:
    return world.here


@pytest.fixture
def prescriber(client: Client, place: Place) -> Client:
    client.force_login(place.prescriber)
    return client


def publish(code: str = CODE) -> Protocol:
    return protocol_publish(entry=published_entries()[code])


def restricted() -> Protocol:
    old = published_entries()["HH-PALM"]
    figures = {**old.figures, "path": PathClass.HEAD.value}
    return protocol_publish(entry=replace(old, code="HH-HEAD", figures=figures))


def send(client: Client, address: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(
        f"/api/v1/{address}", json.dumps(body), content_type="application/json"
    )
    return answer.status_code, answer.json()


def adopt(client: Client, place: Place, protocol: Protocol, **body: Any) -> Any:
    plain = {"site": str(place.site.pk)}
    return send(client, f"protocols/{protocol.pk}/adopt/", **{**plain, **body})


def entered(code: str = CODE) -> dict[str, Any]:
    return {field: asdict(given) for field, given in values_for(code).items()}


def test_a_protocol_says_its_status_and_each_open_field(prescriber: Client) -> None:
    row = prescriber.get(f"/api/v1/protocols/{publish().pk}/").json()
    assert row["status"] == "locked"
    fields = {one["field"]: one for one in row["open_fields"]}
    assert set(fields) == {one.field for one in open_fields(published_entries()[CODE])}
    assert fields["currents.max_ua"]["unit"] == "mA"
    assert fields["currents.max_ua"]["scale"] == 1000


def test_a_version_of_an_earlier_form_is_listed_and_has_no_status(
    prescriber: Client,
) -> None:
    Protocol.objects.create(code="OLD", title="old", entry={"currents": {}})
    rows = prescriber.get("/api/v1/protocols/?code=OLD").json()["results"]
    assert [(row["status"], row["open_fields"]) for row in rows] == [("", [])]


def test_a_locked_protocol_is_refused_with_every_field(
    prescriber: Client, place: Place
) -> None:
    status, problem = adopt(prescriber, place, publish())
    assert (status, problem["code"]) == (422, "open_fields")
    told = {one["field"] for one in problem["extra"]["fields"]}
    assert told == {one.field for one in open_fields(published_entries()[CODE])}


def test_values_with_their_sources_unlock_it(prescriber: Client, place: Place) -> None:
    status, row = adopt(prescriber, place, publish(), entered=entered())
    assert status == 200
    assert row["in_force"] is True
    assert row["entered"] == entered()


@pytest.mark.parametrize(
    "given", [{"value": 4000}, {"value": 4000, "source": ""}, {"source": SOURCE}, 4000]
)
def test_a_value_without_its_source_is_no_value(
    prescriber: Client, place: Place, given: Any
) -> None:
    body = {**entered(), "currents.max_ua": given}
    status, _ = adopt(prescriber, place, publish(), entered=body)
    assert status == 400
    assert not ProtocolAdoption.objects.exists()


@pytest.mark.parametrize("value", [-1, 4000.5, "4 mA", None, True, [4000], 10**9])
def test_a_value_that_is_no_stored_figure_is_refused(
    prescriber: Client, place: Place, value: Any
) -> None:
    body = {**entered(), "currents.max_ua": {"value": value, "source": SOURCE}}
    status, _ = adopt(prescriber, place, publish(), entered=body)
    assert status in (400, 422)
    assert not ProtocolAdoption.objects.exists()


def test_a_restricted_path_waits_for_another_prescriber(
    client: Client, place: Place
) -> None:
    client.force_login(place.prescriber)
    status, problem = adopt(client, place, restricted())
    assert (status, problem["code"]) == (422, "no_source")
    _, row = adopt(client, place, restricted(), source=SOURCE)
    assert (row["needs_second"], row["in_force"]) == (True, False)
    address = f"adoptions/{row['id']}/second/"
    status, problem = send(client, address)
    assert (status, problem["code"]) == (409, "same_prescriber")
    client.force_login(make_staff(place.site, Role.PRESCRIBER))
    status, row = send(client, address)
    assert (status, row["in_force"]) == (200, True)


def test_a_withdrawal_says_why(prescriber: Client, place: Place) -> None:
    address = f"adoptions/{adopted(place, 'HH-PALM').pk}/withdraw/"
    assert send(prescriber, address, reason=" ")[0] == 422
    status, row = send(prescriber, address, reason="burns")
    assert status == 200
    assert (row["in_force"], row["withdraw_reason"]) == (False, "burns")
    assert send(prescriber, address, reason="again")[0] == 409


@pytest.mark.parametrize("act", ["second", "withdraw"])
def test_an_adoption_of_another_site_does_not_exist(
    client: Client, world: World, act: str
) -> None:
    adoption = adopted(world.here, "HH-PALM")
    client.force_login(world.other.prescriber)
    status, _ = send(client, f"adoptions/{adoption.pk}/{act}/", reason="not mine")
    assert status == 404
    adoption.refresh_from_db()
    assert adoption.in_force
