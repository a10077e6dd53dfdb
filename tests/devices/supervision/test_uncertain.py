"""When nobody knows: ask the device, make safe, settle."""

import asyncio
import uuid
from pathlib import Path

import pytest

from clinic.errors import Conflict, Refusal
from devices.drivers.tcp import TcpDriver
from devices.models import Run, Trace
from devices.services.closing import (
    run_close,
    run_made_safe,
    settle_run,
    upper_bound_nc,
)
from devices.supervision import ending
from tests.devices.by_hand import linked, start_run
from tests.devices.leading import (
    Leading,
    recorded,
    start,
    story,
    wait_event,
    wait_state,
)
from tests.factories import World, make_run
from tests.processes import until
from tests.simulators import Box, Simulators
from tests.stack import stack_environment
from tests.stores import WorkerStores

pytestmark = pytest.mark.processes


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is uncertain a moment after its watchdog, not after six more seconds."""
    monkeypatch.setattr(ending, "LOST_MARGIN_S", -7.0)


def flowing(world: World, box: Box) -> Run:
    run = start(make_run(world.here, box), world.here)
    until(lambda: len(box.samples(run.pk)) > 4, "samples")
    return run


def test_a_reboot_mid_run_ends_it_by_the_devices_own_log(
    world: World, box: Box, leading: Leading
) -> None:
    run = flowing(world, box)
    boot = box.dump()["boot"]
    box.fault("reboot")
    run = wait_state(run, "ended")
    assert run.end_reason == "reboot"
    assert box.dump()["boot"] != boot
    assert run.device_counter_nc > 0
    assert recorded(run.pk) == len(box.samples(run.pk)) == run.device_last_seq
    assert box.actual_ua == 0


def test_a_power_cut_mid_run_ends_it_by_what_the_device_wrote_down(
    world: World, stores: WorkerStores, tmp_path: Path, leading: Leading
) -> None:
    host = Simulators(tmp_path, stack_environment(stores, tmp_path), count=1)
    try:
        box = host.take()
        run = flowing(world, box)
        host.power_cut()
        run = wait_state(run, "ended")
        assert run.end_reason == "reboot"
        assert run.device_last_seq == recorded(run.pk) > 4
    finally:
        host.end()


def test_silence_past_the_watchdog_is_uncertain_and_settled_at_the_next_hello(
    world: World, box: Box, leading: Leading, hasty: None
) -> None:
    run = flowing(world, box)
    box.fault("drop_link", refuse_ms=4_000)
    run = wait_state(run, "uncertain")
    assert run.made_safe_at is None
    assert "no answer for" in wait_event(run, "uncertain").data["why"]
    # The device flows on: what was given up is stopped, then settled by its log.
    run = wait_state(run, "ended")
    assert run.end_reason == "operator"
    assert run.made_safe_at is not None
    assert recorded(run.pk) == run.device_last_seq == len(box.samples(run.pk))
    assert story(run)[-2:] in (["made_safe", "ended"], ["ended", "sealed"])


def test_a_device_that_holds_another_run_leaves_this_one_possibly_live(
    world: World, box: Box
) -> None:
    with Leading():
        run = flowing(world, box)

    async def take_away(driver: TcpDriver) -> None:
        await driver.stop(str(run.pk), "s", "operator")
        while (await driver.hello(100)).run is not None:
            await asyncio.sleep(0.1)
        await start_run(driver, str(uuid.uuid4()))

    linked(box, 100, take_away)
    with Leading():
        run = wait_state(run, "uncertain")
        assert "does not remember the run" in wait_event(run, "uncertain").data["why"]
        assert run.made_safe_at is None
        # Idle at last: nothing can flow, but what has flowed only a person can say.
        box.fault("button")
        until(lambda: box.state == "idle", "the other run is over")
        box.fault("drop_link")
        wait_event(run, "made_safe")
    run.refresh_from_db()
    assert (run.state, run.made_safe_by) == ("uncertain", None)


def uncertain(world: World) -> Run:
    """An uncertain run of which 30 mA·s are confirmed."""
    run = make_run(world.here)
    Run.objects.filter(pk=run.pk).update(state="uncertain")
    run.live.confirmed_nc = run.live.upper_nc = 30_000_000
    run.live.flow_ms = 10_000
    run.live.save()
    run.refresh_from_db()
    return run


def test_settling_needs_made_safe_first_a_reason_and_a_possible_charge(
    world: World,
) -> None:
    run, by = uncertain(world), world.here.clinician
    highest = upper_bound_nc(run)
    assert highest == 30_000_000 + 8_000 * (90_000 - 10_000)
    with pytest.raises(Conflict, match="First state at the chair"):
        settle_run(run_id=run.pk, by=by, reason="seen", charge_nc=highest)
    run_made_safe(run_id=run.pk, by=by, statement="output off, electrodes off")
    with pytest.raises(Refusal, match="how the charge is known"):
        settle_run(run_id=run.pk, by=by, reason=" ", charge_nc=highest)
    for charge_nc in (29_999_999, highest + 1):
        with pytest.raises(Refusal, match="can have flowed"):
            settle_run(run_id=run.pk, by=by, reason="seen", charge_nc=charge_nc)
    settle_run(run_id=run.pk, by=by, reason="read off the display", charge_nc=highest)
    run.refresh_from_db()
    assert (run.state, run.end_reason) == ("ended", "settled")
    assert (run.settled_by, run.settled_charge_nc) == (by, highest)
    with pytest.raises(Conflict, match="nothing to settle"):
        settle_run(run_id=run.pk, by=by, reason="again", charge_nc=highest)


def test_a_settled_run_is_closed_once(world: World) -> None:
    run, by = uncertain(world), world.here.clinician
    run_made_safe(run_id=run.pk, by=by, statement="output off")
    settle_run(run_id=run.pk, by=by, reason="display", charge_nc=30_000_000)
    assert run_close(run_id=run.pk)
    assert not run_close(run_id=run.pk)
    assert Trace.objects.get(run=run).count == 0


def test_made_safe_is_for_an_uncertain_run_only(world: World) -> None:
    run = make_run(world.here)
    with pytest.raises(Conflict, match="not uncertain"):
        run_made_safe(run_id=run.pk, by=None, statement="")
