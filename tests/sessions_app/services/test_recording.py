"""What a run delivered is written once, with its evidence."""

import uuid

import pytest
from django.utils import timezone

from clinic.errors import Refusal
from devices.core.reading import Phase, Reading
from devices.core.run_lifecycle import EndReason, RunState
from devices.core.trace_codec import pack
from devices.models import Run, TraceChunk
from devices.services.closing import run_close, settle_run
from sessions_app.demo.lots import lots_for
from sessions_app.models import DoseRecord, ElectrodeType, Task
from sessions_app.selectors.harm import electrodes_of
from sessions_app.services.harm import Seen
from sessions_app.services.recording import records_sweep, run_record
from sessions_app.services.signing import session_sign
from sessions_app.services.treating import session_prepare
from tests.factories import make_world
from tests.visits import Visit, clear, make_visit

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000


@pytest.fixture
def place():
    return make_world().here


def prepared(place, code: str = "LE-DEX40") -> tuple[Visit, Run]:
    visit = make_visit(place, code)
    session, nurse = visit.session, place.clinician
    clear(visit, nurse)
    run = session_prepare(
        session=session,
        leg=session.legs.get(),
        stimulator=visit.stimulator,
        by=nurse,
        version=session.version,
        lots=lots_for(session.legs.get(), nurse),
    )
    return visit, run


def ended(run: Run, reason: EndReason, counter_nc: int, minutes: int, ua: int) -> Run:
    """The run as its supervisor leaves it: samples stored, the device's word noted."""
    readings = [
        Reading(seq, seq * 250, ua, abs(ua), abs(ua), 20_000, ua, Phase.PLATEAU)
        for seq in range(1, minutes * 240 + 2)
    ]
    if readings[1:]:
        TraceChunk.objects.create(
            run=run, first_seq=1, count=len(readings), payload=pack(readings)
        )
    Run.objects.filter(pk=run.pk).update(
        state=RunState.ENDED,
        kickoff_sent_at=timezone.now(),
        started_at=timezone.now(),
        ended_at=timezone.now(),
        end_reason=reason.value,
        device_counter_nc=counter_nc,
        device_last_seq=len(readings) if readings[1:] else 0,
    )
    assert run_close(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_a_measured_dose_is_recorded_once_and_leads_to_the_signature(place) -> None:
    visit, run = prepared(place)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    dose = run_record(run_id=run.pk)
    assert run_record(run_id=run.pk) is None
    records_sweep()
    assert DoseRecord.objects.get(run=run) == dose
    assert (dose.evidence, dose.confirmed_nc, dose.upper_nc) == (
        "trace",
        40 * MA_MIN,
        40 * MA_MIN,
    )
    assert (dose.completeness, dose.counts, dose.counter_agrees) == (
        "complete",
        True,
        True,
    )
    # The anion lies under the cathode, on black: all of it is credit.
    assert dose.credit_nc == 40 * MA_MIN
    assert dose.tolerated_ua == 4000
    visit.session.refresh_from_db()
    assert visit.session.state == "to_sign"


def test_a_counter_that_differs_is_told(place) -> None:
    _, run = prepared(place)
    ended(run, EndReason.DOSE, 45 * MA_MIN, 10, 4000)
    assert run_record(run_id=run.pk).counter_agrees is False


def test_without_a_sample_the_counter_is_the_evidence(place) -> None:
    _, run = prepared(place)
    ended(run, EndReason.REBOOT, 12 * MA_MIN, 0, 0)
    dose = run_record(run_id=run.pk)
    assert (dose.evidence, dose.confirmed_nc, dose.completeness) == (
        "counter",
        12 * MA_MIN,
        "attempted",
    )
    assert dose.credit_nc == 12 * MA_MIN
    # A counter may be 0.5 % short.
    assert (dose.is_estimate, dose.upper_nc) == (True, 12_060_000 * 60)


def test_a_statement_is_evidence_by_hand_and_names_who_made_it(place) -> None:
    _, run = prepared(place)
    Run.objects.filter(pk=run.pk).update(
        state=RunState.UNCERTAIN,
        kickoff_sent_at=timezone.now(),
        uncertain_at=timezone.now(),
        made_safe_at=timezone.now(),
    )
    settle_run(
        run_id=run.pk, by=place.clinician, reason="meter read 5", charge_nc=5 * MA_MIN
    )
    assert run_close(run_id=run.pk)
    dose = run_record(run_id=run.pk)
    assert (dose.evidence, dose.confirmed_nc) == ("hand", 5 * MA_MIN)
    assert (dose.is_estimate, dose.upper_nc) == (True, 5 * MA_MIN)
    assert (dose.recorded_by, dose.reason) == (place.clinician, "meter read 5")


def test_a_run_that_never_started_gives_the_session_back(place) -> None:
    visit, run = prepared(place)
    Run.objects.filter(pk=run.pk).update(
        state=RunState.REJECTED, ended_at=timezone.now(), reject_reason="no"
    )
    assert run_record(run_id=run.pk) is None
    visit.session.refresh_from_db()
    assert visit.session.state == "cleared"
    assert not DoseRecord.objects.exists()


def test_a_run_of_nobody_is_no_dose() -> None:
    assert run_record(run_id=uuid.uuid4()) is None


def test_a_place_that_had_its_dose_gets_no_other_run(place) -> None:
    visit, run = prepared(place)
    ended(run, EndReason.OPERATOR, 10 * MA_MIN, 3, 4000)
    run_record(run_id=run.pk)
    session = visit.session
    session.refresh_from_db()
    type(session).objects.filter(pk=session.pk).update(state="cleared")
    session.refresh_from_db()
    with pytest.raises(Refusal, match="had its dose"):
        session_prepare(
            session=session,
            leg=session.legs.get(),
            stimulator=visit.stimulator,
            by=place.clinician,
            version=session.version,
            lots=lots_for(session.legs.get(), place.clinician),
        )


def test_a_recorded_dose_can_be_signed(place) -> None:
    visit, run = prepared(place)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    run_record(run_id=run.pk)
    session, nurse = visit.session, place.clinician
    session.refresh_from_db()
    session_sign(
        session=session,
        by=nurse,
        version=session.version,
        seen=[Seen(one.key) for one in electrodes_of(session)],
    )
    assert session.state == "completed"
    assert session.signed_by == nurse


def test_a_dose_over_110_percent_is_on_the_prescribers_list_once(place) -> None:
    visit, run = prepared(place)
    ended(run, EndReason.DOSE, 48 * MA_MIN, 12, 4000)
    assert run_record(run_id=run.pk).is_over
    records_sweep()
    task = Task.objects.get()
    assert (task.kind, task.for_role) == ("incident", "prescriber")
    assert (task.session, task.link) == (visit.session, visit.path)
    assert "48.00 mA·min given, 40.00 mA·min prescribed" in task.text
    assert task.due_at <= timezone.now()


def test_a_dose_over_the_rating_of_the_pad_is_an_incident_too(place) -> None:
    visit, run = prepared(place)
    pad = visit.session.legs.get().prescribed.active_electrode
    ElectrodeType.objects.filter(pk=pad.pk).update(rating_nc=39 * MA_MIN)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    dose = run_record(run_id=run.pk)
    assert (dose.is_over, dose.completeness) == (True, "complete")
    assert "the pad is rated 39.00 mA·min" in Task.objects.get().text


def test_a_dose_as_prescribed_makes_no_task(place) -> None:
    _, run = prepared(place)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    assert not run_record(run_id=run.pk).is_over
    assert not Task.objects.exists()
