"""From a row and what a prescriber enters to a whole protocol, or every reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sessions_app.catalogue import simulated_adoptions
from sessions_app.domain.adoption import Entered, ResolveError, differences, resolve
from sessions_app.domain.entry import open_fields
from sessions_app.domain.protocol import Carriage, PathClass, ProtocolSpec, Trust
from tests.sessions_app.domain.rows import ENTRIES, entry_with

OURS = "Our formulary, page 3"


def given(values: Mapping[str, Any]) -> dict[str, Entered]:
    return {field: Entered(value, OURS) for field, value in values.items()}


def adopted(code: str, **values: Any) -> ProtocolSpec:
    """A row by its simulated adoption, with other values, `__` for the dot."""
    base = simulated_adoptions()[code].entered
    own = {name.replace("__", "."): what for name, what in values.items()}
    return resolve(ENTRIES[code], {**base, **given(own)})


def problems(code: str, entered: Mapping[str, Entered]) -> dict[str, str]:
    with pytest.raises(ResolveError) as caught:
        resolve(ENTRIES[code], entered)
    return {one.field: one.text for one in caught.value.problems}


def refused(code: str, **values: Any) -> dict[str, str]:
    base = simulated_adoptions()[code].entered
    own = {name.replace("__", "."): what for name, what in values.items()}
    return problems(code, {**base, **given(own)})


def test_a_sourced_row_needs_nothing_entered() -> None:
    spec = resolve(ENTRIES["HH-SOLE"], {})
    assert (spec.currents.target_ua, spec.currents.max_ua) == (15_000, 20_000)
    assert (spec.path, spec.reversal, spec.drugs) == (PathClass.LIMB_TO_LIMB, True, ())


@pytest.mark.parametrize(
    "code", [code for code in simulated_adoptions() if open_fields(ENTRIES[code])]
)
def test_every_open_field_is_told_at_once(code: str) -> None:
    told = problems(code, {})
    assert {one.field for one in open_fields(ENTRIES[code])} <= set(told)


@pytest.mark.parametrize("code", simulated_adoptions())
def test_leaving_out_any_one_open_field_is_refused(code: str) -> None:
    whole = simulated_adoptions()[code].entered
    for one in open_fields(ENTRIES[code]):
        rest = {field: what for field, what in whole.items() if field != one.field}
        assert list(problems(code, rest)) == [one.field]


def test_what_is_open_says_why_the_unit_and_what_to_do() -> None:
    told = problems("LE-DEX40", {})
    assert told["currents.max_ua"] == (
        "Highest current is from memory (published: 4 mA); enter it, in mA, with the"
        " source relied on"
    )
    assert "is site policy (published: limb)" in told["path"]


def test_a_published_figure_from_memory_is_never_taken_silently() -> None:
    assert "density.anode_ua_cm2" in problems("LE-DEX40", {})


@pytest.mark.parametrize("source", ["", "  "])
def test_a_value_without_a_source_is_refused(source: str) -> None:
    entered = dict(simulated_adoptions()["LE-DEX40"].entered)
    entered["ages.floor"] = replace(entered["ages.floor"], source=source)
    assert problems("LE-DEX40", entered) == {"ages.floor": "Name the source relied on"}


def test_a_value_outside_what_was_read_in_a_source_is_refused() -> None:
    told = refused("HH-PALM", currents__max_ua=25_000)
    assert told["currents.max_ua"].startswith(
        "Highest current 25 mA is outside the published 15 to 20 mA (German Wikipedia"
    )


def test_a_value_within_what_was_read_or_more_careful_stands() -> None:
    assert adopted("HH-PALM", currents__max_ua=20_000).currents.max_ua == 20_000
    assert adopted("HH-PALM", currents__max_ua=12_000).currents.max_ua == 12_000
    assert adopted("HH-PALM", ages__floor=12).ages.floor == 12


def test_a_value_from_memory_gives_way_to_one_with_its_source() -> None:
    spec = adopted("LE-DEX40", currents__max_ua=4_500, density__anode_ua_cm2=1_500)
    assert spec.currents.max_ua == 4_500
    assert spec.density.anode_ua_cm2 == 1_500


def test_the_poles_are_a_choice_only_where_the_row_says_so() -> None:
    assert adopted("HH-PALM", reversal=False).reversal is False
    assert "reversal" in refused("HH-AXIL", reversal=False)
    assert "reversal" in refused("LE-DEX40", reversal=True)


def test_a_word_is_picked_of_those_published() -> None:
    pulsed = adopted(
        "HH-UK7",
        waveform="pulsed",
        pulse__frequency_hz=10_000,
        pulse__duty_permille=500,
    )
    assert pulsed.pulse is not None
    assert adopted("HH-UK7").pulse is None
    assert set(refused("HH-UK7", waveform="pulsed")) == {
        "pulse.frequency_hz",
        "pulse.duty_permille",
    }


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"currents__max_ua": "15"}, "currents.max_ua", "is int, not '15'"),
        ({"currents__max_ua": -1}, "currents.max_ua", "is not below 0, but -1"),
        ({"currents__max_ua": None}, "currents.max_ua", "is empty; enter it"),
        ({"path": "heart"}, "path", "Path of the current is one of local"),
        ({"path": "trunk"}, "path", "trunk is outside the published limb_to_limb"),
        ({"mood": 1}, "mood", "HH-PALM has no such field; leave it out"),
        ({"reversal_optional": True}, "reversal_optional", "no such field"),
        ({"drugs": []}, "drugs", "no such field"),
        ({"drugs__0__sign": "anion"}, "drugs.0.sign", "no such field"),
    ],
)
def test_a_bad_value_is_named(values: Any, field: str, text: str) -> None:
    assert text in refused("HH-PALM", **values)[field]


@pytest.mark.parametrize(
    ("code", "values", "field", "text"),
    [
        ("HH-PALM", {"currents__max_ua": 9_000}, "currents.target_ua", "above highest"),
        ("LE-DEX40", {"currents__target_ua": 5_000}, "currents.target_ua", "is above"),
        ("LE-DEX40", {"basis": "time"}, "course.dose_nc", "charge basis alone"),
        ("LE-DEX40", {"course__max_flow_ms": 60_000}, "course.dose_nc", "not reached"),
        ("HH-GLYCO", {"currents__target_ua": 7_000, "currents__start_ua": 30_000},
         "currents.start_ua", "outside the published"),
    ],
)  # fmt: skip
def test_values_that_contradict_each_other_are_refused(
    code: str, values: Any, field: str, text: str
) -> None:
    assert text in refused(code, **values)[field]


# Drugs


def test_a_drug_is_picked_of_the_row_with_its_own_pole() -> None:
    spec = adopted("LE-DICL", drugs=[{"code": "salicylate", "concentration": " 2 % "}])
    (drug,) = spec.drugs
    assert (drug.code, drug.concentration, drug.pole) == (
        "salicylate",
        "2 %",
        "cathode",
    )


def test_drugs_of_both_signs_lie_under_both_poles() -> None:
    poles = [drug.pole for drug in adopted("GALV-MULTI").drugs]
    assert poles == ["anode", "cathode"]


@pytest.mark.parametrize(
    ("picked", "text"),
    [
        ([], "Pick one or more drugs"),
        ("diclofenac", "Pick one or more drugs"),
        ([{"code": "fentanyl", "concentration": "1 %"}], "fentanyl is none of diclo"),
        ([{"code": "diclofenac", "concentration": " "}], "concentration of diclofenac"),
        ([{"code": "diclofenac", "concentration": 1}], "concentration of diclofenac"),
        ([{"code": "diclofenac"}], "A drug is a code and a concentration"),
        (
            [{"code": "diclofenac", "concentration": "1 %", "sign": "cation"}],
            "A drug is a code and a concentration",
        ),
        (["diclofenac"], "A drug is a code and a concentration"),
    ],
)
def test_a_badly_picked_drug_is_refused(picked: Any, text: str) -> None:
    assert text in refused("LE-DICL", drugs=picked)["drugs"]


def test_a_sign_from_memory_is_confirmed_never_turned() -> None:
    assert adopted("HH-ALCL", drugs__0__sign="cation").drugs[0].pole == "anode"
    told = refused("HH-ALCL", drugs__0__sign="anion")["drugs.0.sign"]
    assert "is listed as cation, not anion" in told


def test_a_drug_that_rides_with_water_stays_under_the_anode() -> None:
    verapamil, dex = adopted("PD-EMDA").drugs
    assert (verapamil.pole, dex.pole) == ("anode", "anode")
    assert dex.carriage is Carriage.ELECTRO_OSMOSIS
    told = refused("PD-EMDA", drugs__1__carriage="migration")
    assert "is listed as electro_osmosis" in told["drugs.1.carriage"]


def test_a_concentration_is_entered() -> None:
    spec = adopted("LIDO-PED", drugs__0__concentration=" 2 % ")
    assert spec.drugs[0].concentration == "2 %"
    told = refused("LIDO-PED", drugs__0__concentration=2)
    assert "Concentration of lidocaine" in told["drugs.0.concentration"]
    assert "drugs.1.concentration" in refused("LIDO-PED", drugs__1__concentration="1 %")


# What is not treated


@pytest.mark.parametrize("code", ["PATCH-DEX", "DENT-CARIES", "OOS-FENT"])
def test_a_row_that_is_not_treated_is_refused_with_its_reason(code: str) -> None:
    assert problems(code, {}) == {"kind": ENTRIES[code].reason}


# What stays of the sources


def test_an_entered_value_names_its_source_in_the_protocol() -> None:
    spec = adopted("LE-DEX40", currents__max_ua=4_500)
    (own,) = [one for one in spec.sources if "currents.max_ua" in one.fields]
    assert (own.trust, own.name) == (Trust.POLICY, OURS)
    assert own.says == "Entered at adoption; published: 4 mA, from memory."


@pytest.mark.parametrize("code", simulated_adoptions())
def test_each_field_of_a_protocol_has_one_source_and_each_source_a_field(
    code: str,
) -> None:
    spec = simulated_adoptions()[code].spec
    named = [field for source in spec.sources for field in source.fields]
    assert len(named) == len(set(named))
    for field in named:
        what: Any = spec
        for part in field.split("."):
            what = what[int(part)] if part.isdigit() else getattr(what, part)
        if what is None:
            # No pulse on direct current, no minutes on the charge basis.
            raise AssertionError(field)


def test_minutes_end_nothing_on_the_charge_basis() -> None:
    assert adopted("LE-DEX40").course.flow_ms == 0


def test_a_course_that_rises_keeps_its_steps_and_days() -> None:
    steps = adopted("GALV-CNS").steps
    assert steps is not None
    assert (steps.start_ua, steps.step_ua, steps.cap_ua) == (6_000, 2_000, 16_000)
    assert adopted("HH-UK7").schedule.day_offsets == (0, 1, 3, 6, 9, 14, 21)


# What a change of the catalogue touches


def test_equal_rows_differ_in_nothing() -> None:
    assert differences(ENTRIES["HH-PALM"], ENTRIES["HH-PALM"]) == ()


def test_a_changed_figure_is_told_in_its_unit() -> None:
    new = entry_with(currents__max_ua=18_000)
    assert differences(ENTRIES["HH-PALM"], new) == (
        "Highest current: 18 mA, was 15 to 20 mA",
    )


def test_a_changed_text_drug_or_trust_is_told() -> None:
    old = ENTRIES["LE-DEX40"]
    new = replace(old, title="Elbow")
    assert differences(old, new) == (f"Title: Elbow, was {old.title}",)
    known = tuple(
        replace(one, trust=Trust.EXCERPT) if "path" in one.fields else one
        for one in old.sources
    )
    assert differences(old, replace(old, sources=known)) == ("Trust of path: S, was P",)
    drugs = (replace(old.drugs[0], concentration="0.5 %"),) if old.drugs else ()
    (line,) = differences(old, replace(old, drugs=drugs))
    assert "concentration 0.5 %, sign anion" in line
    assert "was code dexamethasone" in line
    (line,) = differences(
        ENTRIES["HH-UK7"], replace(ENTRIES["HH-UK7"], day_offsets=(0,))
    )
    assert line == "Day offsets: 0, was 0; 1; 3; 6; 9; 14; 21"
