"""Of several who decide on a proposal at once one wins; the control has more."""

import threading
from copy import deepcopy

import pytest

from clinic.models import AuditEntry
from sessions_app.models import Proposal
from sessions_app.services.courses import proposal_accept
from sessions_app.services.ladders import ladders_load
from tests.devices.services.test_races import RACERS, race
from tests.factories import make_patient, make_world
from tests.visits import make_order


@pytest.fixture
def place(live_db):
    return make_world().here


def test_of_racing_decisions_one_stands(place) -> None:
    ladders_load()
    order = make_order(make_patient(place), place, "HH-PALM")
    row = Proposal.objects.get(course=order.number)
    copies = [deepcopy(row) for _ in range(RACERS)]
    looked = threading.Barrier(RACERS)

    def control(number: int) -> bool:
        free = Proposal.objects.get(pk=copies[number].pk).decision == "open"
        looked.wait()
        return free

    def accept(number: int) -> bool:
        proposal_accept(proposal=copies[number], by=place.clinician)
        return True

    assert race(control) == ["won"] * RACERS
    assert race(accept) == ["decided"] * (RACERS - 1) + ["won"]
    assert AuditEntry.objects.filter(action="course.accepted").count() == 1
