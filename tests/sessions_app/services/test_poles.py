"""Before a drug somebody looks at both leads, by name; the device cannot see them."""

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import AuditEntry, Role
from devices.core.run_lifecycle import RunState
from devices.models import Run
from sessions_app.demo.lots import lots_for
from sessions_app.models import PoleConfirmation
from sessions_app.services.poles import pads_of
from sessions_app.services.treating import (
    Confirmation,
    session_prepare,
    session_start,
)
from tests.factories import CHAIR_CODE, PASSWORD, make_staff, make_world
from tests.sessions_app.services.test_recording import prepared
from tests.visits import clear, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


def ready(place, code="LE-DEX40"):
    visit, run = prepared(place, code)
    Run.objects.filter(pk=run.pk).update(state=RunState.READY.value)
    run.refresh_from_db()
    return visit, run


def start(place, visit, run, **changes) -> None:
    whole = {
        "identity": True,
        "electrodes": False,
        "chair_code": CHAIR_CODE,
        "drug_pad": True,
        "return_pad": True,
    }
    session_start(
        session=visit.session,
        run=run,
        by=place.clinician,
        version=run.version,
        confirmation=Confirmation(**{**whole, **changes}),
    )


def test_the_pads_are_named_by_lead_drug_place_and_pole(place) -> None:
    _, run = ready(place)
    pads = pads_of(run)
    assert pads.drug.text.startswith("BLACK lead, dexamethasone")
    assert pads.drug.text.endswith("pad, right lateral epicondyle")
    assert pads.drug.pole == "cathode (−)"
    assert pads.back.text == "RED lead, return pad, right biceps"


def test_a_cation_lies_on_the_red_lead(place) -> None:
    _, run = ready(place, "SWEAT-CF")
    assert pads_of(run).drug.text.startswith("RED lead, pilocarpine")


def test_tap_water_needs_no_look_at_a_drug(place) -> None:
    _, run = ready(place, "HH-PALM")
    assert pads_of(run) is None


def test_who_looked_is_kept_with_the_start(place) -> None:
    visit, run = ready(place)
    start(place, visit, run)
    seen = PoleConfirmation.objects.get(run=run)
    assert (seen.drug_lead, seen.drug_place) == ("black", "right lateral epicondyle")
    assert (seen.return_lead, seen.return_place) == ("red", "right biceps")
    assert (seen.by, seen.second_by) == (place.clinician, None)
    assert AuditEntry.objects.filter(action="poles.confirm").count() == 1


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("drug_pad", "tick: BLACK lead, dexamethasone"),
        ("return_pad", "tick: RED lead, return pad, right biceps"),
    ],
)
def test_start_names_the_pad_at_which_nobody_looked(place, missing, says) -> None:
    visit, run = ready(place)
    with pytest.raises(Refusal, match=says):
        start(place, visit, run, **{missing: False})
    run.refresh_from_db()
    assert run.start_requested_at is None
    assert not PoleConfirmation.objects.exists()


def test_a_start_that_is_refused_confirms_nothing(place) -> None:
    visit, run = ready(place)
    with pytest.raises(Refusal, match="is not the code"):
        start(place, visit, run, chair_code="NOPE")
    assert not PoleConfirmation.objects.exists()


def test_the_second_press_of_two_confirms_nothing(place) -> None:
    visit, run = ready(place)
    start(place, visit, run)
    with pytest.raises(Conflict):
        start(place, visit, run)
    assert AuditEntry.objects.filter(action="poles.confirm").count() == 1


def test_a_start_that_lapsed_is_looked_at_again_and_keeps_one_row(place) -> None:
    visit, run = ready(place)
    start(place, visit, run)
    Run.objects.filter(pk=run.pk).update(
        start_requested_at=None, start_command=None, start_valid_until=None
    )
    start(place, visit, run)
    assert PoleConfirmation.objects.filter(run=run).count() == 1
    assert AuditEntry.objects.filter(action="poles.confirm").count() == 2


class TestSecondChecker:
    """Where the policy of the site asks for one."""

    @pytest.fixture
    def second(self, place):
        place.site.policy = {"second_checker": True}
        place.site.save(update_fields=["policy"])
        return make_staff(place.site, Role.CLINICIAN, password=PASSWORD)

    def test_without_one_nothing_starts(self, place, second) -> None:
        visit, run = ready(place)
        with pytest.raises(Refusal, match="second person looks too"):
            start(place, visit, run)
        assert not PoleConfirmation.objects.exists()

    def test_both_names_are_kept(self, place, second) -> None:
        visit, run = ready(place)
        start(place, visit, run, second_email=second.email, second_password=PASSWORD)
        seen = PoleConfirmation.objects.get(run=run)
        assert (seen.by, seen.second_by) == (place.clinician, second)

    def test_tap_water_asks_for_none(self, place, second) -> None:
        visit, run = ready(place, "HH-PALM")
        start(place, visit, run, electrodes=True)
        run.refresh_from_db()
        assert run.start_requested_at is not None


def test_a_drug_is_not_prepared_without_a_lot(place) -> None:
    visit = make_visit(place, "LE-DEX40")
    session = clear(visit, place.clinician)
    with pytest.raises(Refusal, match="lot of dexamethasone"):
        session_prepare(
            session=session,
            leg=session.legs.get(),
            stimulator=visit.stimulator,
            by=place.clinician,
            version=session.version,
        )
    assert not Run.objects.exists()


def test_the_lots_are_noted_with_the_run(place) -> None:
    visit, _ = ready(place)
    leg = visit.session.legs.get()
    lot = lots_for(leg, place.clinician).drugs[0]
    assert [use.lot for use in leg.lot_uses.all()] == [lot]
    assert leg.lot_uses.get().at <= timezone.now()
