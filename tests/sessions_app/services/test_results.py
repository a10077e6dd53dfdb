"""A laboratory's word is kept as it came; what it means, a prescriber says."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.models import LabResult, Task
from sessions_app.selectors.diagnostics import Standing, standing_of_test
from sessions_app.selectors.tasks import tasks_open
from sessions_app.services.results import result_enter, session_interpret
from sessions_app.services.tasks import task_done
from tests.factories import make_world
from tests.sessions_app.sweat import collect, leg_of, sign, stimulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


def signed(place, *amounts: int):
    session = stimulated(place)
    collect(place, session, *(amounts or (16_000, 0)))
    return sign(place, session)


def enter(place, session, chloride_milli=98_500, order=1, **more):
    plain = {
        "laboratory": "Central laboratory",
        "method": "Coulometry",
        "measured_on": timezone.localdate(),
        "by": place.clinician,
    }
    return result_enter(
        leg=leg_of(session, order), chloride_milli=chloride_milli, **{**plain, **more}
    )


def test_a_signed_test_waits_for_its_result_then_for_a_prescriber(place) -> None:
    session = signed(place)
    assert standing_of_test(session) is Standing.AWAITING_RESULT
    (waits,) = tasks_open(staff=place.clinician)
    assert waits.kind == "result"
    assert waits.due_at == session.signed_at + dt.timedelta(days=7)
    enter(place, session)
    assert standing_of_test(session) is Standing.AWAITING_INTERPRETATION
    assert not tasks_open(staff=place.clinician).exists()
    (reads,) = tasks_open(staff=place.prescriber)
    assert reads.for_role == "prescriber"
    session_interpret(session=session, text="Intermediate.", by=place.prescriber)
    assert standing_of_test(session) is Standing.INTERPRETED
    assert not tasks_open(staff=place.prescriber).exists()


def test_a_result_waits_for_the_signature(place) -> None:
    session = stimulated(place)
    collect(place, session, 16_000, 16_000)
    with pytest.raises(Conflict, match="Sign the session first"):
        enter(place, session)


def test_sweat_that_does_not_suffice_has_no_result(place) -> None:
    session = signed(place, 16_000, 9_000)
    with pytest.raises(Refusal, match=r"not sufficient \(9, at least 15\)"):
        enter(place, session, order=2)


@pytest.mark.parametrize(("milli", "fits"), [(160_000, True), (160_001, False)])
def test_what_cannot_be_is_refused_with_number_limit_and_source(
    place, milli, fits
) -> None:
    session = signed(place)
    if fits:
        enter(place, session, milli, confirmed=True)
        return
    with pytest.raises(Refusal) as refused:
        enter(place, session, milli, confirmed=True)
    assert refused.value.text.startswith(
        "160.001 mmol/L cannot be in sweat: at most 160 mmol/L [M, "
    )


@pytest.mark.parametrize(
    ("milli", "asked"),
    [(4_999, True), (5_000, False), (130_000, False), (130_001, True)],
)
def test_an_unlikely_value_is_asked_for_again(place, milli, asked) -> None:
    session = signed(place)
    if asked:
        with pytest.raises(Refusal, match="outside 5 to 130 mmol/L"):
            enter(place, session, milli)
    assert enter(place, session, milli, confirmed=asked).chloride_milli == milli


@pytest.mark.parametrize("days", [-1, 1])
def test_it_is_measured_between_the_collecting_and_today(place, days) -> None:
    session = signed(place)
    day = timezone.localdate() + dt.timedelta(days=days)
    with pytest.raises(Refusal, match="is not between the collecting"):
        enter(place, session, measured_on=day)


@pytest.mark.parametrize("field", ["laboratory", "method"])
def test_laboratory_and_method_are_named(place, field) -> None:
    with pytest.raises(Refusal, match=f"Name the {field}"):
        enter(place, signed(place), **{field: " "})


def test_a_correction_supersedes_once_and_is_read_anew(place) -> None:
    session = signed(place)
    first = enter(place, session, 25_000)
    session_interpret(session=session, text="Unlikely.", by=place.prescriber)
    with pytest.raises(Conflict, match="entered a result meanwhile"):
        enter(place, session, 62_000)
    second = enter(place, session, 62_000, supersedes=first.pk)
    assert second.supersedes == first
    assert standing_of_test(session) is Standing.AWAITING_INTERPRETATION
    assert Task.objects.filter(kind="result", done_at__isnull=True).count() == 1
    with pytest.raises(Conflict):
        enter(place, session, 63_000, supersedes=first.pk)
    assert LabResult.objects.count() == 2


def test_no_one_but_a_prescriber_interprets(place) -> None:
    session = signed(place)
    enter(place, session)
    with pytest.raises(Forbidden):
        session_interpret(session=session, text="Unlikely.", by=place.clinician)
    with pytest.raises(Refusal, match="Write what the test says"):
        session_interpret(session=session, text=" ", by=place.prescriber)


def test_it_is_read_without_a_result_only_when_none_will_come(place) -> None:
    session = signed(place)
    with pytest.raises(Refusal, match="left volar forearm: the laboratory has not"):
        session_interpret(session=session, text="Lost.", by=place.prescriber)
    session_interpret(
        session=session, text="Lost in transit.", by=place.prescriber, despite=True
    )
    assert standing_of_test(session) is Standing.INTERPRETED


def test_no_sweat_goes_straight_to_the_prescriber(place) -> None:
    session = signed(place, 0, 0)
    assert standing_of_test(session) is Standing.AWAITING_INTERPRETATION
    (reads,) = tasks_open(staff=place.prescriber)
    with pytest.raises(Refusal, match="on the page of the test"):
        task_done(task=reads, by=place.prescriber, outcome="seen")


def test_who_may_not_enter_results_enters_none(place) -> None:
    with pytest.raises(Forbidden):
        enter(place, signed(place), by=place.staff[Role.AUDITOR])
