"""The API's stop reaches the stimulator by itself, no supervisor needed."""

import pytest
from django.test import Client

from tests.devices.by_hand import control_by_hand
from tests.factories import World, make_run
from tests.processes import until
from tests.simulators import Box

pytestmark = pytest.mark.processes


def test_a_flowing_run_is_stopped_without_any_supervisor(
    world: World, box: Box
) -> None:
    run = make_run(world.here, box)
    control_by_hand(box, 1, start=str(run.pk))
    assert box.state == "running"
    client = Client()
    client.force_login(world.here.clinician)
    answer = client.post(f"/api/v1/runs/{run.pk}/stop/").json()
    assert answer["is_sent"] is True
    until(lambda: box.state == "idle", "the output to go off")
    assert box.actual_ua == 0
    (ended,) = box.events("ended")
    assert ended["data"]["reason"] == "operator"


def test_another_sites_run_flows_on(world: World, box: Box) -> None:
    run = make_run(world.here, box)
    control_by_hand(box, 1, start=str(run.pk))
    client = Client()
    client.force_login(world.other.clinician)
    answer = client.post(f"/api/v1/runs/{run.pk}/stop/")
    assert answer.status_code == 404
    assert box.state == "running"
    box.fault("button")
