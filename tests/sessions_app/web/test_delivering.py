"""The page that enters what no networked stimulator reported."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.models import Role
from sessions_app.models import Delivery, DoseRecord
from tests.factories import make_world
from tests.visits import clear, make_visit

pytestmark = pytest.mark.django_db

NOON = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def world(monkeypatch):
    """Visits stand since noon."""
    hands = {"now": NOON}
    monkeypatch.setattr(timezone, "now", lambda: hands["now"])
    made = make_world()
    made.here.clinician.hands = hands
    return made


@pytest.fixture
def visit(world):
    made = make_visit(world.here)
    clear(made, world.here.clinician)
    world.here.clinician.hands["now"] = NOON + dt.timedelta(hours=1)
    made.session.refresh_from_db()
    return made


@pytest.fixture
def nurse(client, world):
    client.force_login(world.here.clinician)
    return client


def text(answer) -> str:
    return answer.content.decode()


def address(visit) -> str:
    return f"{visit.path}delivery"


def form(visit, **more):
    began = timezone.localtime(NOON + dt.timedelta(minutes=5))
    plain = {
        "version": visit.session.version,
        "leg": 1,
        "source": "hand",
        "happened_at": f"{began:%Y-%m-%dT%H:%M}",
        "minutes": "20",
        "why": "S-3 is being repaired",
    }
    for number, (minute, ma) in enumerate(
        (("0", "10"), ("5", "10"), ("10", "10"), ("20", "10")), start=1
    ):
        plain |= {f"minute-{number}": minute, f"ua-{number}": ma}
    return {**plain, **more}


def test_prepare_leads_to_the_page_and_it_shows_the_order(nurse, visit) -> None:
    assert f'href="{address(visit)}"' in text(nurse.get(visit.path))
    page = text(nurse.get(address(visit)))
    assert "never shown as measured" in page
    assert "HH-PALM allows 15.0 mA" in page


def test_an_entry_leads_to_the_signature_as_an_estimate(nurse, visit) -> None:
    answer = nurse.post(address(visit), form(visit), follow=True)
    page = text(answer)
    dose = DoseRecord.objects.get()
    assert dose.confirmed_nc == 200 * 60_000_000
    assert "◇ Estimate" in page
    assert "app-dosebar__hatched" in page
    assert "200.00 mA·min estimated" in page
    assert "S-3 is being repaired" in page


def test_a_second_submit_is_out_of_date(nurse, visit) -> None:
    sent = form(visit)
    nurse.post(address(visit), sent)
    assert nurse.post(address(visit), sent).status_code == 409
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"source": ""}, "source-1"),
        ({"happened_at": ""}, "happened_at"),
        ({"minutes": "long"}, "minutes"),
        ({"ua-3": ""}, "ua-3"),
        ({"why": ""}, "why"),
        ({"source": "counter"}, "counter"),
        ({"source": "worn"}, "removed_at"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    nurse, visit, more, field
) -> None:
    answer = nurse.post(address(visit), form(visit, serial="X-9", **more))
    assert answer.status_code == 422
    assert f'href="#{field}"' in text(answer)
    assert 'value="X-9"' in text(answer)
    assert not Delivery.objects.exists()


def test_a_limit_offers_to_enter_it_all_the_same(nurse, visit, world) -> None:
    order = visit.session.prescription
    type(order).objects.filter(pk=order.pk).update(
        stopped_at=NOON + dt.timedelta(minutes=1), stop_reason="blister"
    )
    answer = nurse.post(address(visit), form(visit))
    assert answer.status_code == 422
    assert 'id="despite"' in text(answer)
    answer = nurse.post(address(visit), form(visit, despite="yes"), follow=True)
    assert "✕ Over" in text(answer)
    assert "stopped: blister" in text(answer)


def test_a_drug_shows_both_leads_and_takes_a_lot(nurse, world) -> None:
    visit = make_visit(world.here, "LE-DEX40")
    clear(visit, world.here.clinician)
    page = text(nurse.get(address(visit)))
    assert "BLACK lead, dexamethasone" in page
    assert 'id="lot-dexamethasone"' in page


def test_a_session_that_is_not_cleared_takes_no_entry(nurse, world) -> None:
    visit = make_visit(world.here)
    world.here.clinician.hands["now"] = NOON + dt.timedelta(hours=1)
    assert nurse.get(address(visit)).status_code == 409
    assert nurse.post(address(visit), form(visit)).status_code == 409


def test_an_auditor_and_another_site_enter_nothing(client, visit, world) -> None:
    client.force_login(world.here.staff[Role.AUDITOR])
    assert client.post(address(visit), form(visit)).status_code == 403
    client.force_login(world.other.clinician)
    assert client.get(address(visit)).status_code == 404
    assert client.post(address(visit), form(visit)).status_code == 404
