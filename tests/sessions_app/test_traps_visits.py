"""Traps of visits: what a state keeps, what an answer is worth, whom a stop stops."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.selectors.site_time import site_day
from devices.core.parts import Basis
from devices.core.reading import Phase, Reading
from devices.core.trace_codec import pack
from devices.models import Lease, Run
from devices.services.closing import run_close
from devices.services.ingest import ChunkWrite, chunks_store
from sessions_app.demo.visiting import people_of, safe_answers
from sessions_app.domain.completeness import Delivery, Verdict, reconcile
from sessions_app.domain.session_lifecycle import TRANSITIONS, SessionState
from sessions_app.models import VisitPeople
from sessions_app.services.checking import (
    People,
    check_record,
    session_arrive,
    session_clear,
)
from sessions_app.services.evaluating import leg_plan
from sessions_app.services.gates import require_answers_of_today
from sessions_app.services.scheduling import session_schedule
from tests.devices.simulator.parts import Bench, time_programme
from tests.factories import Place, make_run, make_stimulator, make_world
from tests.visits import clear, make_visit

FENCE = 3


@pytest.fixture
def place(db: None) -> Place:
    return make_world().here


def chunk(run: Run, after: int, last: int, fence: int) -> ChunkWrite:
    kept = [
        Reading(seq, seq * 250, 4_000, 4_000, 4_000, 16_000, 4_000, Phase.PLATEAU)
        for seq in range(after + 1, last + 1)
    ]
    return ChunkWrite(run.pk, fence, after, after + 1, last, len(kept), pack(kept))


def test_trap_10_a_sample_counts_once_by_run_and_number(place: Place) -> None:
    run = make_run(place)
    Lease.objects.filter(stimulator=run.stimulator).update(fence=FENCE)
    first = chunk(run, 0, 20, FENCE)
    assert chunks_store(chunks=[first, first]) == {run.pk}
    # A worker took over and reads again from what is stored.
    Lease.objects.filter(stimulator=run.stimulator).update(fence=FENCE + 1)
    assert chunks_store(chunks=[first]) == set()
    assert chunks_store(chunks=[chunk(run, 0, 20, FENCE + 1)]) == set()
    assert chunks_store(chunks=[chunk(run, 20, 41, FENCE + 1)]) == {run.pk}
    Run.objects.filter(pk=run.pk).update(state="ended", device_last_seq=41)
    assert run_close(run_id=run.pk)
    assert Run.objects.get(pk=run.pk).trace.confirmed_nc == 40 * 250 * 4_000


def test_trap_10_the_counter_of_the_device_survives_a_hold() -> None:
    bench = Bench()
    bench.start("R1", time_programme())
    bench.wait(10_000, alive="R1")
    counted = bench.machine.therapy.output.counter.total_nc
    bench.command("hold", "R1", cause="patient")
    bench.wait(10_000, alive="R1")
    held = bench.machine.therapy.output.counter.total_nc
    bench.resume("R1", 2_000)
    bench.wait(10_000, alive="R1")
    assert 0 < counted <= held < bench.machine.therapy.output.counter.total_nc


def test_trap_18_a_child_has_the_age_of_the_day_of_treatment(place: Place) -> None:
    visit = make_visit(place, "LE-DEX40", born_on=dt.date(2008, 11, 2))
    leg = visit.session.legs.get().prescribed
    assert leg_plan(leg=leg, day=dt.date(2026, 11, 2))
    with pytest.raises(Refusal, match="17 years old, from 18"):
        leg_plan(leg=leg, day=dt.date(2026, 11, 1))


def test_trap_15_an_order_counts_the_wetted_skin_not_the_pad(place: Place) -> None:
    leg = make_visit(place, "LE-DEX40").session.legs.get().prescribed
    day = timezone.localdate()
    assert leg_plan(leg=leg, day=day)
    leg.wetted_mm2 = 700
    with pytest.raises(Refusal, match="cathode 7 cm²"):
        leg_plan(leg=leg, day=day)


def test_trap_18_nobody_treats_a_child_without_an_escort(place: Place) -> None:
    today = timezone.localdate()
    visit = make_visit(place, "SWEAT-CF", born_on=dt.date(today.year - 9, 1, 1))
    session, nurse = visit.session, place.clinician
    alone = People(interpreter=VisitPeople.Interpreter.NOT_NEEDED)
    with pytest.raises(Refusal, match="is a minor"):
        session_arrive(session=session, by=nurse, version=session.version, people=alone)
    session.refresh_from_db()
    escorted = replace(alone, escort_name="A. Khan", escort_relation="Mother")
    session_arrive(session=session, by=nurse, version=session.version, people=escorted)
    assert session.state == "checked_in"


def test_trap_24_a_stimulator_is_booked_once(place: Place) -> None:
    box = make_stimulator(place)
    make_run(place, stimulator=box)
    with pytest.raises(Conflict):
        make_run(place, stimulator=box)


def test_trap_24_cancelled_and_not_come_are_two_ends_and_no_session_done() -> None:
    ends = {SessionState.CANCELLED, SessionState.NO_SHOW}
    assert ends <= TRANSITIONS[SessionState.PLANNED]
    for end in ends:
        assert TRANSITIONS[end] == {SessionState.ENTERED_IN_ERROR}


def test_trap_25_every_visit_is_asked_anew(place: Place) -> None:
    nurse, visit = place.clinician, make_visit(place)
    first = clear(visit, nurse)
    assert first.state == "cleared"
    second = session_schedule(
        prescription=first.prescription,
        due_on=timezone.localdate() + dt.timedelta(days=7),
        by=nurse,
    )
    session_arrive(
        session=second, by=nurse, version=second.version, people=people_of(second)
    )
    # What was said last time counts for nothing.
    with pytest.raises(Refusal, match="not answered yet"):
        session_clear(session=second, by=nurse, version=second.version)
    answers = safe_answers(second, "visit")
    assert {"implant", "pregnant", "reaction", "sensation"} <= set(answers)
    del answers["pregnant"]
    with pytest.raises(Refusal, match="pregnant"):
        check_record(
            session=second,
            by=nurse,
            version=second.version,
            tier="visit",
            answers=answers,
        )


def test_trap_25_the_answers_of_yesterday_start_nothing(place: Place) -> None:
    session = clear(make_visit(place), place.clinician)
    today = site_day(session.site)
    require_answers_of_today(session, today)
    with pytest.raises(Refusal, match="answered on"):
        require_answers_of_today(session, today + dt.timedelta(days=1))


def test_trap_25_too_much_is_a_result_and_counts() -> None:
    asked = 2_400_000_000
    found = reconcile(Delivery(Basis.CHARGE, asked, asked * 12 // 10))
    assert (found.verdict, found.counts) == (Verdict.OVER, True)


@pytest.mark.parametrize("armed", [False, True])
def test_trap_25_a_late_stop_leaves_the_next_run_alone(armed: bool) -> None:
    bench = Bench()
    bench.start("R1", time_programme())
    bench.wait(5_000, alive="R1")
    bench.stop("R1")
    bench.wait(3_000)
    if armed:
        bench.command("arm", "R2", hash=bench.stage("R2", time_programme()))
    else:
        bench.start("R2", time_programme())
        bench.wait(5_000, alive="R2")
    before = bench.machine.state
    late = bench.stop("R1")
    assert (late["run"], late["stopped"], late["state"]) == ("R2", False, before)
    assert bench.machine.state == before
    assert bench.stop("R2")["stopped"]


def test_trap_25_without_a_network_the_device_stops_by_itself() -> None:
    bench = Bench()
    bench.start("R1", time_programme())
    bench.wait(5_000, alive="R1")
    bench.wait(12_000)  # nobody is heard any more
    assert bench.machine.therapy.phase is Phase.HELD
    assert abs(bench.samples("R1")[-1].mean_ua) < 100
    bench.fault("button", press="stop")
    bench.wait(3_000)
    assert bench.machine.state == "idle"
