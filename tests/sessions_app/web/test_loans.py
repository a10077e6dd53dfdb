"""The loan pages: lend, diary, return, and nothing of another site."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.models import Role
from sessions_app.models import HomeDevice, Loan
from sessions_app.services.loans import RETURN_CHECKS
from tests.factories import make_world
from tests.sessions_app.services.test_loans import lend, make_device
from tests.visits import make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def nurse(client, world):
    client.force_login(world.here.clinician)
    return client


@pytest.fixture
def order(world):
    return make_visit(world.here, family_name="Borrow").session.prescription


def text(answer) -> str:
    return answer.content.decode()


def lend_form(order, device, **more):
    plain = {
        "order": order.pk,
        "device": device.pk,
        "taught_ua": "8",
        "cap_ua": "10.0",
        "cap_flow": "15",
        "per_week": "3",
        "person": "Amina Khan",
        "due_back_on": (timezone.localdate() + dt.timedelta(weeks=5)).isoformat(),
    }
    return {**plain, **more}


def test_five_weeks_are_proposed_and_whoever_may_borrow_is_offered(nurse, world, order):
    make_device(world.here, asset="H-77")
    page = text(nurse.get("/loans/lend"))
    assert (timezone.localdate() + dt.timedelta(weeks=5)).isoformat() in page
    assert "H-77" in page
    assert "BORROW" in page


def test_a_device_is_lent_on_the_page_and_stands_in_the_list(nurse, world, order):
    answer = nurse.post("/loans/lend", lend_form(order, make_device(world.here)))
    loan = Loan.objects.get()
    assert answer["Location"] == f"/loans/{loan.pk}/"
    assert (loan.cap_ua, loan.cap_flow_ms) == (10_000, 900_000)
    assert "BORROW" in text(nurse.get("/loans/"))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"device": ""}, "device"),
        ({"order": ""}, "order"),
        ({"taught_ua": "much"}, "taught_ua"),
        ({"cap_ua": "99"}, "cap_ua"),
        ({"per_week": "2.5"}, "per_week"),
        ({"person": ""}, "person"),
        ({"due_back_on": ""}, "due_back_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    nurse, world, order, more, field
) -> None:
    form = {**lend_form(order, make_device(world.here), accessories="2 trays"), **more}
    answer = nurse.post("/loans/lend", form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in text(answer)
    assert 'value="2 trays"' in text(answer)
    assert not Loan.objects.exists()


def test_an_overdue_loan_says_by_how_long(nurse, world, order) -> None:
    loan = lend(world.here, order)
    today = timezone.localdate()
    Loan.objects.filter(pk=loan.pk).update(due_back_on=today - dt.timedelta(days=3))
    assert "Overdue by 3 days" in text(nurse.get("/loans/"))


def test_a_line_of_the_diary_that_cannot_be_is_refused_at_its_field(
    nurse, world, order
) -> None:
    loan = lend(world.here, order)
    ahead = f"{timezone.localtime() + dt.timedelta(days=2):%Y-%m-%dT%H:%M}"
    form = {"happened_at": ahead, "minutes": "15", "skin": "fine"}
    answer = nurse.post(f"/loans/{loan.pk}/diary", form)
    assert answer.status_code == 422
    assert 'href="#happened_at"' in text(answer)
    assert 'value="15"' in text(answer)


def test_a_finding_that_is_none_is_refused_at_its_field(nurse, world, order) -> None:
    loan = lend(world.here, order)
    began = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    form = {"happened_at": began, "minutes": "15", "skin": "x", "finding": "ERY-9"}
    answer = nurse.post(f"/loans/{loan.pk}/diary", form)
    assert answer.status_code == 422
    assert 'href="#finding"' in text(answer)


def test_a_device_comes_back_on_the_page(nurse, world, order) -> None:
    loan = lend(world.here, order)
    here = f"/loans/{loan.pk}/return"
    assert nurse.post(here, {}).status_code == 422
    form = {**dict.fromkeys(RETURN_CHECKS, "yes"), "fit": "yes"}
    assert nurse.post(here, form).status_code == 302
    assert "Output measured" in text(nurse.get(f"/loans/{loan.pk}/"))


def test_an_engineer_takes_devices_on_and_recalls_them(client, world, order) -> None:
    client.force_login(world.here.staff[Role.ENGINEER])
    form = {
        "site": world.here.site.pk,
        "asset": "H-5",
        "model": "Home unit",
        "serial": "5",
        "max_ua": "12",
        "service_due_on": "2099-01-31",
    }
    client.post("/loans/devices", form)
    device = HomeDevice.objects.get()
    loan = lend(world.here, order, device)
    page = f"/loans/devices/{device.pk}/"
    client.post(page, {"act": "recall", "reason": "cracked"})
    device.refresh_from_db()
    assert device.recall_reason == "cracked"
    assert "Recalled: fetch it" in text(client.get(f"/loans/{loan.pk}/"))
    assert "BORROW" not in text(client.get(page))


def test_a_recalled_device_lists_who_had_it(nurse, world, order) -> None:
    loan = lend(world.here, order)
    page = text(nurse.get(f"/loans/devices/{loan.device_id}/"))
    assert "BORROW" in page


def test_another_sites_loans_do_not_exist(nurse, world) -> None:
    order = make_visit(world.other, family_name="Hidden").session.prescription
    loan = lend(world.other, order)
    for path in (f"/loans/{loan.pk}/", f"/loans/devices/{loan.device_id}/"):
        assert nurse.get(path).status_code == 404
    for path in ("diary", "return"):
        assert nurse.post(f"/loans/{loan.pk}/{path}", {}).status_code == 404
    ours = make_device(world.here)
    form = lend_form(order, ours)
    assert nurse.post("/loans/lend", form).status_code == 404
    assert "HIDDEN" not in text(nurse.get("/loans/"))
    assert "HIDDEN" not in text(nurse.get("/loans/lend"))
