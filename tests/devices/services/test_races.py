"""Races on real connections: each first shows that it fails without the guard."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import IntegrityError, connection

from clinic.errors import Conflict
from devices.core.run_lifecycle import LIVE, RunState
from devices.models import Lease, Run, RunEvent, Trace
from devices.services.leases import lease_take
from devices.services.runs import run_create
from devices.services.sealing import sealed_figures
from devices.services.transitions import run_transition
from tests.factories import (
    CHANNEL,
    World,
    make_patient,
    make_programme,
    make_run,
    make_stimulator,
)
from tests.stores import WorkerStores

RACERS = 4


def race(work: Callable[[int], bool], count: int = RACERS) -> list[str]:
    """What each of `count` threads that start together said, sorted."""
    gate, said = threading.Barrier(count), []

    def one(number: int) -> None:
        gate.wait()
        try:
            said.append("won" if work(number) else "lost")
        except (Conflict, IntegrityError) as lost:
            said.append(getattr(lost, "code", "constraint"))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


@pytest.mark.parametrize("constrained", [False, True])
def test_of_racing_runs_on_one_stimulator_one_wins(
    world: World, constrained: bool
) -> None:
    """The control looks before it inserts, outside of the constraint's states."""
    box = make_stimulator(world.here)
    patients = [make_patient(world.here) for _ in range(RACERS)]
    looked = threading.Barrier(RACERS)

    def unguarded(number: int) -> bool:
        free = not Run.objects.filter(stimulator=box, state__in=LIVE).exists()
        looked.wait()
        Run.objects.create(
            site=box.site,
            patient=patients[number],
            stimulator=box,
            is_simulated=True,
            state=RunState.CANCELLED,
            programme={},
            programme_hash="",
            responsible=world.here.clinician,
        )
        return free

    def guarded(number: int) -> bool:
        run_create(
            patient=patients[number],
            stimulator=box,
            programme=make_programme(),
            channel=CHANNEL,
            responsible=world.here.clinician,
        )
        return True

    said = race(guarded if constrained else unguarded)
    assert said == (["stimulator_busy"] * 3 + ["won"] if constrained else ["won"] * 4)


@pytest.mark.parametrize("locked", [False, True])
def test_of_racing_takers_of_a_lease_one_leads(world: World, locked: bool) -> None:
    """The control reads which leases are free and then writes."""
    run = make_run(world.here)
    looked = threading.Barrier(RACERS)

    def unguarded(number: int) -> bool:
        free = Lease.objects.filter(until=None).exists()
        looked.wait()
        Lease.objects.update(owner=f"racer {number}")
        return free

    def guarded(number: int) -> bool:
        return bool(lease_take(owner=f"racer {number}", limit=1))

    said = race(guarded if locked else unguarded)
    assert said == (["lost"] * 3 + ["won"] if locked else ["won"] * 4)
    assert Lease.objects.get(stimulator=run.stimulator).fence == int(locked)


@pytest.mark.parametrize("conditional", [False, True])
def test_of_racing_moves_one_is_made_and_has_one_event(
    world: World, conditional: bool
) -> None:
    """The control reads the state and then writes it."""
    run = make_run(world.here)
    looked = threading.Barrier(RACERS)

    def unguarded(_: int) -> bool:
        queued = Run.objects.get(pk=run.pk).state == RunState.QUEUED
        looked.wait()
        Run.objects.filter(pk=run.pk).update(state=RunState.VERIFYING)
        return queued

    def guarded(_: int) -> bool:
        return run_transition(
            run_id=run.pk,
            sources=(RunState.QUEUED,),
            target=RunState.VERIFYING,
            kind="verifying",
        )

    said = race(guarded if conditional else unguarded)
    assert said == (["lost"] * 3 + ["won"] if conditional else ["won"] * 4)
    events = RunEvent.objects.filter(run=run, kind="verifying").count()
    assert events == int(conditional)


@pytest.mark.parametrize("statement", ["UPDATE {} SET data = '{{}}'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["devices_runevent", "clinic_auditentry"])
def test_a_trigger_holds_even_the_owner(
    world: World, live_db: WorkerStores, table: str, statement: str
) -> None:
    make_run(world.here)
    with psycopg.connect(live_db.owner_url) as owner:
        with pytest.raises(psycopg.errors.RaiseException, match="annot"):
            owner.execute(statement.format(table))
        owner.rollback()


def test_a_sealed_trace_is_never_changed(world: World, live_db: WorkerStores) -> None:
    run = make_run(world.here)
    Trace.objects.create(run=run, **sealed_figures([], make_programme(), None))
    with psycopg.connect(live_db.owner_url) as owner:
        with pytest.raises(psycopg.errors.RaiseException):
            owner.execute("UPDATE devices_trace SET count = 1")
        owner.rollback()
