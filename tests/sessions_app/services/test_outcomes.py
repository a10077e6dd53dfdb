"""A result is exact, in its unit, of its day; it is corrected and never changed."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from sessions_app.demo.past import session_past
from sessions_app.models import Measurement
from sessions_app.selectors.courses import place_key
from sessions_app.services import outcomes
from sessions_app.services.outcomes import (
    Typed,
    measurement_record,
    measurements_record,
)
from tests.factories import make_patient, make_world
from tests.visits import make_order, make_visit

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def place(world):
    return world.here


@pytest.fixture
def order(place):
    return make_order(make_patient(place), place, "HH-PALM")


@pytest.fixture
def record(place, order):
    def act(measure="HDSS", value="3", unit="points", **more):
        plain = {
            "patient": order.patient,
            "measured_on": timezone.localdate(),
            "by": place.clinician,
            "course": order.number,
        }
        return measurement_record(
            measure=measure, value=value, unit=unit, **{**plain, **more}
        )

    return act


@pytest.mark.parametrize(
    ("measure", "value", "unit", "kept"),
    [
        ("HDSS", " 3 ", "points", "3"),
        ("GRAVIMETRY", "6.20", "mg/5 min", "6.20"),
        ("GRAVIMETRY", "007.5", "µl/10 min", "7.5"),
        ("NPRS", "-0", "points", "0"),
        ("WET_DAYS", "12", "days", "12"),
    ],
)
def test_a_result_is_kept_as_exact_text_with_its_unit_and_version(
    record, measure, value, unit, kept
) -> None:
    row = record(measure, value, unit)
    row.refresh_from_db()
    assert (row.value, row.unit) == (kept, unit)
    assert row.version


@pytest.mark.parametrize(
    ("measure", "value", "unit", "says"),
    [
        ("HDSS", "5", "points", "outside 1 to 4"),
        ("HDSS", "2.5", "points", "steps of 1"),
        ("HDSS", "", "points", "no decimal"),
        ("GRAVIMETRY", "31", "", "comes in mg/min"),
        ("GRAVIMETRY", "31", "mg/h", "comes in mg/min"),
        ("GRAVIMETRY", "1e3", "mg/min", "no decimal"),
        ("GRAVIMETRY", "9" * 21, "mg/min", "at most 20"),
        ("MOOD", "1", "points", "no measure"),
    ],
)
def test_what_the_measure_cannot_give_is_refused(
    record, measure, value, unit, says
) -> None:
    with pytest.raises(Refusal, match=says):
        record(measure, value, unit)
    assert not Measurement.objects.exists()


def test_a_day_to_come_and_one_before_the_birth_are_refused(record, order) -> None:
    for day in (timezone.localdate() + DAY, order.patient.born_on - DAY):
        with pytest.raises(Refusal) as refused:
            record(measured_on=day)
        assert refused.value.extra["field"] == "measured_on"
    assert record(measured_on=order.patient.born_on).pk


def test_only_a_place_of_the_course_is_taken(record, order) -> None:
    here = place_key(order.legs.get())
    assert record(place=here).body_site == here
    for wrong in ({"place": "left sole"}, {"place": here, "course": None}):
        with pytest.raises(Refusal, match="no place of it"):
            record(**wrong)
    with pytest.raises(Refusal, match="no place of it"):
        record("DLQI", "12", place=here)


def test_a_course_of_another_patient_is_refused(record, place) -> None:
    other = make_order(make_patient(place), place, "HH-PALM")
    for course in (other.number, uuid.uuid4()):
        with pytest.raises(Refusal, match="no course of this patient"):
            record(course=course)


def test_at_a_session_the_course_follows_and_somebody_must_have_come(
    record, order, place
) -> None:
    session = session_past(order, timezone.localdate() - DAY)
    row = record(session=session, course=None, measured_on=session.due_on)
    assert row.course == order.number
    with pytest.raises(Refusal, match="not taken there"):
        record("NPRS", session=session, measured_on=session.due_on - DAY)
    planned = make_visit(place).session
    with pytest.raises(Conflict, match="by telephone"):
        record(patient=planned.patient, session=planned, course=None)
    with pytest.raises(Refusal, match="another patient"):
        record(session=planned)


def test_a_result_of_the_day_is_corrected_not_given_again(record) -> None:
    record()
    with pytest.raises(Conflict, match="stands already: 3 points"):
        record(value="2")
    assert record(value="2", measured_on=timezone.localdate() - DAY).pk


def test_a_correction_is_a_further_row_with_its_reason(record, order, place) -> None:
    old = record()
    for reason in ("", "  ", "x" * 201):
        with pytest.raises(Refusal) as refused:
            record(value="2", supersedes=old, reason=reason)
        assert refused.value.extra["field"] == "reason"
    new = record(value="2", supersedes=old, reason="misheard")
    old.refresh_from_db()
    assert (old.value, new.value, new.supersedes, new.reason) == (
        "3",
        "2",
        old,
        "misheard",
    )
    with pytest.raises(Conflict, match="corrected already"):
        record(value="1", supersedes=old, reason="again")
    with pytest.raises(Refusal, match="stays with its patient and measure"):
        record("NPRS", "1", supersedes=new, reason="another scale")
    said = AuditEntry.objects.filter(action="outcome.record").order_by("-pk")[0]
    assert said.data["reason"] == "misheard"


def test_several_are_recorded_all_or_none(order, place) -> None:
    typed = [Typed("HDSS", "3", "points"), Typed("WET_DAYS", "400", "days")]
    plain = {
        "patient": order.patient,
        "measured_on": timezone.localdate(),
        "by": place.clinician,
        "course": order.number,
    }
    with pytest.raises(Refusal) as refused:
        measurements_record(typed=typed, **plain)
    assert refused.value.extra["index"] == 1
    assert not Measurement.objects.exists()
    assert not AuditEntry.objects.filter(action="outcome.record").exists()
    with pytest.raises(Refusal, match="Nothing is entered"):
        measurements_record(typed=[], **plain)


def test_the_course_is_proposed_anew_once_in_the_same_transaction(
    order, place, monkeypatch
) -> None:
    told = []

    def touched(*, number):
        told.append((number, Measurement.objects.count()))

    monkeypatch.setattr(outcomes, "course_touched", touched)
    plain = {
        "patient": order.patient,
        "measured_on": timezone.localdate(),
        "by": place.clinician,
    }
    typed = [Typed("HDSS", "3", "points"), Typed("WET_DAYS", "2", "days")]
    measurements_record(typed=typed, course=order.number, **plain)
    measurements_record(typed=[Typed("DLQI", "9", "points")], **plain)
    assert told == [(order.number, 2)]


OTHERS = sorted(set(Role) - {Role.PRESCRIBER, Role.CLINICIAN})


@pytest.mark.parametrize("role", OTHERS)
def test_who_treats_records(record, place, role) -> None:
    with pytest.raises(Forbidden):
        record(by=place.staff[role])


def test_nobody_of_another_site_records(record, world) -> None:
    with pytest.raises(Forbidden):
        record(by=world.other.clinician)
