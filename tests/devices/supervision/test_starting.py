"""START: once, in time, or not at all."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.errors import Conflict
from devices.models import Run, RunEvent
from devices.services.runs import run_stop_request
from tests.devices.leading import (
    Leading,
    press_start,
    start,
    story,
    wait_event,
    wait_state,
)
from tests.factories import CHAIR_CODE, Place, World, make_programme, make_run
from tests.processes import until
from tests.simulators import Box

pytestmark = pytest.mark.processes


def ready(world: World, box: Box, flow_s: int = 60) -> Run:
    programme = make_programme(flow_s=flow_s)
    run = make_run(world.here, box, programme=programme)
    return wait_state(run, "ready")


def test_a_start_flows_within_two_seconds_of_the_press(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    press_start(run, world.here)
    run = wait_state(run, "running")
    asked = wait_event(run, "start_requested").at
    assert wait_event(run, "started").at - asked < timedelta(seconds=2)
    assert story(run)[-3:] == ["start_requested", "armed", "started"]
    assert run.kickoff_sent_at is not None
    assert len(box.events("started")) == 1


def test_a_press_that_no_supervisor_saw_in_time_never_starts_and_can_be_pressed_again(
    world: World, box: Box
) -> None:
    with Leading():
        run = ready(world, box)
    press_start(run, world.here)
    # Six seconds later, as the database counts them, a supervisor comes back.
    late = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(start_valid_until=late)
    with Leading():
        lapsed = wait_event(run, "start_lapsed")
        run.refresh_from_db()
        assert run.state == "ready"
        assert run.start_requested_at is None
        assert not box.events("started")
        press_start(run, world.here)
        wait_state(run, "running")
    assert RunEvent.objects.filter(run=run, kind="started", id__gt=lapsed.pk).exists()
    assert len(box.events("started")) == 1


def test_a_press_older_than_its_validity_when_the_kickoff_is_due_never_starts(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    # The answer to `arm` comes after the press has lapsed.
    box.fault("freeze_link")
    press_start(run, world.here)
    wait_state(run, "armed")
    soon = timezone.now() + timedelta(seconds=5)
    until(lambda: timezone.now() > soon, "the press has lapsed", deadline_s=30)
    box.fault("thaw_link")
    run = wait_state(run, "cancelled", "rejected")
    assert not box.events("started")
    assert box.actual_ua == 0


def test_a_lost_acknowledgement_of_the_start_runs_exactly_once(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    box.fault("lose_ack", verb="kickoff")
    press_start(run, world.here)
    run = wait_state(run, "running")
    assert [e["run"] for e in box.events("started")] == [str(run.pk)]
    assert story(run).count("started") == 1
    assert "uncertain" not in story(run)


def test_an_unanswered_start_that_the_device_never_got_is_cancelled_not_repeated(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    box.fault("lose_ack", verb="arm")
    press_start(run, world.here)
    run = wait_state(run, "cancelled")
    assert "never started it" in run.reject_reason
    assert not box.events("started")


def test_a_start_at_an_open_circuit_is_refused_by_the_device(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    box.fault("lead_off")
    press_start(run, world.here)
    run = wait_state(run, "rejected")
    assert "circuit open" in run.reject_reason
    assert not box.events("started")


def test_a_ready_run_lapses_and_the_device_forgets_it(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    Run.objects.filter(pk=run.pk).update(expires_at=timezone.now())
    run = wait_state(run, "cancelled")
    assert "not started in time" in run.reject_reason
    assert box.state == "idle"


def test_two_presses_at_once_start_once(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    outcomes: list[str] = []
    gate = threading.Barrier(8)

    def press() -> None:
        from django.db import connection

        from devices.services.runs import run_start_request

        gate.wait()
        try:
            run_start_request(
                run=Run.objects.get(pk=run.pk),
                by=world.here.clinician,
                chair_code=CHAIR_CODE,
                version=run.version,
            )
            outcomes.append("asked")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("asked") == 1
    assert set(outcomes) <= {"asked", "second_start", "not_ready"}
    wait_state(run, "running")
    assert len(box.events("started")) == 1


def test_a_stop_beside_a_start_leaves_no_current(
    world: World, box: Box, leading: Leading
) -> None:
    run = ready(world, box)
    press_start(run, world.here)
    run_stop_request(run_id=run.pk, cause="operator", by=world.here.clinician)
    run = wait_state(run, "cancelled", "rejected", "ended")
    until(lambda: box.actual_ua == 0, "output off")
    assert box.state == "idle"


def test_a_dropped_link_is_taken_up_and_loses_no_sample(
    world: World, box: Box, leading: Leading
) -> None:
    run = start(
        make_run(world.here, box, programme=make_programme(flow_s=8)), world.here
    )
    until(lambda: len(box.samples(run.pk)) > 5, "samples")
    box.fault("drop_link", refuse_ms=1500)
    run = wait_state(run, "ended")
    assert run.device_last_seq == len(box.samples(run.pk))
    assert run.live.have_seq == run.device_last_seq
    assert not box.events("watchdog")


def claim_once(run: Run, place: Place, conditional: bool) -> int:
    """How many of four racing supervisors claim one start."""
    from django.db import connection

    from devices.core.run_lifecycle import RunState
    from devices.services.attending import run_armed

    gate = threading.Barrier(4)
    won: list[bool] = []

    def claim() -> None:
        seen = Run.objects.get(pk=run.pk).state
        gate.wait()
        try:
            if conditional:
                assert run.start_command is not None
                won.append(
                    run_armed(
                        run_id=run.pk,
                        fence=run.stimulator.lease.fence,
                        command=run.start_command,
                    )
                )
            elif seen == RunState.READY:
                Run.objects.filter(pk=run.pk).update(state=RunState.ARMED)
                won.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(won)


@pytest.mark.parametrize(("conditional", "claims"), [(False, 4), (True, 1)])
def test_a_start_is_claimed_once_and_more_often_without_the_condition(
    world: World, conditional: bool, claims: int
) -> None:
    run = make_run(world.here)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        state="ready",
        start_command=uuid.uuid4(),
        start_requested_at=now,
        start_valid_until=now + timedelta(seconds=60),
    )
    run.refresh_from_db()
    assert claim_once(run, world.here, conditional) == claims
