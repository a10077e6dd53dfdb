"""Every layer refuses in its own words, at write, at schedule and at claim."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.models import (
    Delivery,
    DoseRecord,
    Prescription,
    TreatmentSession,
)
from sessions_app.services.ladders import ladders_load
from sessions_app.services.prescribing import (
    LegOrder,
    prescription_change,
    prescription_check,
    prescription_sign,
)
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.treating import session_check_in
from sessions_app.services.weighing import leg_claim
from tests.factories import Place, make_patient, make_stimulator, make_world, profile
from tests.visits import adopted, make_order

pytestmark = pytest.mark.django_db

DEX, PALMS, GLYCO = "LE-DEX40", "HH-PALM", "HH-GLYCO"
MA_MIN = 60_000_000


@pytest.fixture
def place() -> Place:
    return make_world().here


@pytest.fixture
def patient(place) -> Patient:
    return make_patient(place)


def today() -> dt.date:
    return timezone.localdate()


def in_days(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


def born(years: int, days: int = 0) -> dt.date:
    """A birthday `years` ago that comes in `days`."""
    day = in_days(days)
    return day.replace(year=day.year - years, day=min(day.day, 28))


def limb(side: str, region: str = "palm") -> LegOrder:
    """Glycopyrronium under the anode of one limb, tap water at the other."""
    tray = electrodes_build()["Tray 150 × 220 mm"]
    other = "right" if side == "left" else "left"
    return LegOrder(
        active_region=region,
        active_side=side,
        active_place=f"{side} {region}",
        active_electrode=tray,
        return_region=region,
        return_side=other,
        return_place=f"{other} {region}",
        return_electrode=tray,
        drug_pole="anode",
    )


def plan(order: Prescription, place: Place, days: int = 0) -> TreatmentSession:
    return session_schedule(
        prescription=order, due_on=in_days(days), by=place.clinician
    )


def give(session: TreatmentSession, upper_nc: int, by, days: int = 0) -> None:
    """Every place of a session treated, `days` from now, off the meter."""
    when = timezone.now() + dt.timedelta(days=days)
    for leg in session.legs.all():
        told = Delivery.objects.create(
            leg=leg, source="hand", why="no network", happened_at=when, by=by
        )
        DoseRecord.objects.create(
            leg=leg,
            delivery=told,
            evidence=DoseRecord.Evidence.HAND,
            basis="charge",
            prescribed_nc=upper_nc,
            confirmed_nc=0,
            upper_nc=upper_nc,
            red_anode_nc=0,
            black_anode_nc=0,
            planned_flow_ms=1,
            flow_ms=1,
            tolerated_ua=0,
            completeness="complete",
            counts=True,
            is_estimate=True,
        )
    session.state = "completed"
    session.due_on = today() + dt.timedelta(days=days)
    session.save()


def terms(place: Place, code: str, **changes):
    plain = {
        "adoption": adopted(place, code),
        "legs": [leg_for(code, electrodes_build())],
        "indication": "as the protocol says",
        "sessions_planned": 2,
        "expires_on": in_days(30),
    }
    return {**plain, **changes}


def found(place: Place, patient: Patient, code: str, **changes) -> set[str]:
    """Codes of all that a check finds."""
    weighed, _ = prescription_check(
        patient=patient, by=place.prescriber, **terms(place, code, **changes)
    )
    return {fault.code for fault in weighed.all_faults}


def test_a_sound_order_has_no_fault_and_a_check_writes_nothing(place, patient) -> None:
    assert found(place, patient, DEX) == set()
    assert not Prescription.objects.exists()


def test_every_fault_is_told_at_once(place, patient) -> None:
    leg = replace(leg_for(DEX, electrodes_build()), drug_pole="anode")
    codes = found(place, patient, DEX, legs=[leg], sessions_planned=99, indication="")
    assert {"wrong_pole", "sessions", "indication"} <= codes


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"return_side": "left", "return_place": "the other arm"}, "path"),
        ({"return_side": "left"}, "side_words"),
        ({"return_region": "chest", "return_side": ""}, "path_never"),
        ({"wetted_mm2": 200}, "active_area"),
        ({"active_side": ""}, "side_missing"),
        ({"tooth": "11"}, "tooth"),
        ({"wetted_mm2": 9_000}, "wetted"),
        ({"drug_pole": ""}, "drug_pole_missing"),
    ],
)
def test_a_place_that_cannot_be(place, patient, changes, code) -> None:
    leg = replace(leg_for(DEX, electrodes_build()), **changes)
    assert code in found(place, patient, DEX, legs=[leg])


def test_a_stimulator_too_weak_is_a_layer_from_the_start(place, patient) -> None:
    weak = profile(max_current_ua=1_000).to_dict()
    assert "current_device" in found(place, patient, DEX, stimulator_profile=weak)


def test_another_kind_of_stimulator_than_prescribed_is_refused(place, patient) -> None:
    box = make_stimulator(place)
    order = make_order(patient, place, DEX, stimulator_profile=box.profile)
    leg = plan(order, place).legs.get()
    other = make_stimulator(place, profile=profile(max_pause_ms=1_000).to_dict())
    assert not leg_claim(leg=leg, day=today(), box=box).faults
    (fault,) = leg_claim(leg=leg, day=today(), box=other).faults
    assert fault.code == "other_stimulator"


def test_the_policy_of_the_site_is_soft_and_asks_for_a_reason(place, patient) -> None:
    place.site.policy = {"max_ua": 3_000}
    place.site.save()
    assert found(place, patient, DEX) == {"current_site"}
    assert found(place, patient, DEX, overrides={"site": {"reason": " "}}) == {
        "no_reason",
        "current_site",
    }
    reason = {"site": {"reason": "large forearm"}}
    assert found(place, patient, DEX, overrides=reason) == set()


@pytest.mark.parametrize("layer", ["cathode", "protocol", "device", "cumulative"])
def test_a_hard_limit_stays_hard_with_a_reason(place, patient, layer) -> None:
    small = electrodes_build()["Buffered drug pad 13.3 cm²"]
    small.pk, small.name, small.area_mm2 = None, "Pad 7 cm²", 700
    small.save(force_insert=True)
    leg = replace(leg_for(DEX, electrodes_build()), active_electrode=small)
    codes = found(
        place, patient, DEX, legs=[leg], overrides={layer: {"reason": "I insist"}}
    )
    assert {"hard_limit", "current_cathode"} <= codes


@pytest.mark.parametrize("allergy", ["Dexamethasone", "sulfites", "Sulphite, rash"])
def test_a_known_allergy_to_the_drug_is_refused(place, allergy) -> None:
    patient = make_patient(place, allergies=[allergy])
    assert found(place, patient, DEX) == {"allergy"}
    assert found(place, patient, PALMS) == set()


def test_an_allergy_noted_after_signing_bars_the_claim(place, patient) -> None:
    order = make_order(patient, place, DEX)
    leg = plan(order, place).legs.get()
    patient.allergies = ["sulphite"]
    patient.save()
    leg.refresh_from_db()
    (fault,) = leg_claim(leg=leg, day=today()).faults
    assert fault.code == "allergy"


def test_an_unasked_allergy_is_said_but_bars_nothing(place) -> None:
    patient = make_patient(place, allergies=None)
    weighed, _ = prescription_check(
        patient=patient, by=place.prescriber, **terms(place, DEX)
    )
    assert not weighed.all_faults
    assert "not asked" in weighed.legs[0].checks[0].because


def test_a_split_lead_is_told_to_be_an_estimate(place, patient) -> None:
    leg = replace(leg_for(DEX, electrodes_build()), split_places=["elbow", "forearm"])
    weighed, _ = prescription_check(
        patient=patient, by=place.prescriber, **terms(place, DEX, legs=[leg])
    )
    (told,) = [one for one in weighed.legs[0].checks if one.code == "split"]
    assert "elbow, forearm: how the current divides is an estimate" in told.because
    assert not weighed.all_faults


def test_the_age_is_that_of_the_day_of_treatment(place) -> None:
    patient = make_patient(place, born_on=born(18, days=5))
    order = make_order(patient, place, PALMS, max_ua=8_000)
    leg = plan(order, place).legs.get()

    def layers(days: int) -> set[str]:
        verdicts = leg_claim(leg=leg, day=in_days(days)).verdicts
        return {limit.layer.value for one in verdicts for limit in one.limits}

    def ages(days: int) -> list[int]:
        verdicts = leg_claim(leg=leg, day=in_days(days)).verdicts
        return [one.asked for one in verdicts if one.quantity == "age"]

    assert ages(0) == [17]
    assert ages(40) == [18]
    assert layers(0) - layers(40) == set()
    child = [
        limit.text
        for one in leg_claim(leg=leg, day=today()).verdicts
        for limit in one.limits
    ]
    assert any("under 18" in text for text in child)


def test_a_child_below_the_floor_is_refused_for_the_day_it_is_below(place) -> None:
    patient = make_patient(place, born_on=born(6))
    order = make_order(patient, place, PALMS, max_ua=8_000)
    Patient.objects.filter(pk=patient.pk).update(born_on=born(6, days=20))
    with pytest.raises(Refusal, match="5 years old, from 6"):
        plan(order, place, 2)
    assert plan(order, place, 50)


def test_the_day_and_the_week_count_every_dose_at_its_upper_bound(
    place, patient
) -> None:
    place.site.policy = {
        "max_charge_day_nc": 50 * MA_MIN,
        "max_charge_week_nc": 100 * MA_MIN,
    }
    place.site.save()
    order = make_order(patient, place, DEX, sessions_planned=6)
    give(plan(order, place), 41 * MA_MIN, place.clinician, days=-2)
    leg = plan(order, place).legs.get()
    assert not leg_claim(leg=leg, day=today()).faults
    other = make_order(patient, place, PALMS, max_ua=1_000)
    give(plan(other, place, 1), 15 * MA_MIN, place.clinician)
    faults = leg_claim(leg=leg, day=today()).faults
    assert [one.code for one in faults] == ["charge_cumulative"]
    assert (
        "50.00 mA·min for this day, 15.00 mA·min of it given at most" in faults[0].text
    )
    give(plan(other, place, 2), 15 * MA_MIN, place.clinician, days=-1)
    texts = " ".join(one.text for one in leg_claim(leg=leg, day=today()).faults)
    assert "29.00 mA·min allowed: 100.00 mA·min for" in texts
    assert "71.00 mA·min of it given at most" in texts


def test_two_places_of_one_session_count_together_when_written(place, patient) -> None:
    both = [limb("left"), limb("right")]
    assert found(place, patient, GLYCO, legs=both) == set()
    weighed, _ = prescription_check(
        patient=patient, by=place.prescriber, **terms(place, GLYCO) | {"legs": both[:1]}
    )
    one_nc = weighed.legs[0].plan.ceiling_nc
    place.site.policy = {"max_charge_day_nc": one_nc * 3 // 2}
    place.site.save()
    assert found(place, patient, GLYCO, legs=both[:1]) == set()
    assert found(place, patient, GLYCO, legs=both) == {"charge_cumulative"}


def test_the_whole_course_has_a_ceiling(place, patient) -> None:
    order = make_order(patient, place, DEX, sessions_planned=3)
    give(plan(order, place), 60 * MA_MIN, place.clinician, days=-4)
    give(plan(order, place), 60 * MA_MIN, place.clinician, days=-2)
    with pytest.raises(Refusal, match=r"course, 120\.00 mA·min of it given at most"):
        plan(order, place)


def test_the_exposure_of_a_place_is_counted_over_two_courses(place, patient) -> None:
    first = make_order(patient, place, DEX, sessions_planned=6)
    for number in range(6):
        give(plan(first, place), 40 * MA_MIN, place.clinician, days=2 * number - 20)
    weighed, _ = prescription_check(
        patient=patient,
        by=place.prescriber,
        **terms(place, DEX, sessions_planned=5),
    )
    (fault,) = weighed.all_faults
    assert fault.code == "sessions_drug"
    assert "session 11 of at most 10" in fault.text
    assert "right elbow: 6 since" in fault.text
    assert found(place, patient, DEX, sessions_planned=4) == set()
    left = replace(
        leg_for(DEX, electrodes_build()),
        active_side="left",
        active_place="epicondyle",
        return_side="left",
        return_place="biceps",
    )
    assert found(place, patient, DEX, legs=[left], sessions_planned=6) == set()


def test_glycopyrronium_waits_seven_days_over_all_prescriptions(place, patient) -> None:
    one = make_order(patient, place, GLYCO, legs=[limb("left")], sessions_planned=3)
    two = make_order(patient, place, GLYCO, legs=[limb("right")], sessions_planned=3)
    sole = make_order(
        patient, place, GLYCO, legs=[limb("left", "sole")], sessions_planned=3
    )
    plan(one, place)
    says = f"left palm was treated that day already; .* {in_days(7):%d-%b-%Y}"
    with pytest.raises(Refusal, match=says):
        plan(one, place)
    plan(two, place)
    with pytest.raises(Refusal, match="2 of 2 places were treated that day"):
        plan(sole, place)
    earliest = in_days(7)
    with pytest.raises(Refusal, match=f"earliest day is {earliest:%d-%b-%Y}"):
        plan(sole, place, 6)
    assert plan(sole, place, 7)


def test_no_more_places_in_an_order_than_a_day_has(place, patient) -> None:
    three = [limb("left"), limb("right"), limb("left", "sole")]
    assert "sites_per_day" in found(place, patient, GLYCO, legs=three)
    twice = [limb("left"), limb("left")]
    assert "place_twice" in found(place, patient, GLYCO, legs=twice)
    assert found(place, patient, GLYCO, legs=three[:2]) == set()


def test_a_claim_keeps_the_gap_but_a_second_run_of_the_leg_is_free(
    place, patient
) -> None:
    order = make_order(patient, place, GLYCO, legs=[limb("left")], sessions_planned=3)
    given = plan(order, place)
    later = plan(order, place, 7)
    give(given, 1, place.clinician)
    (fault,) = leg_claim(leg=later.legs.get(), day=in_days(6)).faults
    assert fault.code == "min_gap"
    assert not leg_claim(leg=later.legs.get(), day=in_days(7)).faults
    again = leg_claim(leg=given.legs.get(), day=today())
    assert "min_gap" not in {one.code for one in again.faults}


def test_a_day_before_a_planned_session_keeps_the_gap_to_it_too(place, patient) -> None:
    order = make_order(patient, place, GLYCO, legs=[limb("left")], sessions_planned=4)
    plan(order, place, 10)
    with pytest.raises(Refusal, match="would come too soon after it"):
        plan(order, place, 5)
    assert plan(order, place, 3)


def test_what_was_checked_is_frozen_with_the_plan(place, patient) -> None:
    leg = plan(make_order(patient, place, DEX), place).legs.get()
    kept = leg_claim(leg=leg, day=today(), box=make_stimulator(place)).to_dict()
    assert {check["code"] for check in kept["checks"]} == {"allergy", "min_gap"}
    layers = {limit["layer"] for one in kept["verdicts"] for limit in one["limits"]}
    assert {
        "device",
        "cathode",
        "anode",
        "pad",
        "protocol",
        "cumulative",
        "age",
    } <= layers
    assert "drug" in layers


def revised(order: Prescription, place: Place, **changes) -> Prescription:
    return make_order(
        order.patient, place, order.adoption.protocol.code, replaces=order, **changes
    )


def test_a_new_version_takes_the_planned_sessions_with_it(place, patient) -> None:
    order = make_order(patient, place, DEX, sessions_planned=4)
    kept = plan(order, place)
    late = plan(order, place, 40)
    new = revised(order, place, sessions_planned=4, expires_on=in_days(30))
    kept.refresh_from_db()
    late.refresh_from_db()
    assert (kept.prescription, late.prescription) == (new, order)
    assert kept.legs.get().prescribed.prescription == new
    assert new.version == 2
    for refused in (
        lambda: plan(order, place, 2),
        lambda: session_check_in(
            session=late, by=place.clinician, version=late.version
        ),
    ):
        with pytest.raises(Refusal, match="replaced by version 2: schedule anew"):
            refused()


def test_sessions_of_older_versions_count_in_the_course(place, patient) -> None:
    order = make_order(patient, place, DEX, sessions_planned=2)
    give(plan(order, place), MA_MIN, place.clinician, days=-3)
    new = revised(order, place, sessions_planned=3)
    assert plan(new, place).number == 2
    plan(new, place, 2)
    with pytest.raises(Refusal, match="3 of 3 sessions stand already"):
        plan(new, place, 4)


def test_a_version_is_replaced_once_and_never_by_another_patients(
    place, patient
) -> None:
    order = make_order(patient, place, DEX)
    revised(order, place)
    with pytest.raises(Conflict, match="replaced already"):
        revised(order, place)
    with pytest.raises(Conflict, match="another patient"):
        make_order(make_patient(place), place, DEX, replaces=order)


def test_a_draft_is_weighed_again_when_changed_and_when_signed(place, patient) -> None:
    draft = make_order(patient, place, DEX, signed=False)
    with pytest.raises(Refusal, match="99 sessions asked"):
        prescription_change(
            draft=draft, by=place.prescriber, **terms(place, DEX, sessions_planned=99)
        )
    assert draft.legs.count() == 1
    place.site.policy = {"max_ua": 3_000}
    place.site.save()
    with pytest.raises(Refusal, match=r"policy of the site, 3\.0 mA"):
        prescription_sign(prescription=draft, by=place.prescriber)


def test_a_signed_order_is_not_changed(place, patient) -> None:
    order = make_order(patient, place, DEX)
    with pytest.raises(Conflict, match="is signed"):
        prescription_change(draft=order, by=place.prescriber, **terms(place, DEX))


def test_a_place_keeps_its_name_over_all_versions(place, patient) -> None:
    order = make_order(patient, place, PALMS)
    palms = leg_for(PALMS, electrodes_build())
    renamed = replace(palms, body_site="hands")
    with pytest.raises(Refusal, match="was “palms both” in version 1"):
        make_order(patient, place, PALMS, replaces=order, legs=[renamed])
    again = make_order(patient, place, PALMS, replaces=order, legs=[palms])
    assert again.version == 2


def test_an_order_of_a_course_that_steps_down_reaches_past_the_induction(
    place, patient
) -> None:
    many = {"sessions_planned": 40}
    with pytest.raises(Refusal, match="40 sessions asked; HH-PALM has 1 to 20"):
        make_order(patient, place, PALMS, **many)
    ladders_load()
    assert make_order(patient, place, PALMS, **many).sessions_planned == 40
    with pytest.raises(Refusal, match="40 sessions asked"):
        make_order(patient, place, DEX, **many)
