"""The list of what has to be done: by site and role, the oldest due first."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Forbidden
from clinic.models import Role
from sessions_app.models import Task
from sessions_app.services.tasks import task_done, task_make
from tests.factories import Place, World, make_patient, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def make(place: Place, *, hours: int = 1, **more: Any) -> Task:
    plain = {"kind": "catalogue", "text": f"due in {hours} h"}
    due_at = timezone.now() + dt.timedelta(hours=hours)
    return task_make(site=place.site, due_at=due_at, **{**plain, **more})


def page(place: Place, role: Role = Role.CLINICIAN) -> str:
    client = Client()
    client.force_login(place.staff[role])
    return client.get(reverse("todo")).content.decode()


def test_the_oldest_due_comes_first_and_what_is_late_says_so(world: World) -> None:
    for hours in (5, -2, 1):
        make(world.here, hours=hours)
    shown = page(world.here)
    places = [shown.index(f"due in {hours} h") for hours in (-2, 1, 5)]
    assert places == sorted(places)
    assert shown.count("✕ Overdue") == 1


def test_the_menu_counts_what_is_open(world: World) -> None:
    assert "app-menu__count" not in page(world.here)
    task = make(world.here)
    make(world.here)
    assert ">2<span" in page(world.here)
    task_done(task=task, by=world.here.clinician, outcome="told them")
    assert ">1<span" in page(world.here)


def test_another_sites_tasks_are_neither_shown_nor_done(world: World) -> None:
    task = make(world.other, text="theirs alone")
    assert "theirs alone" not in page(world.here)
    client = Client()
    client.force_login(world.here.clinician)
    address = reverse("task-done", args=[task.pk])
    assert client.post(address, {"outcome": "x"}).status_code == 404


def test_a_task_for_a_role_is_for_that_role(world: World) -> None:
    task = make(world.here, text="sign this", for_role="prescriber")
    assert "sign this" not in page(world.here)
    assert "sign this" in page(world.here, Role.PRESCRIBER)
    with pytest.raises(Forbidden):
        task_done(task=task, by=world.here.clinician, outcome="x")


def test_who_may_not_see_patients_sees_no_task_about_one(world: World) -> None:
    patient = make_patient(world.here, family_name="Secret")
    make(world.here, patient=patient, text="call back")
    assert "SECRET" in page(world.here)
    assert "SECRET" not in page(world.here, Role.ENGINEER)


def test_a_task_is_done_once_with_words(world: World) -> None:
    task = make(world.here)
    client = Client()
    client.force_login(world.here.clinician)
    address = reverse("task-done", args=[task.pk])
    answer = client.post(address, {"outcome": " "})
    assert answer.status_code == 422
    assert f'href="#outcome-{task.pk}"' in answer.content.decode()
    assert client.post(address, {"outcome": "No answer"}).status_code == 302
    task.refresh_from_db()
    assert (task.outcome, task.done_by) == ("No answer", world.here.clinician)
    with pytest.raises(Conflict, match="done already"):
        task_done(task=task, by=world.here.clinician, outcome="again")


def test_an_administrator_sees_and_does_not_do(world: World) -> None:
    task = make(world.here, text="look at this")
    shown = page(world.here, Role.ADMINISTRATOR)
    assert "look at this" in shown
    assert reverse("task-done", args=[task.pk]) not in shown


def test_an_auditor_has_no_such_page(world: World) -> None:
    client = Client()
    client.force_login(world.here.staff[Role.AUDITOR])
    assert client.get(reverse("todo")).status_code == 404
