"""What the rows of a course come to as events."""

import datetime as dt

import pytest

from clinic.selectors.site_time import site_day
from sessions_app.demo.past import session_past
from sessions_app.models import AdverseEvent, Course, Ladder
from sessions_app.selectors.courses import view_now
from sessions_app.services.ladders import ladders_load
from tests.factories import make_patient, make_world
from tests.visits import make_order

pytestmark = pytest.mark.django_db


def grade_held(course: Course, grade: int) -> None:
    """A ladder of the site that holds from a grade on."""
    assert course.ladder is not None
    spec = course.ladder.spec
    spec = {**spec, "version": 9, "down": {**spec["down"], "hold_grade": grade}}
    course.ladder = Ladder.objects.create(
        site=course.site, code=spec["code"], version=9, spec=spec
    )
    course.save()


@pytest.mark.parametrize(("hold_grade", "held"), [(2, True), (3, False), (1, True)])
def test_harm_that_is_told_later_holds_from_the_grade_of_the_ladder_on(
    hold_grade: int, held: bool
) -> None:
    ladders_load()
    place = make_world().here
    order = make_order(make_patient(place), place, "HH-PALM")
    course = Course.objects.get(pk=order.number)
    grade_held(course, hold_grade)
    today = site_day(place.site)
    for ago in (5, 3):
        session_past(order, today - dt.timedelta(days=ago), hdss=3)
    first = order.sessions.order_by("number")[0]
    AdverseEvent.objects.create(
        site=place.site,
        patient=order.patient,
        session=first,
        leg=first.legs.get(),
        code="ERY",
        grade=2,
        onset_at=first.signed_at,
        noticed="phone",
        by=place.clinician,
    )
    (here,) = view_now(course).places
    assert here.next.treats is not held
    assert any(key.startswith("harm:") for key in here.keys) is held
