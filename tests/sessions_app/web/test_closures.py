"""Closed days of a site, and who was to come then."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role
from sessions_app.models import Closure, TreatmentSession
from tests.factories import World, make_world
from tests.visits import make_visit

pytestmark = pytest.mark.django_db
DAY = timezone.localdate() + dt.timedelta(days=5)


@pytest.fixture
def world() -> World:
    return make_world()


def as_(staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def add(client: Client, **form: str):
    return client.post(
        reverse("closures"), {"day": str(DAY), "name": "Founders' day", **form}
    )


def shown(client: Client) -> str:
    return client.get(reverse("closures")).content.decode()


def test_a_closed_day_shows_who_was_to_come_and_is_opened_again(world) -> None:
    visit = make_visit(world.here, family_name="Okafor")
    TreatmentSession.objects.filter(pk=visit.session.pk).update(due_on=DAY)
    client = as_(world.here.prescriber)
    assert add(client).status_code == 302
    page = shown(client)
    assert "Founders&#39; day" in page
    assert "OKAFOR" in page
    assert visit.path in page
    closure = Closure.objects.get(site=world.here.site)
    client.post(reverse("closure-remove", args=[closure.pk]))
    assert not Closure.objects.exists()
    assert "No day to come is closed" in shown(client)


@pytest.mark.parametrize(
    ("form", "field"),
    [({"day": "soon"}, "day"), ({"name": " "}, "name"), ({"day": "2001-01-01"}, "day")],
)
def test_a_refused_closure_points_at_the_field_and_keeps_the_other(
    world, form, field
) -> None:
    answer = add(as_(world.here.prescriber), **form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    kept = "Founders&#39; day" if field == "day" else str(DAY)
    assert f'value="{kept}"' in page


def test_a_day_is_closed_once(world) -> None:
    client = as_(world.here.prescriber)
    add(client)
    answer = add(client)
    assert answer.status_code == 422
    assert "closed on" in answer.content.decode()


def test_who_treats_reads_and_does_not_close(world) -> None:
    client = as_(world.here.clinician)
    assert "Close the day" not in shown(client)
    assert add(client).status_code == 403
    assert (
        as_(world.here.staff[Role.ENGINEER]).get(reverse("closures")).status_code == 403
    )


def test_another_sites_days_are_neither_shown_nor_opened(world) -> None:
    add(as_(world.other.prescriber))
    closure = Closure.objects.get()
    client = as_(world.here.prescriber)
    assert "Founders" not in shown(client)
    path = reverse("closure-remove", args=[closure.pk])
    assert client.post(path).status_code == 404
    other = f"{reverse('closures')}?site={world.other.site.pk}"
    assert client.get(other).status_code == 404
