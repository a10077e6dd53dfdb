"""Visits that are missed, called off or moved."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from sessions_app.models import Closure, Course, SessionEvent, TreatmentSession
from sessions_app.selectors.prescribing import sessions_pending, sessions_used
from sessions_app.services.closures import closure_add, closure_remove
from sessions_app.services.courses import course_hold, course_resume
from sessions_app.services.ladders import ladders_load
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.visits import session_cancel, session_move, session_no_show
from tests.factories import Place, make_world
from tests.visits import Visit, make_visit

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def place() -> Place:
    return make_world().here


@pytest.fixture
def visit(place: Place) -> Visit:
    return make_visit(place)


def _stand(visit: Visit) -> int:
    number = visit.session.prescription.number
    return sessions_used(number) + sessions_pending(number)


def test_a_visit_that_nobody_came_to_uses_up_no_session(
    place: Place, visit: Visit
) -> None:
    assert _stand(visit) == 1
    session_no_show(session=visit.session, by=place.clinician, version=1)
    assert visit.session.state == "no_show"
    assert _stand(visit) == 0


def test_nobody_is_missed_before_the_day(place: Place, visit: Visit) -> None:
    TreatmentSession.objects.update(due_on=timezone.localdate() + 2 * DAY)
    visit.session.refresh_from_db()
    with pytest.raises(Refusal, match="cancel it instead"):
        session_no_show(session=visit.session, by=place.clinician, version=1)


def test_who_called_a_visit_off_is_kept(place: Place, visit: Visit) -> None:
    session_cancel(
        session=visit.session,
        by=place.clinician,
        version=1,
        reason="a cold",
        whose="patient_late",
    )
    event = SessionEvent.objects.get(session=visit.session, to_state="cancelled")
    assert event.data == {"reason": "a cold", "whose": "patient_late"}
    assert visit.session.not_treated_reason == "a cold"


@pytest.mark.parametrize(
    ("reason", "whose", "code"),
    [("", "clinic", "no_reason"), ("ill", "nobody", "whose")],
)
def test_a_cancellation_says_why_and_by_whom(
    place: Place, visit: Visit, reason: str, whose: str, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        session_cancel(
            session=visit.session,
            by=place.clinician,
            version=1,
            reason=reason,
            whose=whose,
        )
    assert refused.value.code == code
    visit.session.refresh_from_db()
    assert visit.session.state == "planned"


def test_a_visit_moves_with_an_event_and_a_new_version(
    place: Place, visit: Visit
) -> None:
    day = timezone.localdate() + 3 * DAY
    session_move(
        session=visit.session,
        by=place.clinician,
        version=1,
        due_on=day,
        due_at=dt.time(14, 30),
        reason="school",
    )
    assert (visit.session.due_on, visit.session.version) == (day, 2)
    said = SessionEvent.objects.get(session=visit.session).data
    assert said["moved"]["to"] == {"due_on": day.isoformat(), "due_at": "14:30"}
    with pytest.raises(Conflict, match="version 1"):
        session_move(
            session=visit.session,
            by=place.clinician,
            version=1,
            due_on=day + DAY,
            due_at=None,
        )


def test_a_visit_of_a_course_on_hold_does_not_move(place: Place) -> None:
    ladders_load()
    visit = make_visit(place)
    course = Course.objects.get(pk=visit.session.prescription.number)
    course_hold(course=course, place="", reason="travels", by=place.clinician)
    move = {"due_on": timezone.localdate() + 3 * DAY, "due_at": None}
    with pytest.raises(Refusal, match="on hold: held: travels"):
        session_move(session=visit.session, by=place.clinician, version=1, **move)
    course_resume(course=course, place="", reason="is back", by=place.clinician)
    session_move(session=visit.session, by=place.clinician, version=1, **move)


def test_a_visit_does_not_move_onto_the_day_of_another(
    place: Place, visit: Visit
) -> None:
    day = timezone.localdate() + 7 * DAY
    order = visit.session.prescription
    session_schedule(prescription=order, due_on=day, by=place.clinician)
    with pytest.raises(Refusal, match="treated that day already"):
        session_move(
            session=visit.session,
            by=place.clinician,
            version=1,
            due_on=day,
            due_at=None,
        )
    visit.session.refresh_from_db()
    assert visit.session.due_on == timezone.localdate()


def test_no_visit_is_put_on_a_day_on_which_the_site_is_closed(
    place: Place, visit: Visit
) -> None:
    day = timezone.localdate() + 3 * DAY
    closure = closure_add(
        site=place.site, day=day, name="Fire drill", by=place.prescriber
    )
    order = visit.session.prescription
    move = {"session": visit.session, "by": place.clinician, "version": 1}
    with pytest.raises(Refusal, match="Fire drill"):
        session_move(**move, due_on=day, due_at=None)
    with pytest.raises(Refusal, match="Fire drill"):
        session_schedule(prescription=order, due_on=day, by=place.clinician)
    closure_remove(closure=closure, by=place.prescriber)
    session_move(**move, due_on=day, due_at=None)
    assert visit.session.due_on == day


def test_a_site_closes_once_a_day_and_by_who_may(place: Place) -> None:
    day = timezone.localdate() + DAY
    with pytest.raises(Forbidden):
        closure_add(site=place.site, day=day, name="Holiday", by=place.clinician)
    closure_add(site=place.site, day=day, name="Holiday", by=place.prescriber)
    with pytest.raises(Conflict, match="closed on"):
        closure_add(site=place.site, day=day, name="Again", by=place.prescriber)
    assert Closure.objects.count() == 1


@pytest.mark.parametrize(
    ("days", "name", "code"),
    [(-1, "Holiday", "closure_past"), (1, " ", "closure_name")],
)
def test_a_closure_is_ahead_and_named(
    place: Place, days: int, name: str, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        closure_add(
            site=place.site,
            day=timezone.localdate() + days * DAY,
            name=name,
            by=place.prescriber,
        )
    assert refused.value.code == code
