"""Who leads which stimulator: one at a time, and the fence only rises."""

import pytest
from django.db import connection

from devices.models import Lease, Run, Supervisor
from devices.services import leases
from devices.services.leases import Grant
from tests.factories import make_run, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return make_run(make_world().here)


def take(owner: str, limit: int = 5) -> list[Grant]:
    return leases.lease_take(owner=owner, limit=limit)


def expire() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE devices_lease SET until = now() - interval '1 s'")


def fence(run: Run) -> int:
    return Lease.objects.get(stimulator=run.stimulator).fence


def test_a_free_lease_is_granted_once(run: Run) -> None:
    assert take("a") == [Grant(run.stimulator_id, run.pk, 1)]
    assert take("b") == []


def test_an_expired_lease_is_granted_with_a_higher_fence(run: Run) -> None:
    take("a")
    expire()
    assert take("b") == [Grant(run.stimulator_id, run.pk, 2)]


def test_a_grant_rises_above_what_the_device_has_seen(run: Run) -> None:
    Lease.objects.update(seen_fence=41)
    assert take("a")[0].fence == 42


def test_only_stimulators_with_a_live_run_are_led(run: Run) -> None:
    Run.objects.update(state="ended")
    assert take("a") == []


def test_the_limit_holds(run: Run) -> None:
    make_run(make_world().here)
    assert take("a", 0) == []
    assert len(take("a", 1)) == 1


def test_a_renewal_with_another_owner_or_fence_is_lost(run: Run) -> None:
    take("a")
    box = run.stimulator_id
    assert leases.lease_renew(owner="a", fences={box: 1}) == {box}
    assert leases.lease_renew(owner="b", fences={box: 1}) == set()
    assert leases.lease_renew(owner="a", fences={box: 2}) == set()
    assert leases.lease_renew(owner="a", fences={}) == set()


def test_who_was_overtaken_can_neither_renew_nor_rise(run: Run) -> None:
    take("a")
    expire()
    take("b")
    box = run.stimulator_id
    assert leases.lease_renew(owner="a", fences={box: 1}) == set()
    risen = leases.lease_refence(owner="a", stimulator_id=box, fence=1, seen=9)
    assert risen is None
    assert fence(run) == 2


def test_rising_above_a_seen_fence(run: Run) -> None:
    take("a")
    box = run.stimulator_id
    assert leases.lease_refence(owner="a", stimulator_id=box, fence=1, seen=9) == 10
    assert fence(run) == 10


def test_a_released_lease_is_free_at_once_and_only_its_owner_releases(run: Run) -> None:
    take("a")
    leases.lease_release(owner="b", stimulator_ids=[run.stimulator_id])
    assert take("b") == []
    leases.lease_release(owner="a", stimulator_ids=[run.stimulator_id])
    assert take("b")[0].fence == 2


def test_leaving_gives_everything_back(run: Run) -> None:
    leases.supervisor_share(owner="a", runs=0)
    take("a")
    leases.supervisor_leave(owner="a")
    assert not Supervisor.objects.exists()
    assert take("b")[0].fence == 2


def test_the_share_is_what_falls_to_each_living_loop_and_some_spare(run: Run) -> None:
    for _ in range(3):
        make_run(make_world().here)
    assert leases.supervisor_share(owner="a", runs=0) == 4 + leases.SPARE
    assert leases.supervisor_share(owner="b", runs=0) == 2 + leases.SPARE
    with connection.cursor() as cursor:
        cursor.execute("UPDATE devices_supervisor SET seen_at = now() - interval '1h'")
    assert leases.supervisor_share(owner="b", runs=0) == 4 + leases.SPARE
