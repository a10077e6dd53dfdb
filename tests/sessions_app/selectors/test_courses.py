"""Each place by its own history, the visit their union, days by the clinic's clock."""

import datetime as dt
from dataclasses import replace

import pytest
import time_machine

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from sessions_app.demo.past import session_past
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.demo.visiting import clear
from sessions_app.models import Closure, Course, Ladder
from sessions_app.selectors.courses import (
    closures_of,
    ladder_for_site,
    time_proposed,
    view_now,
)
from sessions_app.services.course_gate import require_treats
from sessions_app.services.courses import Booking, course_hold, proposal_accept
from sessions_app.services.ladders import ladders_load
from sessions_app.services.proposing import course_touched
from sessions_app.services.treating import session_prepare
from tests.factories import make_patient, make_stimulator, make_world
from tests.visits import adopted, make_order, make_visit

pytestmark = pytest.mark.django_db
PALMS, SOLES = "palms both", "soles both"


@pytest.fixture
def place():
    ladders_load()
    return make_world().here


def two_places(place):
    palms = leg_for("HH-PALM", electrodes_build())
    soles = replace(
        palms,
        body_site="soles",
        active_region="sole",
        return_region="sole",
        active_place="left sole",
        return_place="right sole",
    )
    return make_order(
        make_patient(place), place, "HH-PALM", legs=[palms, soles], sessions_planned=6
    )


def test_each_place_keeps_its_rung_and_only_what_is_due_is_booked(place) -> None:
    order = two_places(place)
    today = site_day(place.site)
    for ago, scores in ((6, {PALMS: 1, SOLES: 3}), (4, {PALMS: 1, SOLES: 3})):
        session_past(order, today - dt.timedelta(days=ago), hdss=scores)
    session_past(order, today - dt.timedelta(days=1), hdss=2, places=[SOLES])
    course_touched(number=order.number)
    course = Course.objects.get(pk=order.number)
    palms, soles = view_now(course).places
    assert (palms.place, palms.next.rung) == (PALMS, "TAPER_2")
    assert (soles.place, soles.next.rung) == (SOLES, "INDUCTION")
    assert [event.score for event in soles.history.events] == [3, 3, 2]
    day = soles.next.dates.day
    course_hold(course=course, place=PALMS, reason="Holiday", by=place.clinician)
    visit = proposal_accept(
        proposal=course.proposals.get(decision="open", body_site=SOLES),
        by=place.clinician,
        book=Booking(day),
    )
    assert [leg.prescribed.body_site for leg in visit.legs.all()] == ["soles"]


def test_a_claim_is_refused_at_a_place_that_was_held_meanwhile(place) -> None:
    visit = make_visit(place)
    session = visit.session
    clear(session, place.clinician)
    course = Course.objects.get(pk=session.prescription.number)
    course_hold(course=course, place="", reason="Looks ill", by=place.clinician)
    with pytest.raises(Refusal, match="Looks ill") as refused:
        session_prepare(
            session=session,
            leg=session.legs.get(),
            stimulator=make_stimulator(place),
            by=place.clinician,
            version=session.version,
        )
    assert refused.value.code == "place_waits"


def test_without_a_ladder_nothing_is_barred(place) -> None:
    order = make_order(make_patient(place), place, "SWEAT-CF")
    require_treats(order, order.legs.all(), site_day(place.site))


def test_a_site_has_its_own_ladder_before_that_of_the_product(place) -> None:
    product = ladder_for_site(place.site, "HH-PALM")
    own = Ladder.objects.create(
        site=place.site, code="HH-STEP", version=1, title="Ours", spec=product.spec
    )
    assert ladder_for_site(place.site, "HH-PALM") == own
    assert ladder_for_site(make_world().here.site, "HH-PALM") == product
    assert ladder_for_site(place.site, "SWEAT-CF") is None
    assert adopted(place, "HH-PALM").protocol.code == "HH-PALM"


def test_no_day_is_proposed_on_a_closure_or_a_weekend(place) -> None:
    monday = dt.date(2026, 4, 6)
    Closure.objects.create(site=place.site, day=monday, name="Easter Monday")
    shut = closures_of(place.site, dt.date(2026, 4, 2))
    assert {monday, dt.date(2026, 4, 4), dt.date(2026, 4, 5)} <= shut
    assert dt.date(2026, 4, 7) not in shut
    place.site.policy = {"shut_weekdays": [0]}
    assert dt.date(2026, 4, 5) not in closures_of(place.site, dt.date(2026, 4, 2))


@pytest.mark.parametrize(
    ("zone", "held", "local", "utc"),
    [
        # London leaves winter time on 29-Mar-2026, Sydney summer time on 5-Apr-2026.
        ("Europe/London", (2026, 3, 27), "2026-03-30T09:00:00+01:00", "08:00"),
        ("Australia/Sydney", (2026, 4, 3), "2026-04-06T09:00:00+10:00", "23:00"),
    ],
)
def test_the_next_visit_keeps_the_wall_clock_over_a_change(
    place, zone, held, local, utc
) -> None:
    place.site.time_zone = zone
    place.site.save()
    day = dt.date(*held)
    with time_machine.travel(dt.datetime(*held, 12, tzinfo=dt.UTC), tick=False):
        order = make_order(make_patient(place), place, "HH-PALM")
        session_past(order, day, hdss=3)
        view = view_now(Course.objects.get(pk=order.number))
        proposed = time_proposed(view)
    assert proposed.result["local"] == local
    assert proposed.result["utc"][11:16] == utc
