"""Lots: what may be taken in, what may be put on, and where each one went."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.demo.lots import lots_for
from sessions_app.demo.treatment import electrodes_build
from sessions_app.models import AdverseEvent, Lot, LotUse, SkinCheck
from sessions_app.selectors.lots import lot_history, lot_read, lot_visible
from sessions_app.services.lots import (
    LotsChosen,
    lot_recall,
    lot_register,
    lots_check,
    lots_use,
)
from tests.factories import make_world
from tests.visits import make_visit

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate
GTIN = "09506000134352"


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def place(world):
    return world.here


@pytest.fixture
def visit(place):
    return make_visit(place, "LE-DEX40")


@pytest.fixture
def leg(visit):
    return visit.session.legs.get()


def register(place, **more) -> Lot:
    plain = {
        "site": place.site,
        "by": place.clinician,
        "drug": "dexamethasone",
        "number": "A1",
        "expires_on": TODAY() + dt.timedelta(days=30),
    }
    return lot_register(**{**plain, **more})


def test_a_lot_is_taken_in_once_at_a_site(world) -> None:
    lot = register(world.here, gtin=GTIN)
    assert (lot.name, lot.number, lot.gtin) == (
        "dexamethasone sodium phosphate",
        "A1",
        GTIN,
    )
    with pytest.raises(Conflict, match="already"):
        register(world.here, gtin=GTIN)
    assert register(world.other, gtin=GTIN) != lot


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"drug": "holy water"}, "no drug of the catalogue"),
        ({"drug": ""}, "which drug or which electrode"),
        ({"number": " "}, "as printed"),
        ({"number": "A" * 21}, "1 to 20"),
        ({"gtin": "123"}, "14 digits"),
        ({"gtin": "09506000134353"}, "should end in 2"),
        ({"expires_on": dt.date(2020, 1, 31)}, "expired on 31-Jan-2020"),
    ],
)
def test_a_wrong_lot_is_refused_with_what_is_wrong(place, more, says) -> None:
    with pytest.raises(Refusal, match=says):
        register(place, **more)


def test_a_lot_is_of_a_drug_or_of_an_electrode_not_of_both(place) -> None:
    tray = electrodes_build()["Tray 150 × 220 mm"]
    with pytest.raises(Refusal, match="which drug or which electrode"):
        register(place, electrode=tray)
    assert register(place, drug="", electrode=tray).name == tray.name


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_who_only_looks_takes_nothing_in(place, role) -> None:
    with pytest.raises(Forbidden):
        register(place, by=place.staff[role])


def test_every_drug_needs_a_lot(leg) -> None:
    with pytest.raises(Refusal, match="Choose or scan the lot of dexamethasone"):
        lots_check(leg=leg, chosen=LotsChosen(), day=TODAY())


def test_a_usable_lot_is_noted_once_for_its_place(place, leg) -> None:
    chosen = lots_for(leg, place.clinician)
    uses = lots_check(leg=leg, chosen=chosen, day=TODAY())
    lots_use(leg=leg, uses=uses, by=place.clinician)
    lots_use(leg=leg, uses=uses, by=place.clinician)
    use = LotUse.objects.get(leg=leg)
    assert (use.lot, use.role, use.by) == (chosen.drugs[0], "drug", place.clinician)


def test_an_expired_lot_is_refused_with_both_dates(leg, place) -> None:
    lot = register(place, expires_on=TODAY())
    chosen = LotsChosen((lot,))
    assert lots_check(leg=leg, chosen=chosen, day=TODAY())
    with pytest.raises(Refusal, match=r"expired on .*, it is .*Take another"):
        lots_check(leg=leg, chosen=chosen, day=TODAY() + dt.timedelta(days=1))


def test_a_recalled_lot_is_refused_with_the_reason(leg, place) -> None:
    lot = register(place)
    lot_recall(lot=lot, by=place.clinician, reason="glass in vials")
    with pytest.raises(Conflict):
        lot_recall(lot=lot, by=place.clinician, reason="again")
    with pytest.raises(Refusal, match=r"recalled on .*glass in vials"):
        lots_check(leg=leg, chosen=LotsChosen((lot,)), day=TODAY())


def test_a_recall_has_a_reason(place) -> None:
    with pytest.raises(Refusal, match="why"):
        lot_recall(lot=register(place), by=place.clinician, reason=" ")


def test_another_drug_is_refused(leg, place) -> None:
    wrong = register(place, drug="pilocarpine")
    with pytest.raises(Refusal, match="not what is prescribed: dexamethasone"):
        lots_check(leg=leg, chosen=LotsChosen((wrong,)), day=TODAY())


def test_another_strength_is_refused_and_the_same_in_other_words_is_not(
    leg, place
) -> None:
    asked = lots_for(leg, place.clinician).drugs[0].concentration
    same = register(place, number="S", concentration=asked.replace(" ", ""))
    assert lots_check(leg=leg, chosen=LotsChosen((same,)), day=TODAY())
    strong = register(place, number="X", concentration="9 %")
    with pytest.raises(Refusal, match="is 9 %, prescribed is"):
        lots_check(leg=leg, chosen=LotsChosen((strong,)), day=TODAY())


def test_a_lot_of_another_site_does_not_exist(leg, world) -> None:
    lot = register(world.other)
    with pytest.raises(Refusal, match="not in stock here"):
        lots_check(leg=leg, chosen=LotsChosen((lot,)), day=TODAY())
    assert lot_visible(staff=world.here.clinician, lot_id=lot.pk) is None
    assert lot_visible(staff=world.other.clinician, lot_id=lot.pk) == lot


def test_lots_of_electrodes_may_be_left_out_but_must_fit(leg, place) -> None:
    drug = lots_for(leg, place.clinician).drugs
    kinds = electrodes_build()
    pad = register(place, drug="", electrode=leg.prescribed.active_electrode)
    wrong = register(place, drug="", electrode=kinds["Tray 150 × 220 mm"])
    uses = lots_check(leg=leg, chosen=LotsChosen(drug, active=pad), day=TODAY())
    assert [role for _, role in uses] == ["drug", "active"]
    with pytest.raises(Refusal, match="not the prescribed electrode"):
        lots_check(leg=leg, chosen=LotsChosen(drug, back=wrong), day=TODAY())


def test_a_scan_finds_the_lot_of_its_own_site(world) -> None:
    lot = register(world.here, gtin=GTIN)
    register(world.other, gtin=GTIN)
    for text in (f"(01){GTIN}(10)A1", "A1", f"]d201{GTIN}10A1"):
        found = lot_read(
            site=world.here.site, text=text, today=TODAY(), among=Lot.objects.all()
        )
        assert found == lot


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(10)B9", "not in stock"),
        (f"(01){GTIN}", "no lot number"),
        ("(01)1", "cannot be read"),
        ("A1", "fits 2 articles"),
    ],
)
def test_a_scan_that_names_no_lot_is_refused(place, text, says) -> None:
    register(place)
    register(place, drug="pilocarpine")
    with pytest.raises(Refusal, match=says):
        lot_read(site=place.site, text=text, today=TODAY(), among=Lot.objects.all())


def test_a_lot_leads_to_sessions_skin_and_harm_in_a_few_statements(
    place, django_assert_num_queries
) -> None:
    lot = register(place)
    for number in range(3):
        visit = make_visit(place, "LE-DEX40")
        leg = visit.session.legs.get()
        lots_use(leg=leg, uses=[(lot, "drug")], by=place.clinician)
        SkinCheck.objects.create(
            leg=leg,
            moment="after",
            lead="black",
            place="right lateral epicondyle",
            findings=[{"code": "A01", "grade": number}],
            by=place.clinician,
        )
        AdverseEvent.objects.create(
            site=place.site,
            patient=visit.patient,
            session=visit.session,
            code="A01",
            grade=number,
            onset_at=timezone.now(),
            noticed="phone",
            by=place.clinician,
        )
    with django_assert_num_queries(4):
        history = lot_history(lot=lot)
    assert [used.events[0].grade for used in history] == [2, 1, 0]
    assert [used.skin[0].findings[0]["grade"] for used in history] == [2, 1, 0]
