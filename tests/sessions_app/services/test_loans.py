"""Home devices: who may have one, at what caps; chased, recalled, looked at."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.models import HomeDevice, Loan, Task
from sessions_app.selectors.loans import (
    borrowers_of,
    devices_to_lend,
    loan_visible,
    orders_to_lend,
)
from sessions_app.services.loans import (
    RETURN_CHECKS,
    Taught,
    home_device_add,
    home_device_recall,
    home_device_serviced,
    loan_out,
    loan_return,
    loans_chase,
)
from tests.factories import make_world
from tests.visits import make_visit

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TAUGHT = Taught("Amina Khan", 8_000, 10_000, 900_000, 3)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def place(world):
    return world.here


@pytest.fixture
def order(place):
    return make_visit(place).session.prescription


def make_device(place, **more) -> HomeDevice:
    plain = {
        "asset": "H-1",
        "serial": "SN1",
        "model": "Simulated home unit",
        "max_ua": 12_000,
        "service_due_on": timezone.localdate() + 90 * DAY,
    }
    return home_device_add(
        site=place.site, by=place.staff[Role.ENGINEER], **{**plain, **more}
    )


def lend(place, order, device=None, taught=TAUGHT, **more) -> Loan:
    plain = {
        "device": device or make_device(place),
        "prescription": order,
        "taught": taught,
        "due_back_on": timezone.localdate() + 35 * DAY,
        "by": place.clinician,
    }
    return loan_out(**{**plain, **more})


def test_a_loan_says_what_was_taught_by_whom_to_whom(place, order) -> None:
    loan = lend(place, order, accessories="2 trays", deposit="£40")
    assert (loan.patient, loan.trained_by, loan.trained_person) == (
        order.patient,
        place.clinician,
        "Amina Khan",
    )
    assert (loan.taught_ua, loan.cap_ua, loan.cap_flow_ms) == (8_000, 10_000, 900_000)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"person": " "}, "whom you trained"),
        ({"taught_ua": 11_000}, "Taught 11.0 mA, at most the cap of 10.0 mA"),
        ({"taught_ua": 0}, "Taught 0.0 mA"),
        ({"cap_ua": 13_000}, "prescription and device allow 12.0 mA"),
        ({"cap_flow_ms": 1_260_000}, "21:00 min a session; prescribed are 20:00"),
        ({"sessions_per_week": 8}, "8 sessions a week; prescribed are"),
    ],
)
def test_caps_stay_within_prescription_and_device(place, order, changes, says) -> None:
    plain = {name: getattr(TAUGHT, name) for name in Taught.__slots__}
    with pytest.raises(Refusal, match=says):
        lend(place, order, taught=Taught(**{**plain, **changes}))
    assert not Loan.objects.exists()


def test_the_cap_stays_below_what_the_protocol_allows_too(place, order) -> None:
    strong = make_device(place, max_ua=60_000)
    taught = Taught("Amina Khan", 8_000, 16_000, 900_000, 3)
    with pytest.raises(Refusal, match=r"allow 15.0 mA"):
        lend(place, order, strong, taught)


def test_a_device_is_lent_once_at_a_time(place, order) -> None:
    device = make_device(place)
    lend(place, order, device)
    with pytest.raises(Conflict, match="with somebody"):
        lend(place, order, device)
    assert devices_to_lend(staff=place.clinician, day=timezone.localdate()) == []


def test_a_device_due_for_service_is_not_lent_until_serviced(place, order) -> None:
    device = make_device(place, service_due_on=timezone.localdate())
    with pytest.raises(Refusal, match="due for service"):
        lend(place, order, device)
    assert devices_to_lend(staff=place.clinician, day=timezone.localdate()) == []
    home_device_serviced(
        device=device,
        by=place.staff[Role.ENGINEER],
        service_due_on=timezone.localdate() + DAY,
    )
    assert lend(place, order, device)


def test_a_drug_is_not_lent_home(place) -> None:
    order = make_visit(place, "LE-DEX40").session.prescription
    with pytest.raises(Refusal, match="tap-water"):
        lend(place, order)
    assert orders_to_lend(staff=place.clinician, day=timezone.localdate()) == []


def test_a_loan_ends_after_today(place, order) -> None:
    with pytest.raises(Refusal, match="about 5 weeks"):
        lend(place, order, due_back_on=timezone.localdate())


def test_an_engineer_signs_no_training(place, order) -> None:
    with pytest.raises(Forbidden):
        lend(place, order, by=place.staff[Role.ENGINEER])


def test_a_recall_names_borrowers_and_makes_a_task(place, order) -> None:
    device = make_device(place)
    loan = lend(place, order, device)
    engineer = place.staff[Role.ENGINEER]
    home_device_recall(device=device, by=engineer, reason="cracked case")
    assert borrowers_of(device=device) == [order.patient]
    task = Task.objects.get(kind="loan")
    assert "cracked case" in task.text
    assert task.link == f"/loans/{loan.pk}/"
    with pytest.raises(Conflict):
        home_device_recall(device=device, by=engineer, reason="again")
    loan_return(loan=loan, by=engineer, checked=set(RETURN_CHECKS), found="", fit=True)
    with pytest.raises(Refusal, match="cracked case"):
        lend(place, order, device)


def test_an_overdue_loan_is_a_task_once(place, order) -> None:
    loan = lend(place, order)
    assert loans_chase() == 0
    Loan.objects.filter(pk=loan.pk).update(
        due_back_on=timezone.localdate() - DAY, out_on=timezone.localdate() - 9 * DAY
    )
    assert loans_chase() == 1
    assert loans_chase() == 0
    assert Task.objects.get(kind="loan").patient == order.patient


def test_what_came_back_was_looked_at_and_goes_out_again(place, order) -> None:
    device = make_device(place)
    loan = lend(place, order, device)
    with pytest.raises(Refusal, match="Not ticked: Leads"):
        loan_return(loan=loan, by=place.clinician, checked=set(), found="", fit=True)
    loan_return(
        loan=loan, by=place.clinician, checked=set(RETURN_CHECKS), found="", fit=True
    )
    assert (loan.returned_to, loan.return_check["fit"]) == (place.clinician, True)
    with pytest.raises(Conflict):
        loan_return(
            loan=loan,
            by=place.clinician,
            checked=set(RETURN_CHECKS),
            found="",
            fit=True,
        )
    assert lend(place, order, device)


def test_what_is_not_fit_is_taken_out_of_use(place, order) -> None:
    device = make_device(place)
    loan = lend(place, order, device)
    with pytest.raises(Refusal, match="what is wrong"):
        loan_return(loan=loan, by=place.clinician, checked=set(), found=" ", fit=False)
    loan_return(
        loan=loan, by=place.clinician, checked=set(), found="wire bare", fit=False
    )
    device.refresh_from_db()
    assert device.recall_reason == "wire bare"


def test_another_sites_device_and_loan_do_not_exist(world, order) -> None:
    theirs = make_device(world.other)
    with pytest.raises(Forbidden):
        lend(world.here, order, theirs)
    loan = lend(world.here, order)
    assert loan_visible(staff=world.other.clinician, loan_id=loan.pk) is None
