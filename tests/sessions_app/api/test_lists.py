"""Lists: the same number of queries for one row as for many, and filters."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from clinic.models import Role, SiteMembership
from tests.factories import make_place, make_staff
from tests.sessions_app.api.scene import Scene, make_scene

pytestmark = pytest.mark.django_db

# Sign-in, person and sites of the person are three; then the rows.
LISTS = {
    "me": 5,  # the person again, memberships, sites
    "sites": 4,
    "rooms": 4,
    "chairs": 4,
    "patients": 4,
    "audit-entries": 4,
    "stimulators": 4,
    "runs": 4,
    "electrode-types": 4,
    "protocols": 4,
    "adoptions": 4,
    "prescriptions": 4,
    "treatment-sessions": 4,
    "dose-records": 4,
    "measurements": 4,
    "adverse-events": 4,
    "incidents": 4,
    "runs/{run}/": 5,  # channels
    "runs/{run}/events/": 5,  # is the run visible?
    "runs/{run}/live/": 4,
    "prescriptions/{prescription}/": 5,  # legs
    "treatment-sessions/{session}/": 7,  # legs, what they prescribe, their runs
}


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene(make_place())


@pytest.fixture
def client(scene: Scene) -> Iterator[Client]:
    """Somebody of every role, so that every list is open."""
    site = scene.place.site
    staff = make_staff(site, Role.PRESCRIBER)
    for role in set(Role) - {Role.PRESCRIBER}:
        SiteMembership.objects.create(staff=staff, site=site, role=role)
    client = Client()
    client.force_login(staff)
    return client


@pytest.mark.parametrize("name", LISTS)
def test_queries_do_not_grow_with_the_rows(
    name: str, scene: Scene, client: Client, django_assert_num_queries: Any
) -> None:
    make_scene(scene.place)
    slash = "" if name.endswith("/") else "/"
    address = f"/api/v1/{name}{slash}".format(
        run=scene.run.pk, prescription=scene.prescription.pk, session=scene.session.pk
    )
    with django_assert_num_queries(LISTS[name]):
        answer = client.get(address)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("runs/?patient={patient}", 1),
        ("runs/?stimulator={free}", 0),
        ("runs/?live=true", 2),
        ("runs/?live=false", 0),
        ("runs/?state=ended", 0),
        ("stimulators/?quarantined=true", 0),
        ("prescriptions/?signed=true", 2),
        ("prescriptions/?signed=false", 1),
        ("treatment-sessions/?prescription={draft}", 0),
        ("treatment-sessions/?state=planned", 2),
        ("dose-records/?valid=true", 1),
        ("dose-records/?patient={patient}", 0),
        ("adoptions/?code=HH-PALM", 1),
        ("adoptions/?withdrawn=true", 0),
        ("audit-entries/?action=prescription.sign", 2),
        ("protocols/?code=HH-PALM", 1),
    ],
)
def test_filters(address: str, count: int, scene: Scene, client: Client) -> None:
    filled = address.format(
        patient=scene.patient.pk, free=scene.free.pk, draft=scene.draft.pk
    )
    answer = client.get(f"/api/v1/{filled}")
    assert len(answer.json()["results"]) == count


def test_simulated_says_so_everywhere(scene: Scene, client: Client) -> None:
    for name in (
        "patients",
        "stimulators",
        "runs",
        "prescriptions",
        "treatment-sessions",
        "dose-records",
    ):
        for row in client.get(f"/api/v1/{name}/").json()["results"]:
            assert row["is_simulated"] is True
