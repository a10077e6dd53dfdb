"""A wrong order cannot be written, and a signed one cannot be bent."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.demo.visiting import consents_give
from sessions_app.models import ElectrodeType, Prescription
from sessions_app.services.prescribing import (
    prescription_sign,
    prescription_stop,
    prescription_write,
)
from sessions_app.services.scheduling import session_schedule
from tests.factories import Place, make_patient, make_world
from tests.visits import adopted

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    return make_world().here


def adoption(place: Place, code: str):
    return adopted(place, code)


def write(place: Place, code: str, leg=None, **more) -> Prescription:
    plain = {
        "patient": make_patient(place),
        "adoption": adoption(place, code),
        "legs": [leg or leg_for(code, electrodes_build())],
        "indication": "as the protocol says",
        "sessions_planned": 2,
        "expires_on": timezone.localdate() + dt.timedelta(days=30),
        "by": place.prescriber,
    }
    order = prescription_write(**{**plain, **more})
    consents_give(order, place.clinician)
    return order


def signed(place: Place, code: str, **more) -> Prescription:
    order = write(place, code, **more)
    return prescription_sign(prescription=order, by=place.prescriber)


@pytest.mark.parametrize(
    ("code", "pole", "says"),
    [("LE-DEX40", "anode", "under the cathode"), ("SWEAT-CF", "cathode", "anode")],
)
def test_a_drug_under_the_wrong_pole_is_refused(place, code, pole, says) -> None:
    leg = replace(leg_for(code, electrodes_build()), drug_pole=pole)
    with pytest.raises(Refusal, match=says) as refused:
        write(place, code, leg)
    assert refused.value.code == "wrong_pole"
    assert not Prescription.objects.exists()


def test_a_density_over_the_limit_of_an_electrode_is_refused(place) -> None:
    small = ElectrodeType.objects.create(
        name="Pad 5 cm²",
        kind="pad",
        area_mm2=500,
        anode_limit_ua_cm2=1000,
        cathode_limit_ua_cm2=500,
        source="a test",
    )
    leg = replace(leg_for("LE-DEX40", electrodes_build()), active_electrode=small)
    with pytest.raises(Refusal, match=r"2\.5 mA allowed: cathode 5 cm² × 0\.5 mA/cm²"):
        write(place, "LE-DEX40", leg)


def test_a_ceiling_above_the_protocol_is_refused(place) -> None:
    with pytest.raises(Refusal, match="16"):
        write(place, "HH-PALM", max_ua=16_000)


def test_a_child_needs_a_ceiling_for_children(place) -> None:
    child = make_patient(
        place, born_on=timezone.localdate() - dt.timedelta(days=9 * 366)
    )
    with pytest.raises(Refusal, match="10"):
        write(place, "HH-PALM", patient=child)
    assert write(place, "HH-PALM", patient=child, max_ua=8_000).max_ua == 8_000


def test_the_policy_of_the_site_is_a_layer(place) -> None:
    place.site.policy = {"max_ua": 12_000}
    place.site.save()
    with pytest.raises(Refusal, match="policy of the site"):
        write(place, "HH-PALM", patient=make_patient(place))


def test_a_protocol_of_another_site_is_not_adopted_here(place) -> None:
    elsewhere = adoption(make_world().other, "HH-PALM")
    with pytest.raises(Refusal, match="has not adopted"):
        write(place, "HH-PALM", adoption=elsewhere)


def test_only_a_prescriber_writes_and_signs(place) -> None:
    with pytest.raises(Forbidden):
        write(place, "HH-PALM", by=place.clinician)
    with pytest.raises(Forbidden):
        prescription_sign(prescription=write(place, "HH-PALM"), by=place.clinician)


def test_it_is_signed_once_with_a_signature_of_its_content(place) -> None:
    order = prescription_sign(prescription=write(place, "HH-PALM"), by=place.prescriber)
    assert len(order.signature) == 64
    with pytest.raises(Conflict, match="signed already"):
        prescription_sign(prescription=order, by=place.prescriber)


def test_no_session_without_a_signature(place) -> None:
    with pytest.raises(Refusal, match="not signed"):
        session_schedule(
            prescription=write(place, "HH-PALM"),
            due_on=timezone.localdate(),
            by=place.clinician,
        )


def test_no_session_after_the_expiry_or_a_stop(place) -> None:
    order = prescription_sign(prescription=write(place, "HH-PALM"), by=place.prescriber)
    late = order.expires_on + dt.timedelta(days=1)
    with pytest.raises(Refusal, match="expired"):
        session_schedule(prescription=order, due_on=late, by=place.clinician)
    prescription_stop(prescription=order, by=place.prescriber, reason="better")
    with pytest.raises(Refusal, match="was stopped: better"):
        session_schedule(
            prescription=order, due_on=timezone.localdate(), by=place.clinician
        )


def test_no_more_sessions_than_planned(place) -> None:
    order = prescription_sign(prescription=write(place, "HH-PALM"), by=place.prescriber)
    today = timezone.localdate()
    for number in range(2):
        day = today + dt.timedelta(days=number)
        session_schedule(prescription=order, due_on=day, by=place.clinician)
    with pytest.raises(Refusal, match="2 of 2 sessions"):
        session_schedule(
            prescription=order,
            due_on=today + dt.timedelta(days=2),
            by=place.clinician,
        )
