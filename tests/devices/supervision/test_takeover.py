"""Supervisors as real Celery workers: killed, frozen, back again, shut down.

What happened is read from the device's own log, not from ours.
"""

import itertools
import os
import signal
from collections.abc import Iterator

import pytest

from devices.models import Lease, Run, RunEvent, Supervisor, Trace, TraceChunk
from tests.devices.leading import press_start, recorded, wait_event, wait_state
from tests.factories import Place, World, make_programme, make_run
from tests.processes import until
from tests.simulators import Box
from tests.stack import DEVICE_PLANE, Stack, stack_environment
from tests.stores import WorkerStores

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]
SUPERVISORS = ("supervisor-1", "supervisor-2")
TAKEOVER_S = 4.5


@pytest.fixture(scope="module")
def stack(
    django_db_setup: None,
    stores: WorkerStores,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("stack")
    with Stack(stack_environment(stores, home), home) as up:
        up.start(*DEVICE_PLANE)
        yield up


@pytest.fixture
def box(stack: Stack, live_db: WorkerStores) -> Iterator[Box]:
    """A new stimulator; both supervisors live, whatever the test before did."""
    for name in SUPERVISORS:
        if not stack.processes[name].alive:
            stack.start(name)
    until(lambda: Supervisor.objects.count() == 2, "two supervisors")
    yield stack.simulators.take()
    for name in SUPERVISORS:
        if stack.processes[name].alive:
            stack.processes[name].thaw()


def leader(stack: Stack, run: Run) -> str:
    """The name of the process that leads the run now."""
    owner = Lease.objects.get(stimulator=run.stimulator).owner
    pid = int(owner.split(":")[1])
    return next(n for n in SUPERVISORS if pid in stack.pids(n))


def running(place: Place, box: Box, flow_s: int) -> Run:
    run = make_run(place, box, programme=make_programme(flow_s=flow_s))
    wait_state(run, "ready")
    press_start(run, place)
    wait_state(run, "running")
    until(lambda: recorded(run.pk) > 8, "samples are stored")
    return run


def gap_s(box: Box, old: int, new: int) -> float:
    """From the old fence's last keep-alive to the first of the new, by the device."""
    said = [(e["at_ms"], e["data"]["fence"]) for e in box.events("keepalive")]
    last = max(at for at, fence in said if fence == old)
    return (min(at for at, fence in said if fence == new) - last) / 1000


def complete(run: Run, box: Box) -> Trace:
    """The run ended as planned and its record is the device's log, once each."""
    wait_state(run, "ended", deadline_s=90)
    assert run.end_reason == "time"
    until(lambda: Trace.objects.filter(run=run).exists(), "sealed", deadline_s=30)
    trace = Trace.objects.get(run=run)
    on_device = box.samples(run.pk)
    assert (trace.count, trace.gaps) == (len(on_device), 0)
    assert not TraceChunk.objects.filter(run=run).exists()
    assert not box.events("watchdog", "held")
    assert abs(trace.confirmed_nc - run.device_counter_nc) * 200 <= trace.confirmed_nc
    return trace


def kill_mid_run(stack: Stack, place: Place, box: Box) -> float:
    """Kill the leading supervisor; how long the device waited for the other."""
    run = running(place, box, flow_s=8)
    killed = leader(stack, run)
    stack.processes[killed].kill()
    complete(run, box)
    fences = sorted({e["data"]["fence"] for e in box.events("keepalive")})
    assert len(fences) == 2
    return gap_s(box, *fences)


def test_a_killed_supervisor_is_replaced_in_time_and_no_sample_is_lost(
    stack: Stack, world: World, box: Box
) -> None:
    assert kill_mid_run(stack, world.here, box) <= TAKEOVER_S


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_takeovers_are_all_in_time(stack: Stack, world: World, box: Box) -> None:
    waits = []
    for _ in range(10):
        waits.append(kill_mid_run(stack, world.here, box))
        for name in SUPERVISORS:
            if not stack.processes[name].alive:
                stack.start(name)
        box = stack.simulators.take()
    assert max(waits) <= TAKEOVER_S, waits


def test_an_overtaken_supervisor_that_comes_back_changes_nothing(
    stack: Stack, world: World, box: Box
) -> None:
    run = running(world.here, box, flow_s=10)
    frozen = stack.processes[leader(stack, run)]
    old = Lease.objects.get(stimulator=run.stimulator).fence
    frozen.freeze()
    until(
        lambda: Lease.objects.get(stimulator=run.stimulator).fence > old,
        "another supervisor leads",
    )
    until(lambda: box.events("superseded"), "the device serves the other")
    new = Lease.objects.get(stimulator=run.stimulator).fence
    before = RunEvent.objects.filter(run=run).count()
    frozen.thaw()
    until(lambda: " lost" in frozen.text or "superseded" in frozen.text, "it noticed")
    # It said nothing more to the device, and wrote nothing.
    assert [e["data"] for e in box.events("superseded")] == [{"fence": new}]
    after_takeover = itertools.dropwhile(
        lambda e: e["kind"] != "superseded",
        box.events("superseded", "keepalive", "stale"),
    )
    obeyed = {e["data"]["fence"] for e in after_takeover if e["kind"] == "keepalive"}
    assert obeyed == {new}
    complete(run, box)
    kinds = set(
        RunEvent.objects.filter(run=run)
        .order_by("id")
        .values_list("kind", flat=True)[before:]
    )
    # Its successor alone asks what falls due, each question once.
    assert kinds <= {"prompt", "ending", "ended", "sealed"}
    put = RunEvent.objects.filter(run=run, kind="prompt")
    names = list(put.values_list("data__name", flat=True))
    assert len(names) == len(set(names))


def test_a_supervisor_that_is_shut_down_hands_over_at_once(
    stack: Stack, world: World, box: Box
) -> None:
    run = running(world.here, box, flow_s=6)
    leaving = leader(stack, run)
    os.kill(stack.pid(leaving), signal.SIGTERM)
    complete(run, box)
    fences = sorted({e["data"]["fence"] for e in box.events("keepalive")})
    assert len(fences) == 2
    # Less than a lease: nobody waited for it to run out.
    assert gap_s(box, *fences) < 2.5
    assert stack.processes[leaving].finish(20) == 0


def test_with_all_supervisors_frozen_past_the_validity_a_press_never_starts(
    stack: Stack, world: World, box: Box
) -> None:
    run = wait_state(make_run(world.here, box), "ready")
    for name in SUPERVISORS:
        stack.processes[name].freeze()
    press_start(run, world.here)
    never_started(stack, run, box)


@pytest.mark.slow
def test_with_all_supervisors_frozen_for_25_s_a_press_never_starts(
    stack: Stack, world: World, box: Box
) -> None:
    run = wait_state(make_run(world.here, box), "ready")
    for name in SUPERVISORS:
        stack.processes[name].freeze()
    press_start(run, world.here)
    run.refresh_from_db()
    wait_past(run, 20)
    never_started(stack, run, box)


def wait_past(run: Run, more_s: float) -> None:
    from datetime import timedelta

    from django.utils import timezone

    assert run.start_valid_until is not None
    late = run.start_valid_until + timedelta(seconds=more_s)
    until(lambda: timezone.now() > late, "the validity has passed", deadline_s=60)


def never_started(stack: Stack, run: Run, box: Box) -> None:
    """Thaw after the validity: the press lapses, and another press starts."""
    run.refresh_from_db()
    wait_past(run, 0.1)
    for name in SUPERVISORS:
        stack.processes[name].thaw()
    wait_event(run, "start_lapsed")
    assert not box.events("started")
    assert box.actual_ua == 0
    run.refresh_from_db()
    assert (run.state, run.start_requested_at) == ("ready", None)
