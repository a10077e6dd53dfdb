"""Days alone change what is proposed; what nobody decides is told once."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from clinic.selectors.site_time import site_day
from sessions_app.demo.past import session_past
from sessions_app.models import Course, Proposal, Task
from sessions_app.services.courses import proposal_accept
from sessions_app.services.ladders import ladders_load
from sessions_app.services.proposing import course_touched
from sessions_app.services.refreshing import courses_refresh
from tests.factories import make_patient, make_world
from tests.visits import make_order

pytestmark = pytest.mark.django_db


def test_what_nobody_decides_is_told_once_until_it_is_decided() -> None:
    ladders_load()
    place = make_world().here
    order = make_order(make_patient(place), place, "HH-PALM")
    session_past(order, site_day(place.site) - dt.timedelta(days=2), hdss=3)
    course_touched(number=order.number)
    courses_refresh()
    assert not Task.objects.filter(kind="course").exists()
    with time_machine.travel(timezone.now() + dt.timedelta(days=60), tick=False):
        courses_refresh()
        row = Proposal.objects.get(decision="open")
        assert row.rule == "missed_too_long"
    with time_machine.travel(timezone.now() + dt.timedelta(days=62), tick=False):
        for _ in range(2):
            courses_refresh()
        (task,) = Task.objects.filter(kind="course")
        assert task.link == f"/courses/{order.number}/"
        row = Proposal.objects.get(decision="open")
        proposal_accept(proposal=row, by=place.clinician)
        task.refresh_from_db()
        assert task.done_by == place.clinician
        assert Course.objects.get(pk=order.number).state == "on_hold"
