"""An answer of before the start, read after it, ends nothing."""

import pytest

from devices.drivers.base import Alive
from devices.models import Run
from devices.supervision.attendant import Attendant
from tests.devices.leading import Leading, recorded, start
from tests.factories import World, make_programme, make_run
from tests.processes import until
from tests.simulators import Box

pytestmark = pytest.mark.processes


def attendant_of(leading: Leading, run: Run) -> Attendant:
    return leading.loop._led[run.pk]


@pytest.mark.parametrize("state", ["staged", "armed", "idle"])
def test_a_late_answer_of_before_the_start_closes_no_running_run(
    world: World, box: Box, leading: Leading, state: str
) -> None:
    programme = make_programme(flow_s=60)
    run = start(make_run(world.here, box, programme=programme), world.here)
    attendant = attendant_of(leading, run)
    stale = Alive(0, state, None, 0, 0, 0, 0, 0, 0)

    def hear() -> None:
        attendant.alive = stale
        attendant.kick()

    leading.loop._loop.call_soon_threadsafe(hear)
    until(lambda: attendant.alive is not stale, "the stale answer is worked through")
    before = recorded(run.pk)
    until(lambda: recorded(run.pk) > before, "samples go on being stored")
    run.refresh_from_db()
    assert run.state == "running"
    assert attendant_of(leading, run) is attendant
