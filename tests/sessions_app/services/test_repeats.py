"""A test is done again when a person says so; the proposal can be replayed."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.domain.diagnostics import repeat_of
from sessions_app.models import Proposal, Task, TreatmentSession
from sessions_app.selectors.tasks import tasks_open
from sessions_app.services.repeats import repeat_book, repeat_reject
from tests.factories import make_world
from tests.sessions_app.sweat import collect, sign, stimulated

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def place():
    return make_world().here


def proposed(place, *, sessions: int = 2):
    session = stimulated(place, sessions=sessions)
    collect(place, session, 9_000, 16_000)
    sign(place, session)
    return Proposal.objects.select_related("course__site").get(decision="open")


def test_the_proposal_says_why_and_replays_to_the_same(place) -> None:
    row = proposed(place)
    assert row.why == (
        "left volar forearm: 9 µL, at least 15 µL. Enough at right volar forearm;"
        " places are never pooled."
    )
    again = repeat_of(row.inputs)
    assert again is not None
    assert (again.to_dict(), again.rule, again.why) == (row.result, row.rule, row.why)
    assert row.result["due_on"] == (timezone.localdate() + DAY).isoformat()


def test_what_was_proposed_before_the_second_arm_gives_way(place) -> None:
    session = stimulated(place)
    collect(place, session, 9_000, 8_000)
    assert [row.decision for row in Proposal.objects.order_by("made_at")] == [
        "superseded",
        "open",
    ]


def test_the_decision_waits_on_the_list_until_it_is_taken(place) -> None:
    row = proposed(place)
    waits = tasks_open(staff=place.clinician).filter(link__endswith="#repeat-1")
    assert [task.text[:22] for task in waits] == ["Sweat test: decide whe"]
    repeat_reject(proposal=row, by=place.clinician, reason="the other arm suffices")
    assert not waits.all().exists()


def test_accepted_it_books_a_session_under_the_order_once(place) -> None:
    row = proposed(place)
    on = timezone.localdate() + DAY
    booked = repeat_book(proposal=row, by=place.clinician, due_on=on)
    assert booked is not None
    assert (booked.due_on, booked.number, booked.legs.count()) == (on, 2, 2)
    row.refresh_from_db()
    assert (row.decision, row.decided["session"]) == ("accepted", str(booked.pk))
    with pytest.raises(Conflict, match="accepted already"):
        repeat_book(proposal=row, by=place.clinician, due_on=on)


def test_another_day_needs_a_reason(place) -> None:
    row = proposed(place)
    on = timezone.localdate() + 3 * DAY
    with pytest.raises(Refusal, match="why not as proposed"):
        repeat_book(proposal=row, by=place.clinician, due_on=on)
    repeat_book(proposal=row, by=place.clinician, due_on=on, reason="away until then")
    row.refresh_from_db()
    assert (row.decision, row.reason) == ("changed", "away until then")


def test_the_gap_of_the_protocol_holds_for_a_repeat(place) -> None:
    row = proposed(place)
    with pytest.raises(Refusal):
        repeat_book(
            proposal=row,
            by=place.clinician,
            due_on=timezone.localdate(),
            reason="at once",
        )
    row.refresh_from_db()
    assert row.decision == "open"


def test_with_no_session_left_the_prescriber_is_asked(place) -> None:
    row = proposed(place, sessions=1)
    on = timezone.localdate() + DAY
    assert repeat_book(proposal=row, by=place.clinician, due_on=on) is None
    task = Task.objects.get(kind="course")
    assert task.for_role == "prescriber"
    assert "asks for a new order" in task.text
    assert TreatmentSession.objects.filter(patient=task.patient).count() == 1


def test_no_repeat_needs_a_reason(place) -> None:
    row = proposed(place)
    with pytest.raises(Refusal, match="why not"):
        repeat_reject(proposal=row, by=place.clinician, reason=" ")
    repeat_reject(proposal=row, by=place.clinician, reason="the other arm suffices")
    row.refresh_from_db()
    assert row.decision == "rejected"


def test_who_may_not_decide_decides_nothing(place) -> None:
    row = proposed(place)
    with pytest.raises(Forbidden):
        repeat_reject(proposal=row, by=place.staff[Role.AUDITOR], reason="no")
