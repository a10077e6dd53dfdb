"""Dated facts: recorded with their day, ended and never changed."""

import datetime as dt

import pytest
import time_machine

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import PatientFact, Role
from clinic.selectors.consent import facts_in_force
from clinic.selectors.site_time import site_day
from clinic.services.facts import fact_end, fact_record
from tests.factories import Place, make_patient, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    return make_world().here


def record(place: Place, **more: object) -> PatientFact:
    plain: dict[str, object] = {
        "patient": make_patient(place),
        "kind": "pregnancy_ruled_out",
        "says": "Hysterectomy 2015, letter seen",
        "dated_on": site_day(place.site),
        "valid_until": site_day(place.site),
        "by": place.clinician,
    }
    return fact_record(**{**plain, **more})  # type: ignore[arg-type]


def test_a_fact_holds_through_its_last_day(place: Place) -> None:
    today = site_day(place.site)
    last = today + dt.timedelta(days=3)
    fact = record(place, valid_until=last)
    assert facts_in_force(patient=fact.patient, day=last) == [fact]
    after = last + dt.timedelta(days=1)
    assert facts_in_force(patient=fact.patient, day=after) == []


def test_a_fact_is_ended_once(place: Place) -> None:
    fact = record(place)
    fact_end(fact=fact, by=place.clinician)
    assert facts_in_force(patient=fact.patient, day=site_day(place.site)) == []
    with pytest.raises(Conflict, match="ended already"):
        fact_end(fact=fact, by=place.clinician)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"says": " "}, "says"),
        ({"dated_on": 1}, "dated_on"),
        ({"valid_until": -1}, "valid_until"),
    ],
)
def test_a_fact_without_words_or_out_of_time_is_refused(
    place: Place, change: dict[str, object], field: str
) -> None:
    today = site_day(place.site)
    said = {
        name: today + dt.timedelta(days=value) if isinstance(value, int) else value
        for name, value in change.items()
    }
    with pytest.raises(Refusal) as refused:
        record(place, **said)
    assert refused.value.extra["field"] == field


@pytest.mark.parametrize("until", [None, dt.date(2028, 3, 1)])
def test_a_pregnancy_is_not_ruled_out_for_more_than_a_year(
    place: Place, until: dt.date | None
) -> None:
    with time_machine.travel(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)):
        with pytest.raises(Refusal, match=r"at most 12 months.* up to 28-Feb-2028"):
            record(place, dated_on=dt.date(2027, 2, 28), valid_until=until)
        last = dt.date(2028, 2, 28)
        assert record(place, dated_on=dt.date(2027, 2, 28), valid_until=last)
        assert record(place, kind="implant", valid_until=None)


def test_only_who_treats_records_and_ends_a_fact(place: Place) -> None:
    fact = record(place)
    for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.ENGINEER):
        with pytest.raises(Forbidden):
            record(place, by=place.staff[role])
        with pytest.raises(Forbidden):
            fact_end(fact=fact, by=place.staff[role])
