"""The rest of an interrupted dose: only what is left, looked at again, signed."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from devices.core.programme import Programme
from devices.core.run_lifecycle import EndReason
from devices.models import Run
from sessions_app.demo.lots import lots_for
from sessions_app.models import AdverseEvent, DoseRecord, SessionEvent
from sessions_app.selectors.doses import anode_turn, rest_proposal
from sessions_app.services.continuing import FRESH_CHECKS, session_continue
from sessions_app.services.correcting import dose_swap
from sessions_app.services.recording import run_record
from sessions_app.services.treating import session_prepare
from tests.factories import make_stimulator, make_world
from tests.sessions_app.services.test_recording import ended, prepared
from tests.visits import clear, make_visit

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def visit(place):
    """30 of 40 mA·min, then the operator stopped."""
    made, run = prepared(place)
    ended(run, EndReason.OPERATOR, 30 * MA_MIN, 7, 4000)
    assert run_record(run_id=run.pk)
    made.session.refresh_from_db()
    return made


def go_on(place, visit, **more) -> Run:
    session, leg = visit.session, visit.session.legs.get()
    plain = {
        "session": session,
        "leg": leg,
        "stimulator": visit.stimulator,
        "by": place.clinician,
        "version": session.version,
        "ticked": set(FRESH_CHECKS),
        "lots": lots_for(leg, place.clinician),
    }
    return session_continue(**{**plain, **more})


def test_only_the_rest_is_planned(place, visit) -> None:
    dose = DoseRecord.objects.get()
    run = go_on(place, visit)
    programme = Programme.from_dict(run.programme)
    assert programme.dose_nc == 40 * MA_MIN - dose.upper_nc == 12 * MA_MIN
    visit.session.refresh_from_db()
    assert visit.session.state == "treating"


def test_the_proposal_is_signed_with_its_figures(place, visit) -> None:
    go_on(place, visit)
    event = SessionEvent.objects.filter(to_state="treating").last()
    assert event.staff == place.clinician
    assert event.data["rest"]["nc"] == 12 * MA_MIN
    assert event.data["ticked"] == sorted(FRESH_CHECKS)
    assert AuditEntry.objects.filter(action="session.continue").exists()


def test_another_stimulator_may_give_it(place, visit) -> None:
    other = make_stimulator(place)
    assert go_on(place, visit, stimulator=other).stimulator == other


@pytest.mark.parametrize("missing", FRESH_CHECKS)
def test_each_fresh_check_is_ticked(place, visit, missing) -> None:
    with pytest.raises(Refusal, match="Not ticked"):
        go_on(place, visit, ticked=set(FRESH_CHECKS) - {missing})


def test_a_second_submit_is_a_conflict(place, visit) -> None:
    version = visit.session.version
    go_on(place, visit)
    with pytest.raises(Conflict):
        go_on(place, visit, version=version)
    assert Run.objects.count() == 2


def test_never_after_harm(place, visit) -> None:
    AdverseEvent.objects.create(
        site=place.site,
        patient=visit.patient,
        session=visit.session,
        code="A01",
        grade=1,
        onset_at=timezone.now(),
        noticed="at_chair",
        by=place.clinician,
    )
    with pytest.raises(Refusal, match="never after harm"):
        go_on(place, visit)


def test_swapped_leads_leave_no_more_than_the_skin_may_have(place, visit) -> None:
    leg = visit.session.legs.get()
    before = rest_proposal(leg=leg)
    dose_swap(
        dose=DoseRecord.objects.get(),
        swapped=None,
        noticed_by="Nadia",
        reason="seen",
        by=place.clinician,
    )
    assert rest_proposal(leg=leg).remaining_nc == before.remaining_nc


def test_nothing_is_left_of_a_complete_dose(place) -> None:
    made, run = prepared(place)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    run_record(run_id=run.pk)
    made.session.refresh_from_db()
    assert not rest_proposal(leg=made.session.legs.get()).allowed
    with pytest.raises(Refusal, match=r"nothing is left|complete"):
        go_on(place, made)


def test_too_late_is_said_with_the_time(place, visit) -> None:
    Run.objects.update(ended_at=timezone.now() - dt.timedelta(hours=2))
    rest = rest_proposal(leg=visit.session.legs.get())
    assert not rest.allowed
    assert "within 30:00 min" in rest.why


def test_before_the_first_dose_there_is_no_rest(place) -> None:
    made = make_visit(place)
    assert rest_proposal(leg=made.session.legs.get()) is None


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.AUDITOR])
def test_who_does_not_treat_goes_on_with_nothing(place, visit, role) -> None:
    with pytest.raises(Forbidden):
        go_on(place, visit, by=place.staff[role])


class TestTurns:
    """Who gets the red lead, the anode, with tap water."""

    def test_the_place_that_had_less_gets_it_next(self, place) -> None:
        made, run = prepared(place, "HH-PALM")
        leg = made.session.legs.get()
        assert anode_turn(leg=leg).place == leg.prescribed.active_place
        ended(run, EndReason.TIME, 40 * MA_MIN, 10, 4000)
        run_record(run_id=run.pk)
        assert anode_turn(leg=leg).place == leg.prescribed.return_place

    def test_a_drug_decides_its_own_pole(self, place) -> None:
        made = make_visit(place, "LE-DEX40")
        leg = made.session.legs.get()
        assert anode_turn(leg=leg) is None
        session = clear(made, place.clinician)
        with pytest.raises(Refusal, match="decide which lead"):
            session_prepare(
                session=session,
                leg=leg,
                stimulator=made.stimulator,
                by=place.clinician,
                version=session.version,
                lots=lots_for(leg, place.clinician),
                turned=True,
            )

    def test_turned_leads_go_to_the_other_places(self, place) -> None:
        made = make_visit(place)
        session = clear(made, place.clinician)
        leg = session.legs.get()
        run = session_prepare(
            session=session,
            leg=leg,
            stimulator=made.stimulator,
            by=place.clinician,
            version=session.version,
            turned=True,
        )
        channel = run.channels.get()
        assert channel.red_place == leg.prescribed.return_place
        assert channel.black_place == leg.prescribed.active_place
