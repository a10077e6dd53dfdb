"""Nothing is recorded for too long: the devices are fed, then ramped down."""

import pytest
from django.db import OperationalError

from devices.supervision import loop
from tests.devices.leading import Leading, recorded, start, wait_state
from tests.factories import World, make_run
from tests.processes import until
from tests.simulators import Box

pytestmark = pytest.mark.processes


def no_database(*_: object) -> None:
    raise OperationalError("the server is gone")


def test_after_max_unrecorded_the_run_is_ramped_down_and_nothing_is_lost(
    world: World,
    box: Box,
    settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SUPERVISION = {**settings.SUPERVISION, "max_unrecorded_ms": 3_000}
    with Leading():
        run = start(make_run(world.here, box), world.here)
        until(lambda: recorded(run.pk) > 4, "samples are stored")
        with monkeypatch.context() as patch:
            patch.setattr(loop, "sweep", no_database)
            before = len(box.samples(run.pk))
            until(lambda: box.events("stop"), "the supervisor stops it by itself")
            # It was fed for all of three seconds first.
            assert len(box.samples(run.pk)) >= before + 10
            until(lambda: box.actual_ua == 0, "output off")
        run = wait_state(run, "ended")
    assert run.end_reason == "operator"
    assert recorded(run.pk) == run.device_last_seq == len(box.samples(run.pk))
    assert not box.events("watchdog")
