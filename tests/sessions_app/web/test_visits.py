"""Visits that are not held, from their own page."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role
from sessions_app.models import TreatmentSession
from tests.factories import World, make_world
from tests.visits import Visit, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def visit(world: World) -> Visit:
    return make_visit(world.here)


def as_(staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def post(world: World, visit: Visit, act: str, **form: str):
    path = reverse(f"session-{act}", args=[visit.session.pk])
    shown = TreatmentSession.objects.get(pk=visit.session.pk)
    return as_(world.here.clinician).post(path, {"version": shown.version, **form})


def now(visit: Visit) -> TreatmentSession:
    return TreatmentSession.objects.get(pk=visit.session.pk)


def test_a_patient_who_did_not_come_takes_one_press(world, visit) -> None:
    page = as_(world.here.clinician).get(visit.path).content.decode()
    assert reverse("session-no-show", args=[visit.session.pk]) in page
    assert post(world, visit, "no-show").status_code == 302
    assert now(visit).state == "no_show"


def test_a_visit_to_come_offers_no_did_not_come(world, visit) -> None:
    later = timezone.localdate() + dt.timedelta(days=2)
    TreatmentSession.objects.filter(pk=visit.session.pk).update(due_on=later)
    page = as_(world.here.clinician).get(visit.path).content.decode()
    assert reverse("session-no-show", args=[visit.session.pk]) not in page
    assert reverse("session-cancel", args=[visit.session.pk]) in page


def test_a_cancellation_says_who_and_why_and_keeps_what_was_typed(world, visit) -> None:
    answer = post(world, visit, "cancel", whose="nobody", reason="Snow")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#whose-cancel"' in page
    assert 'value="Snow"' in page
    assert post(world, visit, "cancel", whose="clinic", reason=" ").status_code == 422
    assert now(visit).state == "planned"
    post(world, visit, "cancel", whose="clinic", reason="Snow")
    assert (now(visit).state, now(visit).not_treated_reason) == ("cancelled", "Snow")


def test_a_visit_moves_to_another_day_and_time(world, visit) -> None:
    day = timezone.localdate() + dt.timedelta(days=3)
    post(world, visit, "move", due_on=str(day), due_at="11:15", reason="asked")
    assert (now(visit).due_on, now(visit).due_at) == (day, dt.time(11, 15))


@pytest.mark.parametrize(
    ("field", "value"),
    [("due_on", "someday"), ("due_at", "noon"), ("due_on", "1999-01-01")],
)
def test_a_refused_move_points_at_the_field_and_keeps_the_rest(
    world, visit, field, value
) -> None:
    day = str(timezone.localdate() + dt.timedelta(days=3))
    form = {"due_on": day, "due_at": "11:15", "reason": "asked for", field: value}
    answer = post(world, visit, "move", **form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}-move"' in page
    assert 'value="asked for"' in page


def test_who_may_not_treat_is_offered_none_and_refused(world, visit) -> None:
    client = as_(world.here.staff[Role.AUDITOR])
    assert "If the visit is not held" not in client.get(visit.path).content.decode()
    for act in ("no-show", "cancel", "move"):
        path = reverse(f"session-{act}", args=[visit.session.pk])
        form = {"version": 1, "due_on": "2099-01-01", "reason": "x", "whose": "clinic"}
        assert client.post(path, form).status_code == 403


def test_a_visit_of_another_site_does_not_exist(world, visit) -> None:
    client = as_(world.other.clinician)
    for act in ("no-show", "cancel", "move"):
        path = reverse(f"session-{act}", args=[visit.session.pk])
        assert client.post(path, {"version": 1}).status_code == 404
