"""What follows from a harm: a call after a day, an incident, and nothing by halves."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from devices.models import RunEvent
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    Incident,
    SkinCheck,
    Task,
    TreatmentSession,
)
from sessions_app.selectors.harm import (
    advice_for,
    events_of,
    is_first_session,
    is_valid,
    open_call_back,
)
from sessions_app.services.harm import (
    call_back_record,
    event_record,
    skin_check_during,
)
from sessions_app.services.scheduling import session_schedule
from tests.factories import make_world
from tests.sessions_app.harms import answers, flowing, of_text, sign, treated

pytestmark = pytest.mark.django_db
BEGUN = [state for state in SessionState if state is not SessionState.PLANNED]


@pytest.fixture
def place():
    return make_world().here


def record(place, visit, text="ERY-1", **more):
    plain = {
        "session": visit.session,
        "by": place.clinician,
        "finding": of_text(text),
        "onset_at": timezone.now(),
        "noticed": "phone",
    }
    return event_record(**{**plain, **more})


def put(visit, state) -> None:
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state=state)
    visit.session.refresh_from_db()


@pytest.mark.parametrize("state", BEGUN)
def test_it_can_be_added_in_every_state_after_the_plan(place, state) -> None:
    visit, _ = treated(place)
    put(visit, state)
    event = record(place, visit)
    assert (event.noticed, event.by, event.patient) == (
        "phone",
        place.clinician,
        visit.patient,
    )
    assert AuditEntry.objects.filter(action="harm.record").count() == 1


def test_before_the_session_has_begun_there_is_no_harm_of_it(place) -> None:
    visit, _ = treated(place)
    put(visit, SessionState.PLANNED)
    with pytest.raises(Conflict):
        record(place, visit)


def test_days_later_by_phone(place) -> None:
    visit, _ = treated(place)
    put(visit, SessionState.COMPLETED)
    day = visit.session.due_on - dt.timedelta(days=5)
    TreatmentSession.objects.filter(pk=visit.session.pk).update(due_on=day)
    visit.session.refresh_from_db()
    onset = timezone.now() - dt.timedelta(days=3)
    assert record(place, visit, onset_at=onset).onset_at == onset
    with pytest.raises(Refusal, match="before the session"):
        record(place, visit, onset_at=timezone.now() - dt.timedelta(days=9))


def test_an_onset_in_the_future_is_refused(place) -> None:
    visit, _ = treated(place)
    with pytest.raises(Refusal, match="future"):
        record(place, visit, onset_at=timezone.now() + dt.timedelta(minutes=5))


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.ENGINEER])
def test_only_who_treats_records_harm(place, role) -> None:
    visit, _ = treated(place)
    with pytest.raises(Forbidden):
        record(place, visit, by=place.staff[role])


def test_a_place_of_another_session_is_refused(place) -> None:
    visit, _ = treated(place)
    other, _ = treated(place)
    with pytest.raises(Refusal, match="another session"):
        record(place, visit, leg=other.session.legs.get())
    with pytest.raises(Refusal, match="no lead"):
        record(place, visit, lead="red")


def test_grade_1_makes_one_call_back_after_24_h(place) -> None:
    visit, _ = treated(place)
    record(place, visit, "PAR-0")
    assert open_call_back(visit.session) is None
    before = timezone.now()
    record(place, visit, "ERY-1")
    record(place, visit, "PRU-1")
    (task,) = Task.objects.filter(kind="call_back")
    day = dt.timedelta(hours=24)
    assert before + day <= task.due_at <= timezone.now() + day
    assert (task.patient, task.session) == (visit.patient, visit.session)
    assert "ERY 1" in task.text


def test_a_correction_stands_in_the_place_of_what_it_corrects(place) -> None:
    visit, _ = treated(place)
    first = record(place, visit, "VES-2")
    second = record(place, visit, "VES-1", supersedes=first)
    events = events_of(session=visit.session)
    assert [event for event in events if is_valid(event)] == [second]
    assert len(events) == 2
    with pytest.raises(Conflict):
        record(place, visit, "VES-1", supersedes=first)
    other, _ = treated(place)
    with pytest.raises(Refusal, match="another session"):
        record(place, other, "VES-1", supersedes=second)


def test_what_was_found_at_the_signature_is_an_event_with_its_place(place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="ERY-1 VES-1", black="PAR-0")
    events = AdverseEvent.objects.filter(session=visit.session).order_by("code")
    assert [(one.code, one.grade, one.lead, one.noticed) for one in events] == [
        ("ERY", 1, "red", "at_chair"),
        ("VES", 1, "red", "at_chair"),
    ]
    assert Task.objects.filter(kind="call_back").count() == 1


def test_the_look_during_a_run_answers_it_and_needs_both_poles(place) -> None:
    visit, run = flowing(place)
    look = {"session": visit.session, "run": run, "by": place.clinician}
    with pytest.raises(Refusal, match="BLACK"):
        skin_check_during(**look, seen=answers()[:1])
    assert not RunEvent.objects.filter(run=run, kind="skin_check").exists()
    skin_check_during(**look, seen=answers(black="ERY-1"))
    rows = SkinCheck.objects.filter(run=run)
    assert {row.moment for row in rows} == {"during"}
    assert RunEvent.objects.get(run=run, kind="skin_check").data["worst"] == 1
    run.refresh_from_db()
    assert run.stop_requested_at is None


def test_after_the_run_the_look_during_it_is_over(place) -> None:
    visit, run = treated(place)
    with pytest.raises(Conflict):
        skin_check_during(
            session=visit.session, run=run, by=place.clinician, seen=answers()
        )


def test_a_call_with_nothing_to_see_closes(place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="ERY-1")
    call_back_record(
        session=visit.session, by=place.clinician, seen=answers(), text="all gone"
    )
    task = Task.objects.get(kind="call_back")
    assert (task.done_by, task.outcome) == (
        place.clinician,
        "Nothing to see. all gone",
    )
    assert SkinCheck.objects.filter(moment="call_back").count() == 2
    with pytest.raises(Conflict):
        call_back_record(
            session=visit.session, by=place.clinician, seen=answers(), text=""
        )


def test_a_call_with_a_finding_is_an_event_by_phone_and_the_next_call(place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="ERY-1")
    call_back_record(
        session=visit.session, by=place.clinician, seen=answers(red="ERY-2"), text=""
    )
    newest = AdverseEvent.objects.order_by("-at")[0]
    assert (newest.code, newest.grade, newest.noticed) == ("ERY", 2, "phone")
    assert open_call_back(visit.session) is not None
    assert Task.objects.filter(kind="call_back", done_at__isnull=False).count() == 1


def test_a_burn_by_phone_opens_the_incident_too(place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="ERY-1")
    call_back_record(
        session=visit.session, by=place.clinician, seen=answers(red="BRN-2"), text=""
    )
    assert Incident.objects.get().event.noticed == "phone"


def test_a_call_that_cannot_be_written_stays_open(place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="ERY-1")
    with pytest.raises(Refusal):
        call_back_record(
            session=visit.session, by=place.clinician, seen=answers()[:1], text=""
        )
    assert open_call_back(visit.session) is not None


def test_grade_2_at_one_place_in_two_sessions_advises_to_stop(place) -> None:
    first, _ = treated(place)
    second, _ = treated(place)
    for visit in (first, second):
        leg = visit.session.legs.get()
        record(place, visit, "ERY-2", leg=leg, lead="red")
    events = [*events_of(session=first.session), *events_of(session=second.session)]
    assert advice_for(events) == ("left palm",)
    assert advice_for(events[:1]) == ()


def test_the_first_session_is_the_first_with_current(place) -> None:
    visit, _ = treated(place)
    assert is_first_session(visit.session)
    order = visit.session.prescription
    later = session_schedule(
        prescription=order,
        due_on=timezone.localdate() + dt.timedelta(days=7),
        by=place.clinician,
    )
    assert not is_first_session(later)
