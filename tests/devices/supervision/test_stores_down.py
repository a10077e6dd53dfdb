"""PostgreSQL and Valkey frozen, killed, restarted while a run flows."""

import http.client
import time
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from devices.models import Run, Supervisor, Trace
from devices.services.stop import ticket_issue
from tests.devices.leading import (
    press_start,
    recorded,
    wait_event,
    wait_level,
    wait_state,
)
from tests.factories import Place, make_place, make_programme, make_run
from tests.own_stores import OwnStores, own_stores
from tests.processes import until
from tests.simulators import Box
from tests.stack import EVERYTHING, Stack, stack_environment

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]
ANSWER_S = 0.5
START_S = 2.0
STOP_S = 1.0


@pytest.fixture(scope="module")
def own(django_db_setup: None, django_db_blocker) -> Iterator[OwnStores]:
    with django_db_blocker.unblock(), own_stores() as own:
        yield own


@pytest.fixture(scope="module")
def stack(own: OwnStores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("own-stack")
    with Stack(stack_environment(own.stores, home), home) as up:
        up.start(*EVERYTHING)
        yield up


@pytest.fixture
def place(own: OwnStores, stack: Stack) -> Iterator[Place]:
    until(lambda: Supervisor.objects.count() >= 2, "two supervisors")
    yield make_place()
    own.thaw("postgres", "valkey")


@pytest.fixture
def box(stack: Stack) -> Box:
    return stack.simulators.take()


def ready(place: Place, box: Box, flow_s: int) -> Run:
    programme = make_programme(flow_s=flow_s)
    return wait_state(make_run(place, box, programme=programme), "ready")


def running(place: Place, box: Box, flow_s: int) -> Run:
    run = ready(place, box, flow_s)
    press_start(run, place)
    wait_state(run, "running")
    until(lambda: recorded(run.pk) > 8, "samples are stored")
    return run


def complete(run: Run, box: Box) -> None:
    """Ended as planned; every sample of the device is in the record once."""
    wait_state(run, "ended", deadline_s=60)
    assert run.end_reason == "time"
    # The hint to close it may be lost with Valkey; the sweep finds it.
    until(lambda: Trace.objects.filter(run=run).exists(), "sealed", deadline_s=60)
    trace = Trace.objects.get(run=run)
    assert (trace.count, trace.gaps) == (len(box.samples(run.pk)), 0)
    assert not box.events("watchdog", "held")


def post(stack: Stack, path: str, form: dict[str, str], cookies: str = "") -> float:
    """Seconds until the web process has answered."""
    link = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Cookie": cookies,
    }
    began_s = time.monotonic()
    link.request("POST", path, urllib.parse.urlencode(form), headers)
    response = link.getresponse()
    body = response.read()
    took_s = time.monotonic() - began_s
    link.close()
    assert response.status == 200, body
    return took_s


def signed_in(place: Place) -> tuple[str, dict[str, str]]:
    """Cookies of the clinician, and the CSRF field that goes with them."""
    client, token = Client(), "t" * 32
    client.force_login(place.clinician)
    session = client.cookies["sessionid"].value
    return f"sessionid={session}; csrftoken={token}", {"csrfmiddlewaretoken": token}


def test_start_with_valkey_hung_is_answered_at_once_and_flows_in_time(
    own: OwnStores, place: Place, box: Box
) -> None:
    run = ready(place, box, flow_s=30)
    own.freeze("valkey")
    began_s = time.monotonic()
    press_start(run, place)
    assert time.monotonic() - began_s < ANSWER_S
    wait_state(run, "running")
    asked, started = wait_event(run, "start_requested"), wait_event(run, "started")
    assert started.at - asked.at < timedelta(seconds=START_S)


def test_a_press_on_the_console_with_valkey_hung_is_answered_at_once_and_done(
    own: OwnStores, stack: Stack, place: Place, box: Box
) -> None:
    run = running(place, box, flow_s=30)
    wait_level(run, 4_000)
    cookies, form = signed_in(place)
    own.freeze("valkey")
    up = {
        **form,
        "direction": "up",
        "from_ua": "4000",
        "step_ua": "500",
        "patient_agrees": "yes",
    }
    path = reverse("run-adjust", args=[run.pk])
    assert post(stack, path, up, cookies) < ANSWER_S
    wait_level(run, 4_500)


def test_stop_with_postgres_and_valkey_frozen_lowers_the_current_within_a_second(
    own: OwnStores, stack: Stack, place: Place, box: Box
) -> None:
    run = running(place, box, flow_s=60)
    ticket = ticket_issue(run=run, by=str(place.clinician.pk))
    own.freeze("postgres", "valkey")
    before_ms = box.dump()["now_ms"]
    post(stack, "/stop", {"ticket": ticket})
    until(lambda: box.events("ramp_step"), "the ramp began")
    step = box.events("ramp_step")[0]
    assert step["at_ms"] - before_ms <= STOP_S * 1000
    until(lambda: box.actual_ua == 0, "output off", deadline_s=20)
    own.thaw("postgres", "valkey")
    run = wait_state(run, "ended", deadline_s=40)
    assert run.end_reason == "operator"
    assert recorded(run.pk) == len(box.samples(run.pk))


def test_a_late_stop_never_touches_the_next_patients_run(
    stack: Stack, place: Place, box: Box
) -> None:
    first = running(place, box, flow_s=60)
    ticket = ticket_issue(run=first, by="")
    post(stack, "/stop", {"ticket": ticket})
    wait_state(first, "ended")
    second = make_run(place, stimulator=first.stimulator)
    wait_state(second, "ready")
    press_start(second, place)
    wait_state(second, "running")
    post(stack, "/stop", {"ticket": ticket})
    until(lambda: len(box.events("stop")) > 2, "the late stop came to the device")
    assert box.dump()["run"] == str(second.pk)
    assert box.state == "running"
    second.refresh_from_db()
    assert (second.state, second.stop_requested_at) == ("running", None)
    post(stack, "/stop", {"ticket": ticket_issue(run=second, by="")})
    assert wait_state(second, "ended").end_reason == "operator"


def test_a_postgres_restart_mid_run_loses_nothing(
    own: OwnStores, place: Place, box: Box
) -> None:
    run = running(place, box, flow_s=8)
    own.kill("postgres")
    own.start("postgres")
    from django.db import connection

    connection.close()
    complete(run, box)


def test_a_valkey_kill_mid_run_loses_nothing(
    own: OwnStores, place: Place, box: Box
) -> None:
    run = running(place, box, flow_s=6)
    own.kill("valkey")
    own.start("valkey")
    complete(run, box)


@pytest.mark.slow
def test_a_frozen_postgres_of_some_seconds_costs_neither_samples_nor_the_run(
    own: OwnStores, place: Place, box: Box
) -> None:
    run = running(place, box, flow_s=14)
    own.freeze("postgres")
    stored = len(box.samples(run.pk))
    until(lambda: len(box.samples(run.pk)) > stored + 32, "8 s without a database")
    own.thaw("postgres")
    complete(run, box)
