"""What was so when the run was prepared must be so at START, and at a resume."""

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Consent, PatientFact, Role
from clinic.services.consent import consent_withdraw
from clinic.services.facts import fact_record
from devices.core.run_lifecycle import EndReason, RunState
from devices.models import Run, RunCommand
from devices.services.fleet import stimulator_quarantine
from devices.services.titration import run_resume_request
from sessions_app.demo.lots import lots_for
from sessions_app.models import Loan, LotUse, TreatmentSession
from sessions_app.selectors.checks import Step, standing_of
from sessions_app.services.adopting import adoption_withdraw
from sessions_app.services.checking import session_clear
from sessions_app.services.evaluating import Moment, leg_weigh
from sessions_app.services.lots import lot_recall
from sessions_app.services.prescribing import prescription_sign, prescription_stop
from sessions_app.services.recording import run_record
from sessions_app.services.treating import session_prepare
from tests.factories import CHAIR_CODE, make_patient, make_world
from tests.sessions_app.services.test_loans import lend
from tests.sessions_app.services.test_poles import ready, start
from tests.sessions_app.services.test_recording import ended, prepared
from tests.visits import clear, make_order, make_visit

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000


@pytest.fixture
def place():
    return make_world().here


def out_of_use(place, visit) -> None:
    stimulator_quarantine(
        stimulator=visit.stimulator, reason="burn", by=place.staff[Role.ENGINEER]
    )


def stopped(place, visit) -> None:
    prescription_stop(
        prescription=visit.session.prescription, by=place.prescriber, reason="a rash"
    )


def withdrawn(place, visit) -> None:
    consent = Consent.objects.filter(patient=visit.patient).first()
    consent_withdraw(consent=consent, by=place.clinician, reason="no more")


def given_up(place, visit) -> None:
    adoption = visit.session.prescription.adoption
    adoption_withdraw(adoption=adoption, by=place.prescriber, reason="new source")


def implanted(place, visit) -> None:
    fact_record(
        patient=visit.patient,
        kind=PatientFact.Kind.IMPLANT,
        says="pacemaker, says the daughter",
        dated_on=timezone.localdate(),
        by=place.clinician,
    )


def recalled(place, visit) -> None:
    lot = LotUse.objects.get(leg__session=visit.session).lot
    lot_recall(lot=lot, by=place.clinician, reason="glass in vials")


MEANWHILE = {
    out_of_use: "in quarantine: burn",
    stopped: "was stopped: a rash",
    withdrawn: "withdrawn on",
    given_up: "no longer treats by",
    implanted: "An electrical implant",
    recalled: "glass in vials",
}
each = pytest.mark.parametrize(
    ("happens", "says"), MEANWHILE.items(), ids=[one.__name__ for one in MEANWHILE]
)


@each
def test_what_comes_between_dispatch_and_press_bars_the_start(
    place, happens, says
) -> None:
    visit, run = ready(place)
    happens(place, visit)
    with pytest.raises((Refusal, Conflict), match=says):
        start(place, visit, run)
    run.refresh_from_db()
    assert run.start_requested_at is None


@each
def test_what_comes_during_a_hold_bars_the_resume(place, happens, says) -> None:
    visit, run = prepared(place)
    hold(run)
    happens(place, visit)
    held = Run.objects.get(pk=run.pk)
    with pytest.raises((Refusal, Conflict), match=says):
        resume(place, held)
    assert not RunCommand.objects.exists()


def hold(run: Run) -> None:
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        state=RunState.HELD.value, kickoff_sent_at=now, started_at=now
    )


def resume(place, run) -> RunCommand:
    return run_resume_request(
        run=run,
        by=place.clinician,
        level_ua=0,
        chair_code=CHAIR_CODE,
        red_inspected=True,
        black_inspected=True,
    )


def test_a_hold_in_which_nothing_came_is_resumed(place) -> None:
    _, run = prepared(place)
    hold(run)
    assert resume(place, Run.objects.get(pk=run.pk)).kind == "resume"


def test_an_implant_that_is_told_after_the_questions_bars_the_claim(place) -> None:
    visit = make_visit(place)
    clear(visit, place.clinician)
    implanted(place, visit)
    with pytest.raises(Refusal, match="An electrical implant") as refused:
        prepare(place, visit)
    assert refused.value.extra["codes"] == ["H1"]


def prepare(place, visit) -> Run:
    session = visit.session
    return session_prepare(
        session=session,
        leg=session.legs.get(),
        stimulator=visit.stimulator,
        by=place.clinician,
        version=session.version,
        lots=lots_for(session.legs.get(), place.clinician),
    )


def test_an_implant_that_is_told_after_the_questions_bars_the_clearance(place) -> None:
    visit = make_visit(place)
    clear(visit, place.clinician)
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state="checked_in")
    visit.session.refresh_from_db()
    implanted(place, visit)
    assert standing_of(visit.session, timezone.localdate()).step is Step.CLEAR
    with pytest.raises(Refusal, match="An electrical implant"):
        session_clear(
            session=visit.session, by=place.clinician, version=visit.session.version
        )


def test_a_place_that_had_its_dose_is_not_prepared_again(place) -> None:
    visit, run = prepared(place)
    ended(run, EndReason.OPERATOR, 4 * MA_MIN, 1, 4000)
    run_record(run_id=run.pk)
    # As it is while another place of the session has no dose yet.
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state="cleared")
    visit.session.refresh_from_db()
    with pytest.raises(Conflict, match="had its dose"):
        prepare(place, visit)
    assert Run.objects.count() == 1


def test_a_second_run_of_a_place_stays_under_the_ceiling_of_the_patient(place) -> None:
    who = make_patient(place)
    order = make_order(who, place, "HH-PALM", max_ua=8_000)
    leg = order.legs.get()
    flow_ms = order.adoption.spec["course"]["flow_ms"]
    whole = 8_000 * flow_ms
    half = Moment(day=timezone.localdate(), in_leg_nc=whole // 2)
    faults = leg_weigh(leg, half).faults
    assert [one.code for one in faults] == ["charge_cumulative"]
    assert leg_weigh(leg, Moment(day=timezone.localdate())).faults == ()


def test_a_home_device_is_not_lent_against_a_withdrawn_consent(place) -> None:
    visit = make_visit(place)
    withdrawn(place, visit)
    with pytest.raises(Refusal, match="withdrawn on"):
        lend(place, visit.session.prescription)
    assert not Loan.objects.exists()


def test_a_home_device_is_not_lent_to_who_has_an_implant(place) -> None:
    visit = make_visit(place)
    implanted(place, visit)
    with pytest.raises(Refusal, match="Not to be lent: An electrical implant"):
        lend(place, visit.session.prescription)
    assert not Loan.objects.exists()


def test_a_home_device_is_not_lent_to_who_cannot_feel_the_current(place) -> None:
    visit = make_visit(place)
    fact_record(
        patient=visit.patient,
        kind=PatientFact.Kind.SENSATION,
        says="polyneuropathy",
        dated_on=timezone.localdate(),
        by=place.clinician,
    )
    with pytest.raises(Refusal, match="sets the current alone"):
        lend(place, visit.session.prescription)


def test_a_draft_from_before_brings_no_stopped_course_back(place) -> None:
    visit = make_visit(place)
    order = visit.session.prescription
    draft = make_order(visit.patient, place, "HH-PALM", signed=False, replaces=order)
    stopped(place, visit)
    with pytest.raises(Conflict, match="was stopped: a rash"):
        prescription_sign(prescription=draft, by=place.prescriber)
    draft.refresh_from_db()
    visit.session.refresh_from_db()
    assert (draft.signed_at, visit.session.prescription) == (None, order)
