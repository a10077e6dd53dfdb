"""Creating runs and asking for starts: one winner, told why the others lost."""

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import AuditEntry
from devices.core.parts import ProgrammeError
from devices.core.run_lifecycle import LIVE, TERMINAL
from devices.models import Lease, Presence, Run, RunChannel, RunEvent
from devices.services import runs
from devices.services.runs import run_start_request, run_stop_request
from tests.factories import (
    CHAIR_CODE,
    World,
    make_patient,
    make_programme,
    make_run,
    make_stimulator,
    make_world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def created() -> list[int]:
    tables = (Run, RunChannel, RunEvent, Lease, AuditEntry)
    return [table.objects.count() for table in tables]


def test_a_run_comes_with_its_channel_event_lease_and_audit_row(world: World) -> None:
    run = make_run(world.here)
    assert (run.state, run.is_simulated, run.site) == ("queued", True, world.here.site)
    assert created() == [1, 1, 1, 1, 1]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("run.create", str(run.pk))
    assert (entry.staff, entry.site) == (world.here.clinician, world.here.site)


def test_an_act_that_fails_leaves_no_audit_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("after the audit row")

    monkeypatch.setattr(runs, "enqueue", broken)
    with pytest.raises(RuntimeError, match="after the audit row"):
        make_run(world.here)
    assert created() == [0, 0, 0, 0, 0]


def test_a_patient_has_one_live_run(world: World) -> None:
    patient = make_patient(world.here)
    make_run(world.here, patient=patient)
    with pytest.raises(Conflict, match=patient.banner_name) as refused:
        make_run(world.here, patient=patient)
    assert refused.value.code == "patient_busy"


def test_a_stimulator_in_use_says_so(world: World) -> None:
    stimulator = make_stimulator(world.here)
    make_run(world.here, stimulator=stimulator)
    with pytest.raises(Conflict, match=f"{stimulator.label} is in use") as refused:
        make_run(world.here, stimulator=stimulator)
    assert refused.value.code == "stimulator_busy"


@pytest.mark.parametrize("state", sorted(LIVE))
def test_every_live_state_uncertain_included_keeps_the_chair(
    world: World, state: str
) -> None:
    run = make_run(world.here)
    Run.objects.filter(pk=run.pk).update(state=state)
    with pytest.raises(Conflict):
        make_run(world.here, stimulator=run.stimulator)


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_every_final_state_frees_the_chair_and_the_patient(
    world: World, state: str
) -> None:
    run = make_run(world.here)
    Run.objects.filter(pk=run.pk).update(state=state)
    make_run(world.here, stimulator=run.stimulator, patient=run.patient)


def test_simulated_and_real_never_mix(world: World) -> None:
    real = make_patient(world.here, is_simulated=False)
    with pytest.raises(Conflict, match="simulated and the patient is not"):
        make_run(world.here, patient=real)
    box = make_stimulator(world.here, is_simulated=False)
    with pytest.raises(Conflict, match="real and the patient is not"):
        make_run(world.here, stimulator=box)


def test_a_stimulator_of_another_site_is_refused(world: World) -> None:
    with pytest.raises(Conflict, match="another site"):
        make_run(world.here, stimulator=make_stimulator(world.other))


def test_a_stimulator_in_quarantine_says_why(world: World) -> None:
    box = make_stimulator(
        world.here, quarantined_at=timezone.now(), quarantine_reason="leaks 2 mA"
    )
    with pytest.raises(Conflict, match="leaks 2 mA"):
        make_run(world.here, stimulator=box)


def test_a_programme_that_the_device_cannot_hold_creates_nothing(world: World) -> None:
    with pytest.raises(ProgrammeError, match="stop_ramp 9000 ms"):
        make_run(world.here, programme=make_programme(stop_ramp_ms=9_000))
    assert created() == [0, 0, 0, 0, 0]


# START


@pytest.fixture
def ready(world: World) -> Run:
    run = make_run(world.here)
    Run.objects.filter(pk=run.pk).update(state="ready", version=4)
    run.refresh_from_db()
    return run


def press(world: World, run: Run, code: str = CHAIR_CODE, version: int = 4) -> None:
    run_start_request(
        run=run, by=world.here.clinician, chair_code=code, version=version
    )


def test_a_press_is_valid_for_five_seconds_and_audited(
    world: World, ready: Run
) -> None:
    press(world, ready, code=f" {CHAIR_CODE.lower()} ")
    ready.refresh_from_db()
    assert ready.start_valid_until is not None
    assert ready.start_requested_at is not None
    valid = ready.start_valid_until - ready.start_requested_at
    assert valid.total_seconds() == 5
    assert AuditEntry.objects.filter(action="run.start").count() == 1
    assert Presence.objects.get().staff == world.here.clinician


@pytest.mark.parametrize(
    ("code", "says"), [("", "Type the code"), (" ", "Type the code"), ("ZZZZ", "ZZZZ")]
)
def test_without_the_chair_code_nothing_starts(
    world: World, ready: Run, code: str, says: str
) -> None:
    with pytest.raises(Refusal, match=says):
        press(world, ready, code=code)
    ready.refresh_from_db()
    assert ready.start_requested_at is None
    assert not Presence.objects.exists()


def test_a_stale_page_is_told_both_versions(world: World, ready: Run) -> None:
    with pytest.raises(Conflict, match="version 3, the run is at 4"):
        press(world, ready, version=3)


def test_a_second_start_is_refused(world: World, ready: Run) -> None:
    press(world, ready)
    with pytest.raises(Conflict) as refused:
        press(world, ready)
    assert refused.value.code == "second_start"


def test_a_run_that_is_not_ready_never_starts(world: World) -> None:
    run = make_run(world.here)
    with pytest.raises(Conflict, match="queued, not ready"):
        press(world, run, version=run.version)


def test_after_a_stop_nothing_starts(world: World, ready: Run) -> None:
    assert run_stop_request(run_id=ready.pk, cause="operator", by=None)
    with pytest.raises(Conflict):
        press(world, ready)


def test_the_first_stop_stands_and_an_ended_run_is_left_alone(
    world: World, ready: Run
) -> None:
    run_stop_request(run_id=ready.pk, cause="patient", by=None)
    run_stop_request(run_id=ready.pk, cause="operator", by=None)
    ready.refresh_from_db()
    assert ready.stop_cause == "patient"
    assert RunEvent.objects.filter(run=ready, kind="stop_requested").count() == 1
    ended = make_run(world.other)
    Run.objects.filter(pk=ended.pk).update(state="ended", ended_at=timezone.now())
    assert not run_stop_request(run_id=ended.pk, cause="operator", by=None)
    ended.refresh_from_db()
    assert ended.stop_requested_at is None
