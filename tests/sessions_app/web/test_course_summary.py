"""A course in figures, from rows that are known."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.quantities import NC_PER_MA_MIN
from sessions_app.demo.past import session_past
from sessions_app.domain.harm import finding
from sessions_app.models import Measurement, TreatmentSession
from sessions_app.selectors.course_summary import summary_of
from sessions_app.web.course_charts import charts_of
from sessions_app.web.result_fields import names_of
from tests.factories import make_patient, make_world
from tests.visits import make_order

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def order(place):
    return make_order(make_patient(place), place, "HH-PALM")


def ago(days: int) -> dt.date:
    return TODAY() - dt.timedelta(days=days)


def page(client, place, order) -> str:
    client.force_login(place.clinician)
    answer = client.get(reverse("course-summary", args=[order.number]))
    assert answer.status_code == 200
    return answer.content.decode()


def measured(order, value: str, unit: str, day: dt.date) -> None:
    Measurement.objects.create(
        site=order.site,
        patient=order.patient,
        course=order.number,
        measure="GRAVIMETRY",
        version="filter paper",
        value=value,
        unit=unit,
        measured_on=day,
        by=order.written_by,
    )


def test_an_empty_course_says_so(client, place, order) -> None:
    said = page(client, place, order)
    assert "Nothing has been given yet" in said
    assert "No result has been recorded yet" in said
    assert "none yet" in said
    assert charts_of(summary_of(order, TODAY()), names_of(order)) == []


def test_figures_are_those_of_the_rows(client, place, order) -> None:
    session_past(order, ago(12), ua=10_000, hdss=4)
    session_past(order, ago(9), ua=10_000, hdss=3, harm=finding("ERY", 2))
    session_past(order, ago(5), ua=10_000, hdss=2, counted=False)
    session_past(order, ago(3))
    found = summary_of(order, TODAY())
    whole = found.given[0].prescribed_nc
    assert whole == 10_000 * found.given[0].doses[0].planned_flow_ms
    assert found.measured_nc == 0
    assert found.upper_nc == found.prescribed_nc - whole // 2
    assert found.upper_nc % NC_PER_MA_MIN == 0
    assert found.harm == (("ERY", 2, 1),)
    assert (found.counting, found.doses) == (3, 4)
    assert (found.visits.done, found.visits.kept, found.visits.booked) == (4, 4, 4)
    said = page(client, place, order)
    assert "4 of 4 doses" in said
    assert "3 of 4 (75 %)" in said
    assert "ERY 2" in said
    assert "From <strong>4 points" in said


def test_visits_kept_are_told_apart_from_missed_and_called_off(order) -> None:
    states = ("no_show", "cancelled", "entered_in_error", "partial", "planned")
    for number, state in enumerate(states):
        session = session_past(order, ago(20 - number))
        TreatmentSession.objects.filter(pk=session.pk).update(state=state)
    visits = summary_of(order, TODAY()).visits
    # One that is planned for a day gone by was missed too.
    assert (visits.kept, visits.missed, visits.called_off) == (1, 2, 1)
    assert (visits.partial, visits.booked, visits.planned) == (1, 3, 0)


def test_every_response_names_its_rule_and_two_rules_may_disagree(
    client, place, order
) -> None:
    session_past(order, ago(12), hdss=4)
    session_past(order, ago(2), hdss=3)
    (answer,) = summary_of(order, TODAY()).answers
    said = {one.published.name: one.response.responder for one in answer.judged}
    assert said == {
        "1 point, about half the sweat": True,
        "2 points, about 80 % of the sweat": False,
        "Mild at the end": False,
    }
    shown = page(client, place, order)
    assert all(name in shown for name in said)
    assert "Solish et al." in shown
    assert "better by at least 1 points" in shown


def test_a_mass_and_a_volume_are_two_series_and_minutes_are_one(order) -> None:
    measured(order, "62", "mg/min", ago(9))
    measured(order, "155", "mg/5 min", ago(5))
    measured(order, "40", "µl/10 min", ago(4))
    mass, volume = summary_of(order, TODAY()).answers
    assert [mass.series.value(row) for row in mass.series.rows] == [62, 31]
    assert [one.response.responder for one in mass.judged] == [True]
    assert mass.judged[0].response.improvement == 31
    assert (volume.series.unit, volume.judged) == ("µl/10 min", ())


def test_charts_share_their_axis_and_say_the_direction(order) -> None:
    session_past(order, ago(10), hdss=4, harm=finding("ERY", 1))
    session_past(order, ago(0), hdss=2)
    doses, response = charts_of(summary_of(order, TODAY()), names_of(order))
    assert doses.axis == response.axis
    assert "lower is better, both palms" in response.title
    first, last = response.points
    assert (first["x"], last["x"]) == (doses.bars[0]["x"] + 5, doses.bars[1]["x"] + 5)
    # Lower on the page is a higher number: HDSS of 4 is drawn above that of 2.
    assert first["y"] < last["y"]
    assert [mark["kind"] for mark in doses.marks] == ["harm"]
    assert doses.bars[0]["guess_height"] > 0
    assert doses.bars[0]["height"] == 0
