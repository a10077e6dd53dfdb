"""From queued to ready or rejected: nothing is energised before a true read-back."""

import uuid

import pytest

from devices.core.profile import OnBreak
from devices.models import Run, Stimulator
from devices.services.runs import run_stop_request
from tests.devices.by_hand import control_by_hand
from tests.devices.leading import start, story, wait_state
from tests.factories import (
    World,
    make_patient,
    make_run,
    make_stimulator,
    profile,
)
from tests.simulators import Box

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("leading")]


def verdict(run: Run) -> Run:
    return wait_state(run, "ready", "rejected", "cancelled")


def test_a_run_is_ready_once_the_device_read_back_its_very_programme(
    world: World, box: Box
) -> None:
    run = verdict(make_run(world.here, box))
    assert run.state == "ready", run.reject_reason
    assert run.read_back_hash == run.programme_hash
    assert story(run) == ["queued", "verifying", "ready"]
    assert box.state == "staged"
    assert box.actual_ua == 0


def test_a_device_that_reads_back_another_programme_is_rejected(
    world: World, box: Box
) -> None:
    box.fault("wrong_readback")
    run = verdict(make_run(world.here, box))
    assert run.state == "rejected"
    assert "read back another programme" in run.reject_reason
    assert run.programme_hash[:12] in run.reject_reason
    assert box.state == "idle"
    assert not box.events("started")


def test_a_device_that_is_busy_with_another_run_is_rejected(
    world: World, box: Box
) -> None:
    other = str(uuid.uuid4())
    control_by_hand(box, 1, start=other)
    run = verdict(make_run(world.here, box))
    assert run.state == "rejected"
    assert other in run.reject_reason
    assert box.dump()["run"] == other
    box.fault("button")


def test_a_device_of_another_profile_is_rejected(world: World, box: Box) -> None:
    other = profile(on_break=OnBreak.TERMINATE, resume_allowed=False)
    stimulator = make_stimulator(world.here, box, profile=other.to_dict())
    run = verdict(make_run(world.here, stimulator=stimulator))
    assert run.state == "rejected"
    assert "on_break, resume_allowed differ" in run.reject_reason


def test_a_device_that_says_it_is_simulated_is_refused_as_a_real_one(
    world: World, box: Box
) -> None:
    stimulator = make_stimulator(world.here, box, is_simulated=False)
    patient = make_patient(world.here, is_simulated=False)
    run = verdict(make_run(world.here, stimulator=stimulator, patient=patient))
    assert run.state == "rejected"
    assert "says that it is simulated" in run.reject_reason


def test_an_address_that_answers_as_another_device_is_never_staged(
    world: World, box: Box
) -> None:
    stimulator = make_stimulator(world.here, box, serial="someone-else")
    run = make_run(world.here, stimulator=stimulator)
    run_stop_request(run_id=run.pk, cause="operator", by=None)
    assert wait_state(run, "cancelled").end_reason == ""
    assert box.dump()["fence"] == 0


def test_a_higher_fence_that_the_device_has_seen_is_passed(
    world: World, box: Box
) -> None:
    control_by_hand(box, 41)
    run = verdict(make_run(world.here, box))
    assert run.state == "ready", run.reject_reason
    run.stimulator.lease.refresh_from_db()
    assert run.stimulator.lease.fence == 42
    assert box.dump()["fence"] == 42


def test_a_stop_before_start_cancels_and_the_device_refuses_the_run_for_ever(
    world: World, box: Box
) -> None:
    run = verdict(make_run(world.here, box))
    run_stop_request(run_id=run.pk, cause="operator", by=None)
    run = wait_state(run, "cancelled")
    assert "stopped before any current" in run.reject_reason
    assert str(run.pk) in [e["data"]["stops"] for e in box.events("stop")]


def test_the_chair_is_free_for_the_next_patient_after_a_run(
    world: World, fast_box: Box
) -> None:
    stimulator = make_stimulator(world.here, fast_box)
    first = start(make_run(world.here, stimulator=stimulator), world.here)
    wait_state(first, "ended")
    second = start(make_run(world.here, stimulator=stimulator), world.here)
    assert wait_state(second, "ended").end_reason == "time"
    assert Stimulator.objects.get(pk=stimulator.pk).lease.fence >= 2
