"""Layers of limits: the tightest is named with its arithmetic."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.quantities import age_on
from devices.core.parts import peak_ua, rms_ua
from devices.core.profile import CurrentSemantics
from sessions_app.domain.layers import (
    age_verdict,
    charge_verdict,
    current_verdict,
    density_limit_ua,
    exposure_verdicts,
)
from sessions_app.domain.limits import (
    Cumulative,
    Electrode,
    Exposure,
    Layer,
    Limit,
    Quantity,
    SitePolicy,
    Verdict,
    charge_text,
)
from tests.devices.core.examples import PROFILE
from tests.sessions_app.domain.circumstances import (
    DRUG_PAD,
    NC,
    RETURN_PAD,
    TRAY,
    circumstances,
)


def test_a_refusal_reads_as_its_arithmetic() -> None:
    small = replace(DRUG_PAD, area_mm2=1_920)
    about = circumstances("HH-PALM", anode=TRAY, cathode=replace(small))
    about = replace(about, spec=replace(about.spec, reversal=False))
    # The protocol allows 0.2 mA/cm² for trays, the pad 0.5: the tighter binds.
    verdict = current_verdict(about, 12_000)
    assert verdict.text == (
        "12.0 mA asked, 3.84 mA allowed: cathode 19.2 cm² × 0.2 mA/cm²"
    )
    loose = replace(about, spec=_with_density(about.spec, 1_000))
    assert current_verdict(loose, 12_000).text == (
        "12.0 mA asked, 9.6 mA allowed: cathode 19.2 cm² × 0.5 mA/cm²"
    )


def _with_density(spec, limit):  # type: ignore[no-untyped-def]
    return replace(
        spec, density=replace(spec.density, anode_ua_cm2=limit, cathode_ua_cm2=limit)
    )


@pytest.mark.parametrize(
    ("changes", "allowed", "layer", "text"),
    [
        ({}, 4_000, Layer.PROTOCOL, "LE-DEX40 allows 4.0 mA"),
        (
            {"profile": replace(PROFILE, max_current_ua=3_500)},
            3_500,
            Layer.DEVICE,
            "stimulator gives 3.5 mA",
        ),
        (
            {"cathode": replace(DRUG_PAD, area_mm2=799)},
            3_995,
            Layer.CATHODE,
            "cathode 7.99 cm² × 0.5 mA/cm²",
        ),
        (
            {"anode": replace(RETURN_PAD, area_mm2=399)},
            3_990,
            Layer.ANODE,
            "anode 3.99 cm² × 1 mA/cm²",
        ),
        (
            {"anode": replace(RETURN_PAD, anode_limit_ua_cm2=90)},
            3_600,
            Layer.ANODE,
            "anode 40 cm² × 0.09 mA/cm²",
        ),
        (
            {"site": SitePolicy(max_ua=3_000)},
            3_000,
            Layer.SITE,
            "policy of the site, 3.0 mA",
        ),
        (
            {"patient_max_ua": 2_500},
            2_500,
            Layer.PATIENT,
            "prescribed for this patient up to 2.5 mA",
        ),
    ],
)
def test_each_layer_can_be_the_tightest(
    changes: dict[str, object], allowed: int, layer: Layer, text: str
) -> None:
    verdict = current_verdict(circumstances("LE-DEX40", **changes), 4_000)
    assert (verdict.allowed, verdict.tightest.layer) == (allowed, layer)
    assert verdict.tightest.text == text
    assert verdict.original == 4_000
    assert verdict.ok is (allowed == 4_000)


def test_equality_passes_and_one_microampere_more_does_not() -> None:
    about = circumstances("LE-DEX40", cathode=replace(DRUG_PAD, area_mm2=800))
    assert current_verdict(about, 4_000).ok
    assert not current_verdict(about, 4_001).ok


def test_with_reversal_the_cathode_limit_holds_at_both_electrodes() -> None:
    small = replace(TRAY, area_mm2=7_000, anode_limit_ua_cm2=1_000)
    about = circumstances("HH-PALM", anode=small)
    about = replace(about, spec=_with_density(about.spec, 1_000))
    cathode_limit = replace(small, cathode_limit_ua_cm2=100)
    turned = current_verdict(replace(about, anode=cathode_limit), 15_000)
    assert (turned.allowed, turned.tightest.layer) == (7_000, Layer.ANODE)
    straight = replace(about, spec=replace(about.spec, reversal=False))
    still = current_verdict(replace(straight, anode=cathode_limit), 15_000)
    assert still.ok


def test_a_child_is_capped_by_its_age_on_the_day_and_it_can_be_overridden() -> None:
    child = current_verdict(circumstances("HH-PALM", age=9), 15_000)
    assert (child.allowed, child.tightest.layer) == (10_000, Layer.AGE)
    assert child.tightest.text == "9 years old, 10.0 mA under 18"
    assert not child.hard
    assert current_verdict(circumstances("HH-PALM", age=18), 15_000).ok


def test_a_soft_limit_does_not_hide_a_hard_one() -> None:
    weak = replace(PROFILE, max_current_ua=12_000)
    child = current_verdict(circumstances("HH-PALM", age=9, profile=weak), 15_000)
    assert [limit.layer for limit in child.breached] == [Layer.AGE, Layer.DEVICE]
    assert child.hard


def test_above_eighty_percent_is_advice_only() -> None:
    about = circumstances("LE-DEX40")
    assert not current_verdict(about, 3_200).near
    near = current_verdict(about, 3_201)
    assert near.near
    assert near.ok
    assert not current_verdict(about, 4_001).near


@pytest.mark.parametrize(
    ("semantics", "most", "allowed", "text"),
    [
        ("mean", 15_000, 15_000, "stimulator gives 15.0 mA"),
        ("peak", 29_999, 14_999, "stimulator gives 29.999 mA peak, 14.999 mA mean"),
        ("peak", 28_000, 14_000, "stimulator gives 28.0 mA peak, 14.0 mA mean"),
        ("rms", 14_142, 10_000, "stimulator gives 14.142 mA rms, 10.0 mA mean"),
    ],
)
def test_a_pulsed_device_is_limited_by_what_it_polices(
    semantics: str, most: int, allowed: int, text: str
) -> None:
    profile = replace(
        PROFILE, current_semantics=CurrentSemantics(semantics), max_current_ua=most
    )
    verdict = current_verdict(circumstances("HH-PULSE", profile=profile), 15_000)
    device = next(one for one in verdict.limits if one.layer is Layer.DEVICE)
    assert (device.value, device.text) == (allowed, text)


@given(st.integers(1, 60_000), st.sampled_from(["peak", "rms"]))
def test_the_mean_of_a_device_limit_is_the_largest_that_it_gives(
    most: int, semantics: str
) -> None:
    profile = replace(
        PROFILE, current_semantics=CurrentSemantics(semantics), max_current_ua=most
    )
    about = circumstances("HH-PULSE", profile=profile)
    device = next(
        one for one in current_verdict(about, 0).limits if one.layer is Layer.DEVICE
    )
    shape = peak_ua if semantics == "peak" else rms_ua
    assert shape(device.value, about.spec.pulse) <= most
    assert shape(device.value + 1, about.spec.pulse) > most


def test_a_pulse_that_never_pauses_gives_all_of_the_device() -> None:
    about = circumstances("HH-PULSE")
    spec = replace(about.spec, pulse=replace(about.spec.pulse, duty_permille=1000))
    for semantics in CurrentSemantics:
        profile = replace(PROFILE, current_semantics=semantics)
        found = current_verdict(replace(about, spec=spec, profile=profile), 1)
        device = next(one for one in found.limits if one.layer is Layer.DEVICE)
        assert (device.value, device.text) == (30_000, "stimulator gives 30.0 mA")


def test_density_limit_is_what_both_electrodes_allow() -> None:
    about = circumstances("LE-DEX40", anode=replace(RETURN_PAD, area_mm2=600))
    assert density_limit_ua(about) == 6_000
    assert density_limit_ua(circumstances("LE-DEX40")) == 6_650


# Drug


def glyco(**changes):  # type: ignore[no-untyped-def]
    """Pilocarpine with the ceilings that a label may give."""
    about = circumstances("SWEAT-CF", **changes)
    drug = replace(about.spec.drugs[0], max_ua=1_400, child_max_ua=1_000)
    return replace(about, spec=replace(about.spec, drugs=(drug,)))


def drug_limits(verdict: Verdict) -> list[tuple[int, str]]:
    return [(one.value, one.text) for one in verdict.limits if one.layer is Layer.DRUG]


def test_a_drug_has_a_ceiling_of_its_own_that_nobody_overrides() -> None:
    verdict = current_verdict(glyco(), 1_500)
    assert drug_limits(verdict) == [(1_400, "pilocarpine nitrate 0.5 % up to 1.4 mA")]
    assert (verdict.allowed, verdict.tightest.layer) == (1_400, Layer.DRUG)
    assert verdict.hard
    assert current_verdict(glyco(), 1_400).ok


def test_a_child_is_held_to_the_lower_ceiling_of_the_drug() -> None:
    assert drug_limits(current_verdict(glyco(age=17), 1_500)) == [
        (1_000, "pilocarpine nitrate 0.5 % up to 1.0 mA under 18"),
        (1_400, "pilocarpine nitrate 0.5 % up to 1.4 mA"),
    ]
    assert len(drug_limits(current_verdict(glyco(age=18), 1_500))) == 1


def test_every_drug_of_several_is_looked_at() -> None:
    about = glyco()
    second = replace(about.spec.drugs[0], name="other", max_ua=900)
    third = replace(second, name="free", max_ua=None, child_max_ua=None)
    drugs = (third, *about.spec.drugs, second)
    verdict = current_verdict(replace(about, spec=replace(about.spec, drugs=drugs)), 1)
    assert [value for value, _ in drug_limits(verdict)] == [900, 1_400]


def capped_drug(cap: int | None, **changes):  # type: ignore[no-untyped-def]
    about = circumstances("LE-DEX40", **changes)
    drug = replace(about.spec.drugs[0], sessions_per_site=cap)
    return replace(about, spec=replace(about.spec, drugs=(drug,)))


def test_a_drug_is_given_so_often_at_a_place_and_no_oftener() -> None:
    given = Exposure("dexamethasone", 9, "9 since 22-Nov-2025")
    tenth = list(exposure_verdicts(capped_drug(10, exposures=(given,))))
    assert [one.ok for one in tenth] == [True]
    eleventh = next(exposure_verdicts(capped_drug(9, exposures=(given,))))
    assert (eleventh.ok, eleventh.hard, eleventh.near) == (False, True, False)
    assert (eleventh.quantity, eleventh.tightest.layer) == ("sessions", Layer.DRUG)
    assert eleventh.text == (
        "session 10 of at most 9: dexamethasone sodium phosphate at this place,"
        " 9 since 22-Nov-2025"
    )


def test_another_drug_given_there_does_not_count() -> None:
    other = Exposure("lidocaine", 9, "9 since then")
    found = next(exposure_verdicts(capped_drug(1, exposures=(other,))))
    assert (found.asked, found.ok) == (1, True)
    assert (
        found.text
        == "session 1 of at most 1: dexamethasone sodium phosphate at this place"
    )


def test_all_that_was_given_of_a_drug_is_added_up() -> None:
    given = (
        Exposure("dexamethasone", 2, "2 here"),
        Exposure("dexamethasone", 1, "1 there"),
    )
    found = next(exposure_verdicts(capped_drug(3, exposures=given)))
    assert found.text == (
        "session 4 of at most 3: dexamethasone sodium phosphate at this place, 2 here,"
        " 1 there"
    )


def test_a_drug_without_a_cap_has_no_exposure_verdict() -> None:
    assert list(exposure_verdicts(capped_drug(None))) == []
    about = capped_drug(None)
    capped = replace(about.spec.drugs[0], code="second", sessions_per_site=3)
    spec = replace(about.spec, drugs=(*about.spec.drugs, capped))
    assert len(list(exposure_verdicts(replace(about, spec=spec)))) == 1


# Vocabulary


def test_layers_and_quantities_are_the_words_that_records_hold() -> None:
    assert [layer.value for layer in Layer] == [
        *("device", "cathode", "anode", "pad", "drug"),
        *("protocol", "site", "age", "patient", "cumulative", "course"),
    ]
    assert [one.value for one in Quantity] == ["current", "charge", "age", "sessions"]


def test_what_was_not_said_is_not_assumed() -> None:
    plain = Electrode("Pad", "elbow", "pad", 1_330, 1_000, 500)
    assert (plain.rating_nc, plain.region, plain.side, plain.material) == (
        None,
        None,
        "",
        "",
    )
    assert plain.waveforms == ("dc", "pulsed")
    assert SitePolicy() == SitePolicy(max_ua=None, max_charge_nc=None)
    about = circumstances("LE-DEX40")
    assert (about.session_number, about.exposures, about.cumulative) == (1, (), ())


# Verdicts


def test_the_layers_come_in_this_order_when_they_allow_the_same() -> None:
    about = circumstances(
        "HH-PALM",
        age=9,
        anode=replace(TRAY, area_mm2=5_000),
        cathode=replace(TRAY, area_mm2=5_000),
        profile=replace(PROFILE, max_current_ua=10_000),
        patient_max_ua=10_000,
        site=SitePolicy(max_ua=10_000),
    )
    currents = replace(about.spec.currents, max_ua=10_000)
    about = replace(about, spec=replace(about.spec, currents=currents))
    found = current_verdict(about, 10_001)
    assert [limit.layer for limit in found.limits] == [
        Layer.DEVICE,
        Layer.CATHODE,
        Layer.ANODE,
        Layer.PROTOCOL,
        Layer.PATIENT,
        Layer.SITE,
        Layer.AGE,
    ]
    assert [limit.soft for limit in found.limits] == [False] * 5 + [True] * 2
    assert len(found.breached) == 7


def test_a_current_is_near_its_limit_above_eighty_percent_of_it() -> None:
    limits = (Limit(Layer.DEVICE, 1_001, ""),)
    assert not Verdict(Quantity.CURRENT, 800, limits).near
    assert Verdict(Quantity.CURRENT, 801, limits).near
    assert Verdict(Quantity.CHARGE, 801, limits).near
    assert not Verdict(Quantity.SESSIONS, 1_001, limits).near
    assert not Verdict(Quantity.AGE, 1_001, limits).near


def test_without_a_protocol_layer_the_tightest_is_the_original() -> None:
    limits = (Limit(Layer.PAD, 5, ""), Limit(Layer.PROTOCOL, 9, ""))
    assert Verdict(Quantity.CHARGE, 1, limits[:1]).original == 5
    assert Verdict(Quantity.CHARGE, 1, limits).original == 9


def test_charge_reads_in_milliampere_minutes() -> None:
    assert charge_text(40 * NC) == "40.00 mA·min"


# Charge


def test_each_window_is_a_limit_and_both_pads_are_rated() -> None:
    caps = (Cumulative(60 * NC, 25 * NC, "this day"), Cumulative(90 * NC, 0, "a week"))
    about = circumstances(
        "LE-DEX40", cumulative=caps, anode=replace(RETURN_PAD, rating_nc=70 * NC)
    )
    verdict = charge_verdict(about, 1)
    assert verdict is not None
    assert [(one.layer, one.value) for one in verdict.limits] == [
        (Layer.CUMULATIVE, 35 * NC),
        (Layer.PAD, 70 * NC),
        (Layer.PAD, 80 * NC),
        (Layer.CUMULATIVE, 90 * NC),
    ]
    assert not any(limit.soft for limit in verdict.limits)
    assert verdict.limits[1].text == "anode Return pad 40 cm² is rated 70.00 mA·min"


def test_a_cap_that_was_passed_leaves_nothing_rather_than_less() -> None:
    cap = Cumulative(60 * NC, 61 * NC, "this day")
    verdict = charge_verdict(circumstances("LE-DEX40", cumulative=(cap,)), 1)
    assert verdict is not None
    assert (verdict.allowed, verdict.ok) == (0, False)
    assert verdict.text == (
        "0.00 mA·min asked, 0.00 mA·min allowed: 60.00 mA·min for this day,"
        " 61.00 mA·min of it given at most"
    )


def test_without_a_rating_or_cap_charge_has_no_verdict() -> None:
    assert charge_verdict(circumstances("HH-PALM"), 10**12) is None


def test_a_pad_is_held_to_its_rating() -> None:
    verdict = charge_verdict(circumstances("LE-DEX40"), 80 * NC + 1)
    assert verdict is not None
    assert (verdict.ok, verdict.hard, verdict.quantity) == (False, True, "charge")
    assert verdict.text == (
        "80.00 mA·min asked, 80.00 mA·min allowed:"
        " cathode Buffered pad 13 cm² is rated 80.00 mA·min"
    )
    equal = charge_verdict(circumstances("LE-DEX40"), 80 * NC)
    assert equal is not None
    assert equal.ok


def test_what_may_have_been_given_counts_against_a_cap() -> None:
    cap = Cumulative(60 * NC, 25 * NC, "this day")
    about = circumstances("LE-DEX40", cumulative=(cap,))
    verdict = charge_verdict(about, 40 * NC)
    assert verdict is not None
    assert (verdict.allowed, verdict.hard) == (35 * NC, True)
    assert verdict.text.endswith(
        "60.00 mA·min for this day, 25.00 mA·min of it given at most"
    )


def test_a_site_may_allow_less_charge_softly() -> None:
    about = circumstances("HH-PALM", site=SitePolicy(max_charge_nc=200 * NC))
    verdict = charge_verdict(about, 300 * NC)
    assert verdict is not None
    assert (verdict.ok, verdict.hard) == (False, False)
    assert verdict.tightest.text == "policy of the site, 200.00 mA·min"


# Age


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (dt.date(2026, 11, 1), 8),
        (dt.date(2026, 11, 2), 9),
        (dt.date(2027, 1, 1), 9),
    ],
)
def test_age_is_that_of_the_day_of_treatment(day: dt.date, age: int) -> None:
    assert age_on(dt.date(2017, 11, 2), day) == age


def test_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    born = dt.date(2020, 2, 29)
    assert age_on(born, dt.date(2026, 2, 28)) == 5
    assert age_on(born, dt.date(2026, 3, 1)) == 6


def test_under_the_age_floor_nothing_is_given() -> None:
    young = age_verdict(circumstances("HH-PALM", age=5))
    assert (young.ok, young.hard, young.quantity) == (False, True, Quantity.AGE)
    assert young.text == "5 years old, from 6: HH-PALM is for patients from 6 years"
    assert age_verdict(circumstances("HH-PALM", age=6)).ok
