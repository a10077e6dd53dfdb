"""The day of a treatment is the day on the wall of the site, not of the server."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from clinic.errors import Refusal
from clinic.models import Site
from sessions_app.demo.visiting import clear
from sessions_app.models import TreatmentSession
from sessions_app.selectors.sessions import worklist
from sessions_app.services import delivering, treating
from sessions_app.services.delivering import Told
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.treating import session_check_in, session_prepare
from tests.factories import Place, make_patient, make_stimulator, make_world
from tests.visits import make_order

pytestmark = pytest.mark.django_db

# Eight in the evening in New York; in London the next day has begun.
DAY = dt.date(2026, 11, 17)
EVENING = dt.datetime(2026, 11, 18, 1, tzinfo=dt.UTC)


@pytest.fixture
def place(monkeypatch: Any) -> Place:
    here = make_world().here
    Site.objects.filter(pk=here.site.pk).update(time_zone="America/New_York")
    here.site.refresh_from_db()
    monkeypatch.setattr(timezone, "now", lambda: EVENING)
    return here


def visit(place: Place) -> TreatmentSession:
    """Planned for the last day of its order."""
    order = make_order(make_patient(place), place, "HH-PALM", expires_on=DAY)
    return session_schedule(
        prescription=order, due_on=DAY, due_at=dt.time(20), by=place.clinician
    )


def test_an_order_is_open_to_the_end_of_its_last_day(place: Place) -> None:
    session = visit(place)
    assert [row.pk for row in worklist(staff=place.clinician)] == [session.pk]
    session_check_in(session=session, by=place.clinician, version=session.version)
    session.refresh_from_db()
    assert session.state == "checked_in"


def test_a_claim_is_weighed_for_today_at_the_site(
    place: Place, monkeypatch: Any
) -> None:
    session, days = visit(place), []
    clear(session, place.clinician)

    def checked(*, day: dt.date, **_: Any) -> None:
        days.append(day)
        raise Refusal("enough", "The day is known.")

    monkeypatch.setattr(treating, "lots_check", checked)
    with pytest.raises(Refusal, match="The day is known"):
        session_prepare(
            session=session,
            leg=session.legs.get(),
            stimulator=make_stimulator(place),
            by=place.clinician,
            version=session.version,
        )
    assert days == [DAY]


def test_an_entry_by_hand_is_of_the_day_at_the_site(place: Place) -> None:
    session = visit(place)
    began = EVENING - dt.timedelta(minutes=30)
    told = Told("hand", began, EVENING, "Repair")
    assert list(delivering._ended(session.prescription, told)) == []
