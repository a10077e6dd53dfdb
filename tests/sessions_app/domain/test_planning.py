"""From a prescription to programme and leads: nothing clamped, every reason told."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.core.parts import Window
from devices.core.programme import planned
from devices.core.run_lifecycle import EndReason
from devices.core.validation import validate
from sessions_app.domain.completeness import Delivery, Verdict, reconcile
from sessions_app.domain.limits import Cumulative, Exposure, Layer, Limit, SitePolicy
from sessions_app.domain.places import Region
from sessions_app.domain.planning import PlanRefused, Request, plan
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import Areas, Currents, Steps
from tests.devices.core.examples import DRUG, HOLDS, PROFILE, TAP_WATER
from tests.sessions_app.domain.circumstances import (
    DRUG_PAD,
    NC,
    RETURN_PAD,
    RIGHT_TRAY,
    TRAY,
    request,
)
from tests.sessions_app.domain.specs import LIDOCAINE, SPECS


def refused(asked: Request) -> dict[str, str]:
    with pytest.raises(PlanRefused) as caught:
        plan(asked)
    return {reason.code: reason.text for reason in caught.value.reasons}


@pytest.mark.parametrize("code", SPECS)
def test_each_published_protocol_gives_a_programme_that_a_device_may_hold(
    code: str,
) -> None:
    made = plan(request(code))
    validate(made.programme, PROFILE)
    assert made.expected_nc == planned(made.programme).charge_nc
    assert made.expected_nc <= made.programme.envelope.max_charge_nc
    assert all(verdict.ok for verdict in made.verdicts)


@pytest.mark.parametrize("code", SPECS)
def test_a_course_as_planned_is_complete(code: str) -> None:
    made = plan(request(code))
    delivery = Delivery(
        made.programme.basis,
        made.ceiling_nc,
        made.curve.charge_nc,
        made.programme.flow_ms,
        made.curve.flow_ms,
        event_complete=made.curve.reason is EndReason.TIME,
    )
    assert reconcile(delivery).verdict is Verdict.COMPLETE


def test_what_each_protocol_is_expected_to_deliver() -> None:
    expected = {code: plan(request(code)).expected_nc for code in SPECS}
    assert 40 * NC <= expected["LE-DEX40"] < 40 * NC + 4_000
    # 20 minutes at 10 mA, less what climb, reversal and end ramp take of it.
    assert 190 * NC < expected["HH-PALM"] < expected["HH-PULSE"] < 200 * NC
    assert 7 * NC < expected["SWEAT-CF"] < 15 * NC // 2


def test_the_drug_is_told_by_lead_colour_and_place() -> None:
    layout = plan(request("LE-DEX40")).layout
    assert (layout.black.pole, layout.red.pole) == ("cathode", "anode")
    assert layout.black.text == (
        "black lead: lateral epicondyle, Buffered pad 13 cm²,"
        " dexamethasone sodium phosphate 0.4 %"
    )
    assert layout.red.text == "red lead: upper arm, Return pad 40 cm², no drug"
    assert layout.red.drug == ""


def test_a_cation_is_on_the_red_lead() -> None:
    layout = plan(request("SWEAT-CF")).layout
    assert (layout.red.drug, layout.black.drug) == ("pilocarpine nitrate 0.5 %", "")
    assert layout.red.place == "volar forearm"


@pytest.mark.parametrize(
    ("code", "pole", "text"),
    [
        ("LE-DEX40", Pole.ANODE, "is an anion: it goes under the cathode, not the"),
        ("SWEAT-CF", Pole.CATHODE, "is a cation: it goes under the anode, not the"),
    ],
)
def test_a_drug_under_the_wrong_pole_is_refused(
    code: str, pole: Pole, text: str
) -> None:
    assert text in refused(request(code, drug_pole=pole))["wrong_pole"]


def test_a_drug_needs_its_pole_and_tap_water_has_none() -> None:
    assert "drug_pole_missing" in refused(request("LE-DEX40", drug_pole=None))
    assert "no_drug" in refused(request("HH-PALM", drug_pole=Pole.ANODE))


def test_density_over_the_limit_is_refused_with_the_arithmetic() -> None:
    small = replace(DRUG_PAD, area_mm2=700)
    assert refused(request("LE-DEX40", cathode=small)) == {
        "current_cathode": "4.0 mA asked, 3.5 mA allowed: cathode 7 cm² × 0.5 mA/cm²"
    }


def test_every_reason_is_told_at_once() -> None:
    reasons = refused(
        request(
            "LE-DEX40",
            age=17,
            drug_pole=Pole.ANODE,
            anode=replace(RETURN_PAD, area_mm2=300),
            cathode=replace(DRUG_PAD, area_mm2=700, rating_nc=39 * NC),
            cumulative=(Cumulative(80 * NC, 41 * NC, "this pad"),),
        )
    )
    assert set(reasons) == {
        "age_age",
        "wrong_pole",
        "current_anode",
        "current_cathode",
        "charge_pad",
        "charge_cumulative",
    }
    assert reasons["age_age"].startswith("17 years old, from 18")
    assert reasons["current_anode"].startswith("4.0 mA asked, 3.0 mA allowed")


def test_the_ceiling_of_today_bounds_window_target_and_envelope() -> None:
    today = Limit(Layer.COURSE, 8_500, "8.0 mA last time, one step more")
    made = plan(request("HH-PALM", course=today, patient_max_ua=12_000))
    window = made.programme.window
    assert (window.start_ua, window.ceiling_ua) == (0, 8_500)
    assert made.programme.target_ua == 8_500
    assert made.programme.envelope.max_mean_ua < 9_600
    current = next(one for one in made.verdicts if one.quantity == "current")
    assert (current.tightest, current.asked) == (today, 8_500)


def test_the_ceiling_of_a_patient_is_planned_as_prescribed_not_clamped() -> None:
    made = plan(request("HH-PALM", patient_max_ua=8_000))
    assert made.programme.window.ceiling_ua == 8_000
    assert made.programme.target_ua == 8_000
    assert made.ceiling_nc == 160 * NC


def test_a_ceiling_over_the_protocol_is_refused() -> None:
    reasons = refused(request("HH-PALM", patient_max_ua=16_000))
    assert "16.0 mA cannot be its ceiling" in reasons["prescription"]


def test_a_dose_out_of_reach_is_refused() -> None:
    reasons = refused(request("LE-DEX40", patient_max_ua=1_500))
    assert "40.0000 mA·min are not reached at 1.5 mA" in reasons["programme"]


def test_a_buffer_too_small_is_refused() -> None:
    assert (
        "14400 samples"
        in refused(request("HH-PALM", buffer_samples=14_399))["programme"]
    )


def test_a_soft_limit_yields_to_a_reason_and_to_nothing_less() -> None:
    child: dict[str, Any] = {"age": 9}
    assert set(refused(request("HH-PALM", **child))) == {"current_age"}
    empty = request("HH-PALM", **child, overrides={Layer.AGE: "  "})
    assert set(refused(empty)) == {"current_age"}
    other = request("HH-PALM", **child, overrides={Layer.SITE: "tolerates it"})
    assert set(refused(other)) == {"current_age"}
    made = plan(request("HH-PALM", **child, overrides={Layer.AGE: "tolerates it"}))
    assert made.programme.window.ceiling_ua == 15_000


def test_a_hard_limit_yields_to_no_reason() -> None:
    everything = dict.fromkeys(Layer, "because")
    small = replace(DRUG_PAD, area_mm2=700)
    asked = request("LE-DEX40", cathode=small, age=9, overrides=everything)
    assert set(refused(asked)) == {"current_cathode", "age_age"}


def test_trays_bridge_at_a_lower_impedance_than_pads() -> None:
    assert plan(request("HH-PALM")).programme.contact.bridge_ohm == 300
    assert plan(request("LE-DEX40")).programme.contact.bridge_ohm == 500
    # Beside a tray a pad still bridges at the threshold that is met first.
    mixed = request("HH-PALM", cathode=replace(RIGHT_TRAY, kind="pad"))
    assert plan(mixed).programme.contact.bridge_ohm == 500


def test_a_device_that_pauses_for_less_shortens_the_hold() -> None:
    short = replace(PROFILE, max_pause_ms=60_000)
    assert plan(request("HH-PALM", profile=short)).programme.holds.max_hold_ms == 60_000
    never = replace(PROFILE, max_pause_ms=0, resume_allowed=False)
    assert plan(request("HH-PALM", profile=never)).programme.holds == HOLDS


def test_a_plan_is_json_ready_and_says_why_it_is_allowed() -> None:
    wire = json.loads(json.dumps(plan(request("LE-DEX40")).to_dict()))
    texts = [verdict["text"] for verdict in wire["verdicts"]]
    assert "4.0 mA asked, 4.0 mA allowed: LE-DEX40 allows 4.0 mA" in texts
    assert wire["layout"]["black"]["drug"] == "dexamethasone sodium phosphate 0.4 %"
    assert wire["density_limit_ua"] == 6_650


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(list(SPECS)),
    st.integers(0, 90),
    st.integers(100, 40_000),
    st.integers(100, 40_000),
    st.one_of(st.none(), st.integers(0, 20_000)),
    st.one_of(st.none(), st.integers(0, 20_000)),
    st.integers(500, 40_000),
)
def test_no_plan_ever_passes_a_hard_limit(
    code: str,
    age: int,
    anode_mm2: int,
    cathode_mm2: int,
    patient_ua: int | None,
    site_ua: int | None,
    device_ua: int,
) -> None:
    asked = request(
        code,
        age=age,
        patient_max_ua=patient_ua,
        site=SitePolicy(max_ua=site_ua),
        profile=replace(PROFILE, max_current_ua=device_ua),
        overrides=dict.fromkeys(Layer, "all that can be"),
    )
    about = asked.about
    about = replace(
        about,
        anode=replace(about.anode, area_mm2=anode_mm2),
        cathode=replace(about.cathode, area_mm2=cathode_mm2),
    )
    try:
        made = plan(replace(asked, about=about))
    except PlanRefused:
        return
    ceiling = made.programme.window.ceiling_ua
    assert age >= about.spec.ages.floor
    assert ceiling <= min(device_ua, about.spec.currents.max_ua)
    assert patient_ua is None or ceiling <= patient_ua
    for electrode in (about.anode, about.cathode):
        limit = max(electrode.anode_limit_ua_cm2, electrode.cathode_limit_ua_cm2)
        assert ceiling * 100 <= limit * electrode.area_mm2
    assert made.programme.target_ua <= ceiling


# The rules that a prescriber's order meets besides the limits


def test_places_sizes_and_waveforms_are_refused_together() -> None:
    worn = replace(DRUG_PAD, kind="patch", waveforms=(), area_mm2=200)
    heart = replace(RETURN_PAD, region=Region.CHEST)
    reasons = refused(request("LE-DEX40", cathode=worn, anode=heart))
    assert set(reasons) == {
        "active_area",
        "waveform",
        "worn_patch",
        "path_never",
        "current_cathode",
    }


def test_a_ceiling_over_the_protocol_does_not_hide_other_reasons() -> None:
    asked = request("HH-PALM", patient_max_ua=16_000, age=5, drug_pole=Pole.ANODE)
    assert set(refused(asked)) == {
        "prescription",
        "age_age",
        "no_drug",
        "current_age",
    }


def test_the_active_electrode_is_the_one_with_the_drug() -> None:
    spec = replace(SPECS["LE-DEX40"], areas=Areas(1_330, 4_000))
    assert plan(request("LE-DEX40", spec=spec)).layout.black.area_mm2 == 1_330
    turned = replace(spec, areas=Areas(1_331, 4_001))
    assert set(refused(request("LE-DEX40", spec=turned))) == {
        "active_area",
        "return_area",
    }
    # Without a drug the red lead has the active one.
    small = replace(SPECS["HH-PALM"], areas=Areas(33_001, 1))
    assert set(refused(request("HH-PALM", spec=small))) == {"active_area"}


def test_a_drug_given_too_often_is_refused() -> None:
    spec = SPECS["LE-DEX40"]
    drug = replace(spec.drugs[0], sessions_per_site=6)
    given = (Exposure("dexamethasone", 6, "6 since then"),)
    asked = request("LE-DEX40", spec=replace(spec, drugs=(drug,)), exposures=given)
    assert refused(asked)["sessions_drug"].startswith("session 7 of at most 6")
    everything = replace(asked, overrides=dict.fromkeys(Layer, "because"))
    assert set(refused(everything)) == {"sessions_drug"}


def test_two_drugs_are_planned_each_under_its_pole() -> None:
    spec = replace(SPECS["LE-DEX40"], drugs=(*SPECS["LE-DEX40"].drugs, LIDOCAINE))
    layout = plan(request("LE-DEX40", spec=spec)).layout
    assert (layout.black.drug, layout.red.drug) == (
        "dexamethasone sodium phosphate 0.4 %",
        "lidocaine 4 %",
    )


GROWING = replace(
    SPECS["HH-PALM"],
    reversal=False,
    steps=Steps(6_000, 360_000, 2_000, 120_000, 2, 14_000, 960_000),
)


@pytest.mark.parametrize(
    ("number", "patient_ua", "current", "flow_ms"),
    [
        (1, None, 6_000, 360_000),
        (3, None, 8_000, 480_000),
        (99, None, 14_000, 960_000),
        (1, 9_000, 6_000, 360_000),
        (5, 9_000, 9_000, 600_000),
        (5, 15_000, 10_000, 600_000),
        (1, 5_000, 5_000, 360_000),
    ],
)
def test_a_growing_current_is_planned_at_its_session(
    number: int, patient_ua: int | None, current: int, flow_ms: int
) -> None:
    made = plan(
        request(
            "HH-PALM", spec=GROWING, session_number=number, patient_max_ua=patient_ua
        )
    )
    window = made.programme.window
    assert (made.programme.target_ua, window.ceiling_ua) == (current, current)
    assert made.programme.flow_ms == flow_ms
    assert made.ceiling_nc == current * flow_ms
    assert made.verdicts[1].asked == current


def test_a_step_over_the_ceiling_of_the_protocol_is_refused() -> None:
    high = replace(GROWING, steps=replace(GROWING.steps, cap_ua=16_000))
    asked = request("HH-PALM", spec=high, session_number=99, patient_max_ua=9_000)
    assert "session 99 would have 16.0 mA" in refused(asked)["prescription"]


def test_the_protocol_layer_says_what_the_protocol_allows() -> None:
    made = plan(request("HH-PALM", patient_max_ua=8_000))
    current = made.verdicts[1]
    assert (current.original, current.allowed) == (15_000, 8_000)
    assert current.text == (
        "8.0 mA asked, 8.0 mA allowed: prescribed for this patient up to 8.0 mA"
    )


def test_a_refusal_carries_its_reasons_and_verdicts() -> None:
    with pytest.raises(PlanRefused) as caught:
        plan(request("HH-PALM", age=5, drug_pole=Pole.ANODE))
    assert str(caught.value) == (
        "a drug under the anode was named, but this protocol has none."
        " 5 years old, from 6: HH-PALM is for patients from 6 years."
        " 15.0 mA asked, 10.0 mA allowed: 5 years old, 10.0 mA under 18."
    )
    assert [one.quantity for one in caught.value.verdicts] == ["age", "current"]


def test_each_breached_limit_is_told_with_its_own_number() -> None:
    reasons = refused(
        request(
            "HH-PALM",
            anode=replace(TRAY, area_mm2=6_000),
            cathode=replace(TRAY, area_mm2=5_000),
        )
    )
    assert reasons == {
        "current_anode": "15.0 mA asked, 12.0 mA allowed: anode 60 cm² × 0.2 mA/cm²",
        "current_cathode": (
            "15.0 mA asked, 10.0 mA allowed: cathode 50 cm² × 0.2 mA/cm²"
        ),
    }


def test_the_programme_is_that_of_the_protocol_to_the_number() -> None:
    """Every field that a device is told, for a titrated and a charge-led run."""
    palm = plan(request("HH-PALM")).programme
    assert palm.to_dict() == {
        **replace(TAP_WATER, dose_nc=palm.dose_nc).to_dict(),
        "contact": {**asdict(TAP_WATER.contact), "bridge_ohm": 300},
    }
    assert palm.dose_nc == planned(palm).charge_nc
    tendon = plan(request("LE-DEX40")).programme
    assert tendon == DRUG


def test_the_titration_window_is_that_of_the_protocol() -> None:
    currents = Currents(2_000, 1_000, 10_000, 15_000, 700, 6_000, 400)
    spec = replace(SPECS["HH-PALM"], currents=currents)
    window = plan(request("HH-PALM", spec=spec)).programme.window
    assert window == Window(2_000, 1_000, 15_000, 700, 6_000, 400)


def test_the_record_of_a_plan_has_all_of_it() -> None:
    made = plan(request("SWEAT-CF"))
    wire = made.to_dict()
    verdicts = wire.pop("verdicts")
    assert wire == {
        "programme": made.programme.to_dict(),
        "layout": asdict(made.layout),
        "points": [list(point) for point in made.curve.points],
        "expected_nc": made.expected_nc,
        "ceiling_nc": 450_000_000,
        "density_limit_ua": 3_500,
    }
    assert len(verdicts) == 2
    assert verdicts[0] == {
        "quantity": "age",
        "asked": 34,
        "allowed": 0,
        "original": 0,
        "layer": "age",
        "ok": True,
        "hard": False,
        "near": False,
        "text": "34 years old, from 0: SWEAT-CF is for patients from 0 years",
        "limits": [
            {
                "layer": "age",
                "value": 0,
                "text": "SWEAT-CF is for patients from 0 years",
                "soft": False,
            }
        ],
    }


def test_the_charge_envelope_is_a_twentieth_over_the_ceiling() -> None:
    made = plan(request("HH-PALM"))
    assert made.ceiling_nc == 15_000 * 1_200_000
    assert made.programme.envelope.max_charge_nc == 18_900_000_000
    assert plan(request("LE-DEX40")).ceiling_nc == 2_400_000_000
