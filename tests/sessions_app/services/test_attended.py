"""Minutes: from acts at the chair, stated by a person, corrected with a reason."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from devices.models import RunEvent
from sessions_app.models import AttendedTime, TreatmentSession
from sessions_app.selectors.attended import (
    acts_of,
    attendance_stands,
    minutes_of,
)
from sessions_app.services.attended import minutes_state
from tests.factories import make_world
from tests.sessions_app.harms import treated

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def visit(place, monkeypatch):
    """START, pain at 4 and 8 min by one person; the device's own events beside."""
    visit, run = treated(place)
    begin = timezone.now()
    told = [("start_requested", 0), ("pain", 4), ("pain", 8), ("stop_requested", 9)]
    for kind, minute in told:
        at = begin + dt.timedelta(minutes=minute)
        monkeypatch.setattr("django.utils.timezone.now", lambda at=at: at)
        RunEvent.objects.create(run=run, kind=kind, staff=place.clinician)
        RunEvent.objects.create(run=run, kind="alarm")
    monkeypatch.undo()
    return visit


def state(place, visit, minutes, **more):
    plain = {"code": "97033", "by": place.clinician, "seen": None}
    return minutes_state(session=visit.session, minutes=minutes, **{**plain, **more})


def test_minutes_come_from_acts_of_people_and_not_from_the_device(visit) -> None:
    assert [act.what for act in acts_of(visit.session)] == [
        "START",
        "Pain asked",
        "Pain asked",
    ]
    (one,) = minutes_of(visit.session)
    assert (one.code.code, one.from_acts, one.minutes) == ("97033", 8, 8)
    assert not attendance_stands(visit.session)


def test_the_same_minutes_need_no_reason_and_others_do(place, visit) -> None:
    with pytest.raises(Refusal, match="8 min from acts") as refused:
        state(place, visit, 20)
    assert refused.value.extra["field"] == "reason-97033"
    row = state(place, visit, 8)
    assert (row.minutes, row.from_acts, row.by) == (8, 8, place.clinician)
    assert attendance_stands(visit.session)


def test_a_correction_supersedes_with_a_reason(place, visit) -> None:
    first = state(place, visit, 8)
    with pytest.raises(Refusal, match="Say why"):
        state(place, visit, 8, seen=first.pk)
    second = state(place, visit, 15, seen=first.pk, reason="sat with her")
    assert second.supersedes == first
    (one,) = minutes_of(visit.session)
    assert one.minutes == 15
    assert AttendedTime.objects.count() == 2


def test_a_stale_page_states_nothing(place, visit) -> None:
    state(place, visit, 8)
    with pytest.raises(Conflict, match="meanwhile"):
        state(place, visit, 9, reason="seen")


def test_what_cannot_be_is_refused(place, visit) -> None:
    with pytest.raises(Refusal, match="0 to 600"):
        state(place, visit, 601, reason="long")
    with pytest.raises(Refusal, match="it has 97033"):
        state(place, visit, 8, code="97014")
    with pytest.raises(Forbidden):
        state(place, visit, 8, by=place.staff[Role.AUDITOR])
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state="treating")
    with pytest.raises(Conflict, match="once the current is over"):
        state(place, visit, 8)
