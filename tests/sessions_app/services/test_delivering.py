"""Treatments without a network: estimates, flags, times, and one row each."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.demo.lots import lots_for
from sessions_app.domain.estimates import MeterReading
from sessions_app.models import Course, Delivery, DoseRecord, Prescription, Task
from sessions_app.services.courses import course_hold
from sessions_app.services.delivering import Told, delivery_enter
from sessions_app.services.ladders import ladders_load
from sessions_app.services.lots import LotsChosen
from tests.factories import make_world
from tests.visits import clear, make_visit

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def place():
    return make_world().here


def cleared(place, code="HH-PALM"):
    """A cleared session whose prescription was signed yesterday."""
    session = clear(make_visit(place, code), place.clinician)
    signed_yesterday(session)
    return session


def signed_yesterday(session) -> None:
    """As far as this object knows; a signed row is never changed."""
    session.prescription.signed_at = timezone.now() - dt.timedelta(days=1)


def by_hand(*pairs, minutes=20, **more) -> Told:
    began = timezone.now() - dt.timedelta(hours=2)
    plain = {
        "source": "hand",
        "happened_at": began,
        "ended_at": began + minutes * MINUTE,
        "why": "S-3 is being repaired",
        "readings": tuple(MeterReading(m * 60_000, ua) for m, ua in pairs),
    }
    return Told(**{**plain, **more})


FOUR = ((0, 10_000), (5, 10_000), (10, 12_000), (20, 10_000))


def enter(place, session, told, **more) -> DoseRecord:
    leg = session.legs.get()
    plain = {
        "session": session,
        "leg": leg,
        "told": told,
        "by": place.clinician,
        "version": session.version,
        "lots": lots_for(leg, place.clinician),
    }
    return delivery_enter(**{**plain, **more})


def test_readings_off_a_meter_are_an_estimate_with_a_bound(place) -> None:
    session = cleared(place)
    dose = enter(place, session, by_hand(*FOUR))
    assert (dose.run, dose.evidence, dose.is_estimate) == (None, "hand", True)
    # 50 + 55 + 110 mA·min between the readings; the larger one counts: 50+60+120.
    assert dose.confirmed_nc == 215 * MA_MIN
    assert dose.upper_nc == 230 * MA_MIN
    assert (dose.tolerated_ua, dose.flow_ms) == (10_000, 1_200_000)
    assert (dose.completeness, dose.counts, dose.is_over) == ("complete", True, False)
    entry = dose.delivery
    assert (entry.why, entry.by) == ("S-3 is being repaired", place.clinician)
    assert entry.happened_at < entry.at
    session.refresh_from_db()
    assert session.state == "to_sign"


def test_a_second_submit_is_a_conflict_and_leaves_one_row(place) -> None:
    session = cleared(place)
    told = by_hand(*FOUR)
    version = session.version
    enter(place, session, told)
    signed_yesterday(session)
    with pytest.raises(Conflict):
        enter(place, session, told, version=version)
    assert Delivery.objects.count() == DoseRecord.objects.count() == 1


def test_a_place_that_has_its_dose_takes_no_other_entry(place) -> None:
    session = cleared(place)
    enter(place, session, by_hand(*FOUR))
    type(session).objects.filter(pk=session.pk).update(state="cleared")
    session.refresh_from_db()
    signed_yesterday(session)
    with pytest.raises(Conflict, match="had its dose in this session"):
        enter(place, session, by_hand(*FOUR), despite=True)
    assert DoseRecord.objects.count() == 1


def test_a_total_of_the_device_has_the_evidence_of_a_counter(place) -> None:
    told = by_hand(source="counter", counter_nc=180 * MA_MIN, serial="X-9")
    dose = enter(place, cleared(place), told)
    assert (dose.evidence, dose.confirmed_nc) == ("counter", 180 * MA_MIN)
    assert dose.upper_nc > dose.confirmed_nc
    assert (dose.delivery.serial, dose.device_counter_nc) == ("X-9", 180 * MA_MIN)


def test_a_patch_counts_its_rating_and_says_its_lot(place) -> None:
    session = cleared(place, "LE-DEX40")
    told = by_hand(source="worn", rating_nc=40 * MA_MIN, minutes=5)
    dose = enter(place, session, told)
    assert (dose.evidence, dose.upper_nc) == ("patch", 40 * MA_MIN)
    assert dose.confirmed_nc < dose.upper_nc
    assert dose.delivery.lot.drug == "dexamethasone"


def test_a_drug_without_a_look_at_the_leads_is_commanded_only(place) -> None:
    four = ((0, 4_000), (4, 4_000), (8, 4_000), (10, 4_000))
    dose = enter(place, cleared(place, "LE-DEX40"), by_hand(*four, minutes=10))
    assert (dose.pole_evidence, dose.credits[0]["code"]) == (
        "commanded",
        "dexamethasone",
    )
    seen = by_hand(*four, minutes=10, leads_seen=True)
    dose = enter(place, cleared(place, "LE-DEX40"), seen)
    assert dose.pole_evidence == "confirmed"


def test_a_drug_needs_its_lot_here_too(place) -> None:
    told = by_hand(*((0, 4_000), (5, 4_000), (8, 4_000), (10, 4_000)), minutes=10)
    with pytest.raises(Refusal, match="lot of dexamethasone"):
        enter(place, cleared(place, "LE-DEX40"), told, lots=LotsChosen())


@pytest.mark.parametrize(
    ("pairs", "minutes", "says"),
    [
        (((0, 9_000), (5, 22_000), (10, 9_000), (20, 9_000)), 20, "22.0 mA read"),
        (((0, 9_000), (5, 9_000), (10, 9_000), (20, 9_000)), 110, "110:00 min long"),
    ],
)
def test_what_was_over_the_order_is_kept_and_flagged(
    place, pairs, minutes, says
) -> None:
    dose = enter(place, cleared(place), by_hand(*pairs, minutes=minutes))
    assert dose.is_over
    assert says in dose.reason
    task = Task.objects.get(kind="incident", for_role="prescriber")
    assert says in task.text
    assert task.session == dose.leg.session


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (dt.timedelta(days=-400), "before the prescription was signed"),
        (dt.timedelta(hours=3), "once it is over"),
    ],
)
def test_times_that_cannot_be_are_refused(place, shift, says) -> None:
    told = by_hand(*FOUR)
    moved = by_hand(
        *FOUR, happened_at=told.happened_at + shift, ended_at=told.ended_at + shift
    )
    with pytest.raises(Refusal, match=says):
        enter(place, cleared(place), moved)


def test_an_end_before_the_start_is_refused(place) -> None:
    with pytest.raises(Refusal, match="end lies before"):
        enter(place, cleared(place), by_hand(*FOUR, minutes=0))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"readings": ()}, "0 readings"),
        ({"source": "counter"}, "total that the device shows"),
        ({"source": "worn"}, "rating of the patch"),
        ({"why": " "}, "why no networked"),
    ],
)
def test_what_is_not_told_is_asked_for(place, told, says) -> None:
    with pytest.raises(Refusal, match=says):
        enter(place, cleared(place), by_hand(*FOUR, **told))
    assert not Delivery.objects.exists()


def test_readings_out_of_order_are_refused(place) -> None:
    mixed = ((5, 9_000), (0, 9_000), (10, 9_000), (20, 9_000))
    with pytest.raises(Refusal, match="in order of time"):
        enter(place, cleared(place), by_hand(*mixed))


def test_a_limit_refuses_unless_it_was_given_all_the_same(place) -> None:
    session = cleared(place)
    Prescription.objects.filter(pk=session.prescription_id).update(
        stopped_at=timezone.now() - dt.timedelta(hours=5), stop_reason="blister"
    )
    session.prescription.refresh_from_db()
    signed_yesterday(session)
    with pytest.raises(Refusal, match=r"stopped: blister.*all the same"):
        enter(place, session, by_hand(*FOUR))
    assert not Delivery.objects.exists()
    dose = enter(place, session, by_hand(*FOUR), despite=True)
    assert dose.is_over
    assert "stopped: blister" in dose.reason


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_does_not_treat_enters_nothing(place, role) -> None:
    with pytest.raises(Forbidden):
        enter(place, cleared(place), by_hand(*FOUR), by=place.staff[role])


def test_a_place_on_hold_is_told_when_entered_by_hand(place) -> None:
    ladders_load()
    session = cleared(place)
    course = Course.objects.get(pk=session.prescription.number)
    course_hold(course=course, place="", reason="A rash", by=place.clinician)
    told = by_hand(*FOUR)
    with pytest.raises(Refusal, match="is on hold") as refused:
        enter(place, session, told)
    assert refused.value.extra["field"] == "despite"
    dose = enter(place, session, told, despite=True)
    assert "is on hold" in dose.reason
