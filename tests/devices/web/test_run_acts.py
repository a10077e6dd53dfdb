"""Presses on the console: who may, what is refused, what the answer looks like."""

import uuid

import pytest
from django.urls import reverse

from clinic.models import Role
from devices.core.reading import Phase
from devices.core.run_lifecycle import RunState
from devices.models import Presence, Run, RunCommand, RunEvent, RunLive
from tests.factories import CHAIR_CODE, World, make_run, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def run(world) -> Run:
    run = make_run(world.here)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING.value)
    RunLive.objects.filter(run=run).update(level_ua=4_000, phase=Phase.PLATEAU)
    run.refresh_from_db()
    return run


def press(client, staff, run, name, **form):
    client.force_login(staff)
    return client.post(
        reverse(f"run-{name}", args=[run.pk]),
        form,
        headers={"Accept": "application/json"},
    )


UP = {"direction": "up", "from_ua": 4_000, "step_ua": 500, "patient_agrees": "yes"}


def test_a_raise_with_presence_and_the_patients_yes_is_asked(client, world, run):
    Presence.objects.create(run=run, staff=world.here.clinician)
    answer = press(client, world.here.clinician, run, "adjust", **UP)
    assert answer.status_code == 200
    command = RunCommand.objects.get(run=run)
    assert command.data == {"from_ua": 4_000, "to_ua": 4_500}
    assert command.valid_until is not None
    assert str(command.pk) in answer.json()["command"]


def test_a_raise_without_the_patients_yes_is_refused(client, world, run):
    Presence.objects.create(run=run, staff=world.here.clinician)
    answer = press(
        client, world.here.clinician, run, "adjust", **{**UP, "patient_agrees": ""}
    )
    assert answer.status_code == 422
    assert "Patient agrees" in answer.json()["text"]
    assert not RunCommand.objects.exists()


def test_a_raise_from_another_level_than_flows_is_a_conflict(client, world, run):
    answer = press(
        client, world.here.clinician, run, "adjust", **{**UP, "from_ua": 5_000}
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "stale"


def test_a_step_is_cut_short_at_the_ceiling(client, world, run):
    RunLive.objects.filter(run=run).update(level_ua=7_800)
    Presence.objects.create(run=run, staff=world.here.clinician)
    press(client, world.here.clinician, run, "adjust", **{**UP, "from_ua": 7_800})
    assert RunCommand.objects.get(run=run).data["to_ua"] == 8_000


def test_at_the_ceiling_a_raise_is_refused_with_the_limit(client, world, run):
    RunLive.objects.filter(run=run).update(level_ua=8_000)
    answer = press(
        client, world.here.clinician, run, "adjust", **{**UP, "from_ua": 8_000}
    )
    assert answer.status_code == 422
    assert "8.0 mA" in answer.json()["text"]


def test_lowering_needs_no_yes_and_does_not_expire(client, world, run):
    answer = press(
        client,
        world.here.clinician,
        run,
        "adjust",
        direction="down",
        from_ua=4_000,
        step_ua=1_000,
    )
    assert answer.status_code == 200
    assert RunCommand.objects.get(run=run).valid_until is None


def test_pain_of_seven_stops(client, world, run):
    answer = press(client, world.here.clinician, run, "pain", score=7)
    assert answer.json()["follows"] == "stop"
    run.refresh_from_db()
    assert run.stop_requested_at is not None


def test_pain_that_is_no_number_is_refused(client, world, run):
    answer = press(client, world.here.clinician, run, "pain", score="much")
    assert answer.status_code == 422
    assert not RunEvent.objects.filter(kind="pain").exists()


def test_resume_without_inspection_of_both_electrodes_is_refused(client, world, run):
    Run.objects.filter(pk=run.pk).update(state=RunState.HELD.value)
    answer = press(
        client,
        world.here.clinician,
        run,
        "resume",
        level_ua=2_000,
        chair_code=CHAIR_CODE,
        red_inspected="yes",
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "not_inspected"


def test_without_scripts_a_press_leads_back_to_the_page(client, world, run):
    client.force_login(world.here.clinician)
    answer = client.post(reverse("run-hold", args=[run.pk]), {"next": "/sessions/x/"})
    assert (answer.status_code, answer.url) == (302, "/sessions/x/")


def test_a_press_never_leads_to_another_host(client, world, run):
    client.force_login(world.here.clinician)
    answer = client.post(
        reverse("run-hold", args=[run.pk]), {"next": "//elsewhere.example/"}
    )
    assert answer.url == reverse("today")


ACTS = {
    "adjust": UP,
    "hold": {},
    "resume": {"level_ua": 1},
    "pain": {"score": 1},
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.ENGINEER, Role.AUDITOR])
def test_roles_that_do_not_treat_may_not_press(client, world, run, name, role):
    answer = press(client, world.here.staff[role], run, name, **ACTS[name])
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ACTS)
def test_a_run_of_another_site_is_not_found(client, world, run, name):
    answer = press(client, world.other.clinician, run, name, **ACTS[name])
    assert answer.status_code == 404


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, run):
    answer = client.post(reverse("run-hold", args=[run.pk]))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("state", "is_open", "done", "text"),
    [
        ("sent", True, False, "On its way."),
        ("done", False, True, "Done: level 4.5 mA."),
        ("expired", False, False, "too late"),
        ("refused", False, False, "dwell 3 s left"),
    ],
)
def test_what_became_of_a_press_is_told(client, world, run, state, is_open, done, text):
    answers = {"done": {"level_ua": 4_500}, "refused": {"text": "dwell 3 s left"}}
    command = RunCommand.objects.create(
        id=uuid.uuid4(),
        run=run,
        kind="adjust",
        asked_at=run.created_at,
        state=state,
        answer=answers.get(state, {}),
    )
    client.force_login(world.here.clinician)
    said = client.get(reverse("run-command", args=[run.pk, command.pk])).json()
    assert (said["open"], said["done"]) == (is_open, done)
    assert text in said["text"]


@pytest.mark.parametrize("answer", ["yes", "strong", "no"])
def test_tingling_is_noted_and_triggers_nothing(client, world, run, answer):
    said = press(client, world.here.clinician, run, "tingling", answer=answer)
    assert said.status_code == 200
    noted = RunEvent.objects.get(run=run, kind="tingling")
    assert (noted.data, noted.staff) == ({"answer": answer}, world.here.clinician)
    assert not RunCommand.objects.exists()
    run.refresh_from_db()
    assert run.stop_requested_at is None


def test_tingling_in_other_words_is_refused(client, world, run):
    answer = press(client, world.here.clinician, run, "tingling", answer="a bit")
    assert answer.status_code == 422
    assert not RunEvent.objects.filter(kind="tingling").exists()


def test_a_score_says_at_which_flow_time_it_was_given(client, world, run):
    RunLive.objects.filter(run=run).update(flow_ms=61_000)
    press(client, world.here.clinician, run, "pain", score=2)
    assert RunEvent.objects.get(run=run, kind="pain").data == {
        "score": 2,
        "flow_ms": 61_000,
    }
