"""The stock pages: scan, register, recall, and nothing of another site."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.models import Role
from sessions_app.models import Lot
from sessions_app.services.lots import lot_register, lots_use
from tests.factories import make_world
from tests.visits import make_visit

pytestmark = pytest.mark.django_db

GTIN = "09506000134352"


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def nurse(client, world):
    client.force_login(world.here.clinician)
    return client


def text(answer) -> str:
    return answer.content.decode()


def make_lot(place, number="A1") -> Lot:
    return lot_register(
        site=place.site,
        by=place.clinician,
        drug="dexamethasone",
        number=number,
        expires_on=timezone.localdate() + dt.timedelta(days=90),
    )


def form(world, **more):
    plain = {
        "act": "register",
        "site": world.here.site.pk,
        "what": "dexamethasone",
        "number": "B7",
        "expires_on": "2099-04-30",
        "concentration": "0.4 %",
    }
    return {**plain, **more}


def test_a_label_fills_the_fields(nurse, world) -> None:
    scan = {"act": "read", "scan": f"(01){GTIN}(17)991231(10)L-7"}
    page = text(nurse.post("/stock/", form(world, **scan)))
    assert f'value="{GTIN}"' in page
    assert 'value="L-7"' in page
    assert not Lot.objects.exists()


def test_a_label_that_cannot_be_read_is_said_at_its_field(nurse, world) -> None:
    answer = nurse.post("/stock/", form(world, act="read", scan="(01)123"))
    assert answer.status_code == 422
    assert 'href="#scan"' in text(answer)
    assert "13 characters" not in text(answer)
    assert "3 characters, not 14" in text(answer)


def test_a_lot_is_registered_and_shown(nurse, world) -> None:
    answer = nurse.post("/stock/", form(world), follow=True)
    lot = Lot.objects.get()
    assert (lot.site, lot.received_by) == (world.here.site, world.here.clinician)
    assert "lot B7" in text(answer)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"what": ""}, "what"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"number": ""}, "number"),
        ({"gtin": "1"}, "gtin"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    nurse, world, more, field
) -> None:
    answer = nurse.post("/stock/", form(world, **more))
    assert answer.status_code == 422
    assert f'href="#{field}"' in text(answer)
    assert 'value="0.4 %"' in text(answer)
    assert not Lot.objects.exists()


def test_a_recall_takes_it_out_of_use(nurse, world) -> None:
    lot = make_lot(world.here)
    assert nurse.post(f"/stock/{lot.pk}/recall", {"reason": ""}).status_code == 422
    nurse.post(f"/stock/{lot.pk}/recall", {"reason": "glass"})
    lot.refresh_from_db()
    assert lot.recall_reason == "glass"
    assert "Recalled" in text(nurse.get("/stock/"))


def test_a_lot_shows_the_sessions_that_had_it(nurse, world) -> None:
    visit = make_visit(world.here, "LE-DEX40", family_name="Okafor")
    lot = make_lot(world.here)
    lots_use(
        leg=visit.session.legs.get(), uses=[(lot, "drug")], by=world.here.clinician
    )
    assert "OKAFOR" in text(nurse.get(f"/stock/{lot.pk}/"))


def test_an_engineer_sees_the_lot_and_no_patient(client, world) -> None:
    visit = make_visit(world.here, "LE-DEX40", family_name="Okafor")
    lot = make_lot(world.here)
    lots_use(
        leg=visit.session.legs.get(), uses=[(lot, "drug")], by=world.here.clinician
    )
    client.force_login(world.here.staff[Role.ENGINEER])
    page = text(client.get(f"/stock/{lot.pk}/"))
    assert "Used 1 times" in page
    assert "OKAFOR" not in page.upper()


def test_another_sites_lot_does_not_exist(nurse, world) -> None:
    lot = make_lot(world.other, "HIDDEN9")
    assert nurse.get(f"/stock/{lot.pk}/").status_code == 404
    assert nurse.post(f"/stock/{lot.pk}/recall", {"reason": "x"}).status_code == 404
    assert "HIDDEN9" not in text(nurse.get("/stock/"))
    other = form(world, site=world.other.site.pk)
    assert nurse.post("/stock/", other).status_code == 404


def test_an_auditor_looks_and_registers_nothing(client, world) -> None:
    client.force_login(world.here.staff[Role.AUDITOR])
    assert "Take a lot into stock" not in text(client.get("/stock/"))
    assert client.post("/stock/", form(world)).status_code == 403
