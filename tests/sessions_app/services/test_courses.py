"""Proposals: made from rows, decided once by a person, never against cap or harm."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from clinic.selectors.site_time import site_day
from sessions_app.catalogue.ladders import published_ladders
from sessions_app.demo.past import session_past
from sessions_app.domain.course.replay import replay
from sessions_app.domain.harm import finding
from sessions_app.models import Course, CourseEvent, DoseRecord, Proposal
from sessions_app.selectors.courses import course_view, course_visible, view_now
from sessions_app.services.courses import (
    Booking,
    course_hold,
    course_resume,
    course_stop,
    proposal_accept,
    proposal_change,
    proposal_reject,
)
from sessions_app.services.ladders import (
    course_ladder_change,
    ladder_publish,
    ladders_load,
)
from sessions_app.services.proposing import course_touched, courses_open_missing
from sessions_app.services.scheduling import session_schedule
from tests.factories import make_patient, make_world
from tests.visits import make_order

pytestmark = pytest.mark.django_db
PALMS = "palms both"


@pytest.fixture
def world():
    ladders_load()
    return make_world()


@pytest.fixture
def place(world):
    return world.here


def course_of(place, code="HH-PALM", **more):
    order = make_order(make_patient(place), place, code, **more)
    return order, Course.objects.get(pk=order.number)


def past(order, ago, **found):
    """Sessions so many days ago each, then what is proposed."""
    today = site_day(order.site)
    for days in ago:
        session_past(order, today - dt.timedelta(days=days), **found)
    course_touched(number=order.number)


def waiting(course, body_site=PALMS):
    return Proposal.objects.get(
        course=course, decision="open", kind="step", body_site=body_site
    )


def ends_induction(order):
    """Ten sessions, dry at the last two: the first rung down is proposed."""
    past(order, range(24, 8, -2), hdss=3)
    past(order, (4, 2), hdss=1)


def test_a_signed_order_begins_its_course_with_a_proposal(place) -> None:
    _, course = course_of(place)
    assert (course.ladder.code, course.state) == ("HH-STEP", "active")
    row = waiting(course)
    assert (row.rule, row.after, row.result["rung"]) == ("start", "", "INDUCTION")


def test_what_was_signed_before_gets_its_course_at_the_next_start(
    place, monkeypatch
) -> None:
    opening = "sessions_app.services.prescribing.course_open"
    monkeypatch.setattr(opening, lambda **_: None)
    order = make_order(make_patient(place), place, "HH-PALM")
    assert (courses_open_missing(), courses_open_missing()) == (1, 0)
    course = Course.objects.get(pk=order.number)
    assert course.ladder.code == "HH-STEP"


def test_the_rung_below_is_proposed_and_accepted(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=1)
    row = waiting(course)
    assert (row.rule, row.result["rung"]) == ("euhidrosis", "TAPER_2")
    day = dt.date.fromisoformat(row.result["dates"]["day"])
    visit = proposal_accept(proposal=row, by=place.clinician, book=Booking(day))
    assert (visit.due_on, visit.due_at) == (day, dt.time(9, 0))
    row.refresh_from_db()
    assert (row.decision, row.decided, row.decided_by) == (
        "accepted",
        row.result,
        place.clinician,
    )
    assert not course.proposals.filter(decision="open").exists()


def test_every_stored_proposal_replays_to_its_result(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=1)
    row = waiting(course)
    day = dt.date.fromisoformat(row.result["dates"]["day"])
    proposal_accept(proposal=row, by=place.clinician, book=Booking(day))
    past(order, (1,), hdss=4)
    rows = list(Proposal.objects.filter(course=course))
    assert {row.kind for row in rows} == {"step", "date"}
    for row in rows:
        again = replay(row.inputs)
        assert (again.rule, again.result) == (row.rule, row.result)


def test_a_fact_that_came_in_makes_a_proposal_stale(place) -> None:
    order, course = course_of(place)
    ends_induction(order)
    old = waiting(course)
    session_past(order, site_day(order.site) - dt.timedelta(days=1), hdss=2)
    with pytest.raises(Conflict) as stale:
        proposal_accept(proposal=old, by=place.clinician)
    assert stale.value.code == "stale_proposal"
    fresh = waiting(course)
    assert fresh != old
    old.refresh_from_db()
    assert (old.decision, old.decided_by) == ("superseded", None)


def test_a_decision_is_made_once(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=3)
    row = waiting(course)
    proposal_accept(proposal=row, by=place.clinician)
    with pytest.raises(Conflict) as twice:
        proposal_reject(proposal=row, by=place.clinician, reason="No")
    assert twice.value.code == "decided"


def test_the_same_proposal_stays_open(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=3)
    row = waiting(course)
    course_touched(number=course.pk)
    assert waiting(course) == row


def test_a_rejection_keeps_the_rung_and_notes_what_happened(place) -> None:
    order, course = course_of(place)
    ends_induction(order)
    row = waiting(course)
    with pytest.raises(Refusal, match="why"):
        proposal_reject(proposal=row, by=place.clinician, reason=" ")
    proposal_reject(proposal=row, by=place.clinician, reason="Still clammy at work")
    (view,) = view_now(course).places
    stands = view.next.standing
    assert (view.next.rung, stands.place.done, stands.induced) == ("INDUCTION", 10, 10)
    assert stands.last_done == site_day(order.site) - dt.timedelta(days=2)
    assert not course.proposals.filter(decision="open").exists()


def test_a_change_puts_another_rung_in_place_with_its_reason(place) -> None:
    order, course = course_of(place)
    ends_induction(order)
    row = waiting(course)
    with pytest.raises(Refusal, match="NOWHERE"):
        proposal_change(proposal=row, by=place.clinician, reason="x", rung="NOWHERE")
    proposal_change(
        proposal=row, by=place.clinician, reason="Lives far away", rung="TAPER_1"
    )
    (view,) = view_now(course).places
    assert view.next.rung == "TAPER_1"
    row.refresh_from_db()
    assert (row.decision, row.reason, row.decided["rung"]) == (
        "changed",
        "Lives far away",
        "TAPER_1",
    )


def test_a_decision_falls_when_a_fact_before_it_is_corrected(place) -> None:
    order, course = course_of(place)
    ends_induction(order)
    proposal_change(
        proposal=waiting(course), by=place.clinician, reason="Far away", rung="TAPER_1"
    )
    dose = DoseRecord.objects.order_by("id").first()
    old = DoseRecord.objects.filter(pk=dose.pk).values().get()
    DoseRecord.objects.create(
        **{**old, "id": None, "supersedes_id": dose.pk, "counts": False}
    )
    course_touched(number=course.pk)
    (view,) = view_now(course).places
    assert view.history.events[-1].decided is None
    assert waiting(course).result["rung"] == "TAPER_2"


def test_harm_holds_until_a_prescriber_resumes(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=3, harm=finding("VES", 2))
    row = waiting(course)
    assert row.rule == "harm_hold"
    for act in (
        lambda: proposal_reject(proposal=row, by=place.prescriber, reason="Fine"),
        lambda: proposal_change(
            proposal=row, by=place.prescriber, reason="Fine", rung="INDUCTION"
        ),
    ):
        with pytest.raises(Refusal, match="prescriber resumes") as refused:
            act()
        assert refused.value.code == "harm"
    proposal_accept(proposal=row, by=place.clinician)
    course.refresh_from_db()
    assert course.state == "on_hold"
    with pytest.raises(Forbidden):
        course_resume(course=course, place=PALMS, reason="Healed", by=place.clinician)
    course_resume(course=course, place=PALMS, reason="Healed", by=place.prescriber)
    course.refresh_from_db()
    assert (course.state, view_now(course).places[0].next.treats) == ("active", True)


def test_a_cap_is_never_passed(place) -> None:
    order, course = course_of(place, "LE-DEX40")
    (elbow,) = (one.place for one in view_now(course).places)
    other = make_order(order.patient, place, "LE-DEX40")
    past(other, range(40, 20, -2), nprs=5)
    course_touched(number=order.number)
    row = waiting(course, elbow)
    assert row.rule == "drug_cap"
    with pytest.raises(Refusal, match="new prescription") as refused:
        proposal_reject(proposal=row, by=place.prescriber, reason="It helps")
    assert refused.value.code == "cap"
    proposal_accept(proposal=row, by=place.prescriber)
    course.refresh_from_db()
    assert course.state == "discontinued"


def test_the_last_sessions_of_an_induction_leave_no_way_on(place) -> None:
    order, course = course_of(place, sessions_planned=10)
    past(order, range(60, 20, -2), hdss=4)
    row = waiting(course)
    for act in (
        lambda: proposal_reject(proposal=row, by=place.prescriber, reason="On"),
        lambda: proposal_change(
            proposal=row, by=place.prescriber, reason="On", rung="INDUCTION"
        ),
    ):
        with pytest.raises(Refusal):
            act()


def test_too_long_away_is_held_when_accepted_and_goes_on_when_rejected(place) -> None:
    for accepted in (True, False):
        order, course = course_of(place)
        past(order, (70,), hdss=2)
        row = waiting(course)
        assert row.rule == "missed_too_long"
        if accepted:
            proposal_accept(proposal=row, by=place.clinician)
        else:
            proposal_reject(proposal=row, by=place.clinician, reason="Was abroad")
        event = CourseEvent.objects.get(course=course)
        assert event.kind == ("hold" if accepted else "resume")
        assert view_now(course).places[0].next.treats is not accepted


def test_a_place_on_hold_is_neither_booked_nor_left_half_decided(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=3)
    today = site_day(order.site)
    row = waiting(course)
    with pytest.raises(Refusal):
        proposal_accept(
            proposal=row, by=place.clinician, book=Booking(today - dt.timedelta(2))
        )
    row.refresh_from_db()
    assert row.decision == "open"
    course_hold(course=course, place="", reason="Holiday", by=place.clinician)
    with pytest.raises(Refusal, match=r"on hold.*resumes"):
        session_schedule(prescription=order, due_on=today, by=place.clinician)
    course_resume(course=course, place="", reason="Back", by=place.clinician)
    session_schedule(prescription=order, due_on=today, by=place.clinician)
    course_stop(course=course, place="", reason="Moved away", by=place.clinician)
    with pytest.raises(Conflict):
        course_hold(course=course, place="", reason="x", by=place.clinician)


def test_who_may_not_decide_is_refused(place) -> None:
    _, course = course_of(place)
    auditor = place.staff[Role.AUDITOR]
    with pytest.raises(Forbidden):
        proposal_accept(proposal=waiting(course), by=auditor)
    with pytest.raises(Forbidden):
        course_hold(course=course, place="", reason="x", by=auditor)


def test_the_course_of_another_site_does_not_exist(world) -> None:
    _, course = course_of(world.here)
    assert course_visible(staff=world.here.clinician, number=course.pk) == course
    assert course_visible(staff=world.other.prescriber, number=course.pk) is None


def test_a_course_without_a_ladder_has_no_places(place) -> None:
    _, course = course_of(place, "SWEAT-CF")
    assert course.ladder is None
    assert course_view(course, site_day(place.site)).places == ()
    with transaction.atomic():
        course_touched(number=course.pk)
    assert not course.proposals.exists()


def test_only_a_prescriber_moves_a_held_course_to_a_ladder_that_treats(place) -> None:
    order, course = course_of(place)
    past(order, (4, 2), hdss=3, harm=finding("VES", 2))
    assert view_now(course).at(PALMS).next.treats is False
    spec = published_ladders()["HH-STEP"]
    blind = replace(spec, down=replace(spec.down, hold_grade=4))
    ladder = ladder_publish(
        site=place.site, code="HH-STEP", spec=blind, by=place.prescriber
    )
    move = {"course": course, "ladder": ladder, "reason": "The newer one"}
    with pytest.raises(Forbidden):
        course_ladder_change(**move, by=place.clinician)
    course.refresh_from_db()
    assert (course.ladder.site, view_now(course).at(PALMS).next.treats) == (None, False)
    course_ladder_change(**move, by=place.prescriber)
    course.refresh_from_db()
    assert view_now(course).at(PALMS).next.treats is True
