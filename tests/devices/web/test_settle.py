"""Leaving uncertain: made safe by a named person, then the dose."""

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role
from devices.core.run_lifecycle import RunState
from devices.models import Run, RunLive
from tests.factories import World, make_run, make_world

pytestmark = pytest.mark.django_db
MA_MIN = 60_000_000


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def run(client, world) -> Run:
    run = make_run(world.here)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        state=RunState.UNCERTAIN.value, kickoff_sent_at=now, uncertain_at=now
    )
    RunLive.objects.filter(run=run).update(confirmed_nc=MA_MIN, upper_nc=MA_MIN)
    client.force_login(world.here.clinician)
    return run


def text(answer) -> str:
    return answer.content.decode()


def post(client, run, name, **form):
    return client.post(reverse(f"run-{name}", args=[run.pk]), form)


BOTH = {"output_off": "yes", "electrodes_off": "yes"}


def test_the_page_says_where_to_go_and_what_is_known(client, run):
    page = text(client.get(reverse("run-settle", args=[run.pk])))
    assert f"Press the button on {run.stimulator.label}" in page
    assert "1.00 mA·min" in page


@pytest.mark.parametrize("missing", BOTH)
def test_made_safe_needs_both_statements(client, run, missing):
    answer = post(client, run, "made-safe", **{**BOTH, missing: ""})
    assert answer.status_code == 422
    assert f'href="#{missing}"' in text(answer)
    run.refresh_from_db()
    assert run.made_safe_at is None


def test_made_safe_names_the_person(client, world, run):
    post(client, run, "made-safe", **BOTH)
    run.refresh_from_db()
    assert run.made_safe_by == world.here.clinician
    page = text(client.get(reverse("run-settle", args=[run.pk])))
    assert f"by {world.here.clinician.name}" in page


def test_the_dose_cannot_be_settled_before_the_chair_is_safe(client, run):
    answer = post(client, run, "settle", charge="1.0", reason="read off the counter")
    assert answer.status_code == 409
    assert "output off, electrodes off" in text(answer)


@pytest.mark.parametrize(
    ("charge", "reason", "says"),
    [
        ("0.5", "counter", "the trace shows at least"),
        ("99", "counter", "at most"),
        ("much", "counter", "is no charge"),
        ("1.0", " ", "Write how the charge is known"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_and_what_was_typed_stays(
    client, run, charge, reason, says
):
    post(client, run, "made-safe", **BOTH)
    answer = post(client, run, "settle", charge=charge, reason=reason)
    assert answer.status_code == 422
    assert says in text(answer)
    assert f'value="{charge}"' in text(answer)


def test_a_settlement_is_shown_with_its_author(client, world, run):
    post(client, run, "made-safe", **BOTH)
    post(client, run, "settle", charge="1,2", reason="counter read at 09:40")
    run.refresh_from_db()
    assert run.settled_charge_nc == 12 * MA_MIN // 10
    page = text(client.get(reverse("run-settle", args=[run.pk])))
    assert f"Settled by {world.here.clinician.name} at 1.20 mA·min" in page


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_roles_without_the_right_may_not_settle(client, world, run, role):
    client.force_login(world.here.staff[role])
    assert post(client, run, "made-safe", **BOTH).status_code == 403
    assert post(client, run, "settle", charge="1", reason="x").status_code == 403


def test_another_site_finds_nothing(client, world, run):
    client.force_login(world.other.clinician)
    assert post(client, run, "made-safe", **BOTH).status_code == 404
    assert client.get(reverse("run-settle", args=[run.pk])).status_code == 404
