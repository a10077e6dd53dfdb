"""Two people at once: one correction, one delivery, one loan; the control has more."""

import datetime as dt
import threading
from copy import deepcopy

import pytest
from django.utils import timezone

from devices.core.run_lifecycle import EndReason
from sessions_app.models import Delivery, DoseRecord, Loan
from sessions_app.services.correcting import dose_swap
from sessions_app.services.delivering import delivery_enter
from sessions_app.services.loans import loan_out
from sessions_app.services.recording import run_record
from tests.devices.services.test_races import RACERS, race
from tests.factories import make_world
from tests.sessions_app.services.test_delivering import FOUR, by_hand, cleared
from tests.sessions_app.services.test_loans import TAUGHT, make_device
from tests.sessions_app.services.test_recording import ended, prepared
from tests.visits import make_visit

MA_MIN = 60_000_000


@pytest.fixture
def place(live_db):
    return make_world().here


def test_of_racing_corrections_one_supersedes(place) -> None:
    _, run = prepared(place)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    dose = run_record(run_id=run.pk)
    looked = threading.Barrier(RACERS)

    def control(_: int) -> bool:
        free = not DoseRecord.objects.filter(supersedes=dose).exists()
        looked.wait()
        return free

    def correct(_: int) -> bool:
        return bool(
            dose_swap(
                dose=dose,
                swapped=None,
                noticed_by="Nadia",
                reason="seen",
                by=place.clinician,
            )
        )

    assert race(control) == ["won"] * RACERS
    assert race(correct) == ["corrected"] * (RACERS - 1) + ["won"]
    assert DoseRecord.objects.count() == 2


def test_of_racing_entries_of_one_session_one_stands(place) -> None:
    session = cleared(place)
    told, version = by_hand(*FOUR), session.version
    copies = [deepcopy(session) for _ in range(RACERS)]

    def enter(number: int) -> bool:
        dose = delivery_enter(
            session=copies[number],
            leg=copies[number].legs.get(),
            told=told,
            by=place.clinician,
            version=version,
        )
        return dose.pk is not None

    assert race(enter).count("won") == 1
    assert Delivery.objects.count() == 1


def test_of_racing_loans_of_one_device_one_goes_out(place) -> None:
    device = make_device(place)
    orders = [make_visit(place).session.prescription for _ in range(RACERS)]
    due = timezone.localdate() + dt.timedelta(weeks=5)

    def lend(number: int) -> bool:
        loan_out(
            device=device,
            prescription=orders[number],
            taught=TAUGHT,
            due_back_on=due,
            by=place.clinician,
        )
        return True

    assert race(lend) == ["lent"] * (RACERS - 1) + ["won"]
    assert Loan.objects.count() == 1
