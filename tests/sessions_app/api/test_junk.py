"""Whatever is sent, the answer is never a fault of ours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from clinic.models import Role, SiteMembership
from tests.factories import make_place
from tests.sessions_app.api.scene import Scene, make_scene
from tests.sessions_app.api.test_permission_table import TABLE, Row, address_of, bodies

JUNK: list[Any] = [
    None,
    0,
    -1,
    10**30,
    "",
    "x" * 5000,
    "\x00",
    "\ud800",
    "00000000-0000-0000-0000-000000000000",
    "9999-12-31",
    [],
    {"a": 1},
]
QUERIES = [
    "cursor=junk",
    "page_size=-1",
    "page_size=1000000000000000000000",
    "format=xml",
    "site=%00",
    "patient=1",
    "protocol=1e400",
    "protocol=NaN",
    "state=nothing",
    "due_on=9999-99-99",
    "family_name=%00",
    "mrn=" + "x" * 5000,
    "live=maybe",
    "buckets=1e9",
]


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker) -> Iterator[Scene]:
    """One for all: each test takes back what it wrote."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_scene(make_place())
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def client(scene: Scene) -> Client:
    for role in Role:
        SiteMembership.objects.get_or_create(
            staff=scene.place.prescriber, site=scene.place.site, role=role
        )
    client = Client(raise_request_exception=False)
    client.force_login(scene.place.prescriber)
    return client


def spoiled(good: dict[str, Any]) -> Iterator[Any]:
    """The body itself as junk, then each of its fields."""
    yield from JUNK
    for field in good:
        for junk in JUNK:
            yield {**good, field: junk}
    for leg in good.get("legs", []):
        for field in leg:
            for junk in JUNK:
                yield {**good, "legs": [{**leg, field: junk}]}


@pytest.mark.parametrize("row", [r for r in TABLE if r.method != "GET"], ids=str)
def test_no_body_breaks_an_act(row: Row, scene: Scene, client: Client) -> None:
    address = address_of(row, scene)
    for body in spoiled(bodies(scene)[row.body]):
        with transaction.atomic():
            answer = client.generic(
                row.method, address, json.dumps(body), "application/json"
            )
            transaction.set_rollback(True)
        assert answer.status_code < 500, (body, answer.content)


@pytest.mark.parametrize("row", [r for r in TABLE if r.method == "GET"], ids=str)
def test_no_query_breaks_a_read(row: Row, scene: Scene, client: Client) -> None:
    address = address_of(row, scene)
    for query in QUERIES:
        with transaction.atomic():
            answer = client.get(f"{address}?{query}")
            transaction.set_rollback(True)
        assert answer.status_code < 500, (query, answer.content)


@pytest.mark.parametrize("name", ["protocols", "adoptions", "dose-records"])
def test_no_number_is_too_large_for_an_address(name: str, client: Client) -> None:
    assert client.get(f"/api/v1/{name}/{10**30}/").status_code == 404
