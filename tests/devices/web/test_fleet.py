"""The page of the stimulators: what everybody sees, what an engineer does."""

import pytest
from django.urls import reverse

from clinic.models import Role
from tests.factories import World, make_run, make_stimulator, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def text(answer) -> str:
    return answer.content.decode()


def post(client, box, name, reason):
    return client.post(reverse(f"stimulator-{name}", args=[box.pk]), {"reason": reason})


def test_everybody_sees_places_and_states_of_their_own_sites(client, world) -> None:
    make_stimulator(world.here, label="S-FREE")
    make_stimulator(world.other, label="S-THEIRS")
    make_run(world.here, stimulator=make_stimulator(world.here, label="S-BUSY"))
    client.force_login(world.here.clinician)
    page = text(client.get(reverse("stimulators")))
    assert "S-FREE" in page
    assert "In use" in page
    assert "S-THEIRS" not in page
    assert "SIMULATED" in page
    assert "Put in quarantine" not in page


def test_an_engineer_takes_one_out_of_use_and_gives_it_back(client, world) -> None:
    box = make_stimulator(world.here)
    client.force_login(world.here.staff[Role.ENGINEER])
    assert post(client, box, "quarantine", "red under the pad").status_code == 302
    page = text(client.get(reverse("stimulators")))
    assert "In quarantine" in page
    assert "red under the pad" in page
    assert post(client, box, "release", "pads exchanged").status_code == 302
    assert "red under the pad" not in text(client.get(reverse("stimulators")))


def test_without_a_reason_the_page_says_so_at_its_field(client, world) -> None:
    box = make_stimulator(world.here)
    client.force_login(world.here.staff[Role.ENGINEER])
    answer = post(client, box, "quarantine", " ")
    assert answer.status_code == 422
    assert f'href="#reason-{box.pk}"' in text(answer)


@pytest.mark.parametrize("name", ["quarantine", "release"])
def test_another_site_and_another_role_may_not(client, world, name) -> None:
    box = make_stimulator(world.here)
    client.force_login(world.other.staff[Role.ENGINEER])
    assert post(client, box, name, "x").status_code == 404
    client.force_login(world.here.clinician)
    assert post(client, box, name, "x").status_code == 403
