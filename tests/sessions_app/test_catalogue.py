"""The published catalogue: its rows, what they are for, and what locks them."""

import json
from typing import Any

import pytest

from devices.core.parts import Basis
from sessions_app.catalogue import (
    published_drugs,
    published_entries,
    simulated_adoptions,
)
from sessions_app.catalogue.published import GROUPS
from sessions_app.catalogue.simulated import SimulatedPad, says
from sessions_app.domain.entry import Entry, Kind, Status, open_fields, status
from sessions_app.domain.figures import FIGURES, Range
from sessions_app.domain.limits import Circumstances, Electrode
from sessions_app.domain.places import path_allows, path_of
from sessions_app.domain.planning import Request, plan
from sessions_app.domain.poles import IonSign, Pole
from sessions_app.domain.protocol import Carriage, ProtocolSpec, Trust
from tests.devices.core.examples import PROFILE

ENTRIES = published_entries()
SIMULATED = simulated_adoptions()
CODES = [
    "HH-PALM", "HH-SOLE", "HH-AXIL", "HH-PEDS", "HH-UK7", "HH-ROTH", "HH-PULSE",
    "HH-GLYCO", "HH-ALCL", "HH-BTX", "HH-MAINT", "LE-DEX40", "LE-DEXLIDO",
    "ACH-DEX", "PAT-DEX", "SIS-DEX", "SIS-DKET", "PF-DEX", "PF-ACET", "CALC-ACET-P",
    "CALC-ACET-F", "CALC-ACET-2", "TRIG-DEX", "DEQ-DEX", "LE-DICL", "KNEE-KET",
    "PATCH-DEX", "LIDO", "LIDO-PED", "SWEAT-CF", "SWEAT-NEG", "QSART", "DENT-NAF",
    "DENT-CARIES", "PD-EMDA", "GALV-CNS", "GALV-NASE", "GALV-EAR", "GALV-VAG",
    "GALV-CUP", "GALV-PULSE", "GALV-MULTI", "GALV-VASC", "GALV-MSK", "GALV-PED",
    "OOS-FENT",
]  # fmt: skip
USES = {
    "diseases of the nervous system": ["GALV-CNS"],
    "organs of support and movement": ["GALV-MSK", "LE-DEX40", "ACH-DEX", "KNEE-KET"],
    "gynaecology": ["GALV-VAG"],
    "electrodes in nostril, ear and vagina": ["GALV-NASE", "GALV-EAR", "GALV-VAG"],
    "cup of solution with a carbon electrode": ["GALV-CUP", "PD-EMDA"],
    "several drugs at once": ["GALV-MULTI", "PD-EMDA", "LE-DEXLIDO"],
    "pulsating current of constant direction": ["GALV-PULSE", "HH-PULSE"],
    "vessels that keep a drug from arriving": ["GALV-VASC"],
    "depot in the skin, claims of healing": ["GALV-MSK"],
    "tap water in children": ["HH-PEDS"],
    "step-down of a laborious course": ["HH-MAINT"],
    "fluoride and stannous fluoride for teeth": ["DENT-NAF", "DENT-CARIES"],
    "acetic acid, then ultrasound and movement": ["CALC-ACET-2"],
    "sweat test": ["SWEAT-CF"],
    "no response to pilocarpine": ["SWEAT-NEG"],
    "palms and soles in tap water": ["HH-PALM", "HH-SOLE"],
    "delivery of corticosteroid": ["LE-DEX40", "ACH-DEX", "PF-DEX"],
}
OTHER_STATUS = {
    "HH-PALM": Status.ADOPTABLE,
    "HH-SOLE": Status.ADOPTABLE,
    "PATCH-DEX": Status.RECORD_ONLY,
    "DENT-CARIES": Status.REFUSED,
    "OOS-FENT": Status.REFUSED,
}
# Highest current in mA, from low to high, as published; how it is known.
HIGHEST = {
    "HH-PALM": (15, 20, "S"), "HH-SOLE": (20, 25, "S"), "HH-AXIL": (10, 12, "M"),
    "HH-PEDS": (15, 15, "S"), "HH-UK7": (20, 20, "S"), "HH-ROTH": None,
    "HH-PULSE": (15, 15, "M"), "HH-GLYCO": (20, 20, "S"), "HH-ALCL": (20, 20, "M"),
    "HH-BTX": (4, 4, "M"), "HH-MAINT": None, "LE-DEX40": (4, 4, "M"),
    "LE-DEXLIDO": (5, 5, "S"), "ACH-DEX": (4, 4, "M"), "PAT-DEX": (4, 4, "M"),
    "SIS-DEX": None, "SIS-DKET": (2, 2, "S"), "PF-DEX": (4, 4, "M"),
    "PF-ACET": (4, 4, "M"), "CALC-ACET-P": (5, 5, "S"), "CALC-ACET-F": (4.7, 4.7, "S"),
    "CALC-ACET-2": (4, 4, "M"), "TRIG-DEX": None, "DEQ-DEX": None,
    "LE-DICL": (4, 4, "M"), "KNEE-KET": None, "PATCH-DEX": None, "LIDO": (4, 4, "M"),
    "LIDO-PED": (1.78, 1.78, "S"), "SWEAT-CF": (1.5, 1.5, "S"),
    "SWEAT-NEG": (1.5, 1.5, "S"), "QSART": (2, 2, "M"), "DENT-NAF": (1, 1, "M"),
    "DENT-CARIES": (0.8, 0.8, "S"), "PD-EMDA": (2.5, 2.5, "S"),
    "GALV-CNS": (16, 16, "M"), "GALV-NASE": (3, 3, "M"), "GALV-EAR": (2, 2, "M"),
    "GALV-VAG": (10, 10, "M"), "GALV-CUP": (2, 5, "M"), "GALV-PULSE": None,
    "GALV-MULTI": None, "GALV-VASC": None, "GALV-MSK": None, "GALV-PED": None,
    "OOS-FENT": None,
}  # fmt: skip
# Dose in mA·min, from low to high.
DOSES = {
    "HH-BTX": (40, 80, "M"), "LE-DEX40": (40, 40, "S"), "LE-DEXLIDO": (75, 75, "D"),
    "ACH-DEX": (40, 80, "S"), "PAT-DEX": (40, 60, "M"), "SIS-DKET": (40, 40, "D"),
    "PF-DEX": (40, 40, "M"), "PF-ACET": (40, 40, "M"), "CALC-ACET-P": (100, 100, "D"),
    "CALC-ACET-F": (47, 47, "D"), "CALC-ACET-2": (80, 80, "M"),
    "TRIG-DEX": (40, 40, "M"), "DEQ-DEX": (20, 40, "M"), "LE-DICL": (80, 80, "M"),
    "PATCH-DEX": (40, 80, "S"), "LIDO": (40, 40, "S"), "LIDO-PED": (17.8, 17.8, "D"),
    "DENT-NAF": (1, 1, "M"), "DENT-CARIES": (3.2, 3.2, "D"), "PD-EMDA": (48, 48, "D"),
}  # fmt: skip
# What the current passes, where the row says it.
PATHS = {
    "limb_to_limb": "HH-PALM HH-SOLE HH-ROTH HH-PULSE HH-GLYCO HH-ALCL",
    "axilla_to_axilla": "HH-AXIL",
    "limb": "LE-DEX40 ACH-DEX TRIG-DEX SWEAT-CF SWEAT-NEG GALV-VASC",
    "oral": "DENT-NAF",
    "trunk": "PD-EMDA",
    "neck": "GALV-CNS",
    "cavity": "GALV-NASE GALV-EAR GALV-VAG",
}


def published(entry: Entry, path: str, unit: int) -> tuple[float, float, str] | None:
    what = entry.figures[path]
    if what is None:
        return None
    low, high = (what.low, what.high) if isinstance(what, Range) else (what, what)
    assert isinstance(low, int)
    assert isinstance(high, int)
    return low / unit, high / unit, str(entry.trust_of(path))


def test_the_rows_are_these_in_groups_of_their_own() -> None:
    assert sorted(ENTRIES) == sorted(CODES)
    assert len(CODES) == 46
    assert {entry.group for entry in ENTRIES.values()} == set(GROUPS)


@pytest.mark.parametrize("use", USES)
def test_every_use_has_its_rows(use: str) -> None:
    assert set(USES[use]) <= set(ENTRIES)


@pytest.mark.parametrize("code", CODES)
def test_the_status_of_each_row(code: str) -> None:
    assert status(ENTRIES[code]) is OTHER_STATUS.get(code, Status.LOCKED)


@pytest.mark.parametrize("code", CODES)
def test_a_row_is_locked_by_what_is_empty_or_unsure_and_by_nothing_else(
    code: str,
) -> None:
    entry = ENTRIES[code]
    for one in open_fields(entry):
        figure = FIGURES.get(one.field)
        if figure is not None:
            trust = entry.trust_of(one.field)
            assert trust is None or (trust in "MP" and figure.safety)


@pytest.mark.parametrize("code", CODES)
def test_every_field_of_a_row_has_one_source_in_our_words(code: str) -> None:
    entry = ENTRIES[code]
    for leaf in entry.leaves:
        source = entry.source_of(leaf)
        assert source is not None
        assert source.name
        assert source.says.endswith(".")
        assert "[S]" not in source.says


@pytest.mark.parametrize("code", CODES)
def test_highest_current_as_published(code: str) -> None:
    assert published(ENTRIES[code], "currents.max_ua", 1000) == HIGHEST[code]


@pytest.mark.parametrize("code", CODES)
def test_dose_as_published(code: str) -> None:
    assert published(ENTRIES[code], "course.dose_nc", 60_000_000) == DOSES.get(code)


@pytest.mark.parametrize("code", CODES)
def test_path_as_published(code: str) -> None:
    known = {one: path for path, codes in PATHS.items() for one in codes.split()}
    assert ENTRIES[code].figures["path"] == known.get(code)


@pytest.mark.parametrize("code", CODES)
def test_what_is_worked_out_from_memory_counts_as_memory(code: str) -> None:
    entry = ENTRIES[code]
    inputs = {
        "areas.active_min_mm2": ("currents.max_ua", "density.cathode_ua_cm2"),
        "course.dose_nc": ("currents.target_ua", "course.flow_ms"),
    }
    for worked_out, parts in inputs.items():
        if entry.trust_of(worked_out) is Trust.DERIVED:
            assert {entry.trust_of(part) for part in parts} <= {"S", "D"}


@pytest.mark.parametrize("code", CODES)
def test_tap_water_is_timed_drugs_are_charged_and_sweat_is_an_event(code: str) -> None:
    entry = ENTRIES[code]
    basis = entry.figures["basis"]
    if entry.group == "diagnostic":
        assert basis == Basis.EVENT
    elif entry.drugs == () or entry.group == "galvanisation":
        assert basis == Basis.TIME
    elif code in ("HH-GLYCO", "HH-ALCL"):
        assert basis == Basis.TIME  # their sources give minutes, not a dose
    elif code != "OOS-FENT":
        assert basis == Basis.CHARGE


@pytest.mark.parametrize("code", CODES)
def test_poles_are_turned_for_tap_water_alone(code: str) -> None:
    entry = ENTRIES[code]
    if entry.drugs != ():
        assert entry.figures["reversal"] is False
        assert not entry.figures["reversal_optional"]


def test_densities_stay_densities() -> None:
    for code, low, high in (
        ("SIS-DEX", 100, 200),
        ("GALV-MSK", 100, 200),
    ):
        for pole in ("anode", "cathode"):
            what = ENTRIES[code].figures[f"density.{pole}_ua_cm2"]
            assert what == Range(low, high)
    assert ENTRIES["GALV-VASC"].figures["density.target_ua_cm2"] == Range(10, 100)
    assert ENTRIES["GALV-PED"].figures["density.anode_ua_cm2"] == 50


def test_the_seven_days_and_the_rising_course() -> None:
    for code in ("HH-UK7", "HH-PEDS"):
        assert ENTRIES[code].day_offsets == (0, 1, 3, 6, 9, 14, 21)
    steps = ENTRIES["GALV-CNS"].steps
    assert steps is not None
    assert (steps.start_ms, steps.step_ms, steps.cap_ms) == (360_000, 120_000, 960_000)
    assert steps.every_sessions == 2


def test_what_follows_the_current() -> None:
    def beside(code: str) -> list[tuple[Any, ...]]:
        return [(a.name, a.mw_cm2, a.khz, a.minutes) for a in ENTRIES[code].adjuncts]

    assert beside("CALC-ACET-P") == [("ultrasound", 800, 1000, 5)]
    assert beside("CALC-ACET-F") == [("ultrasound", 1000, 1000, 5)]
    assert [name for name, *_ in beside("CALC-ACET-2")] == [
        "pulsed ultrasound",
        "gentle range of motion",
    ]
    assert [name for name, *_ in beside("PF-ACET")] == ["low-Dye tape"]
    assert [name for name, *_ in beside("LE-DICL")] == ["infrared"]


def test_glycopyrronium_is_given_weekly_at_two_places_a_day() -> None:
    figures = ENTRIES["HH-GLYCO"].figures
    assert figures["schedule.min_gap_days"] == 7
    assert figures["schedule.sites_per_day"] == 2


def test_a_test_cut_short_is_done_anew() -> None:
    for code in ("SWEAT-CF", "SWEAT-NEG", "QSART", "PATCH-DEX"):
        assert ENTRIES[code].figures["continuation.kind"] == "never"


def test_every_drug_lies_under_its_own_pole() -> None:
    drugs = published_drugs()
    for entry in ENTRIES.values():
        for drug in (*(entry.drugs or ()), *entry.choices):
            facts = drugs[drug.code]
            assert drug.sign is facts.sign
            if drug.carriage is Carriage.MIGRATION:
                assert drug.pole is facts.pole


def test_lidocaine_lies_under_the_anode_whatever_a_trial_did() -> None:
    entry = ENTRIES["LE-DEXLIDO"]
    assert [drug.pole for drug in entry.drugs or ()] == [Pole.CATHODE, Pole.ANODE]
    assert "under the anode" in entry.notes[0]


def test_only_one_drug_rides_with_water() -> None:
    riders = [
        (entry.code, drug.code)
        for entry in ENTRIES.values()
        for drug in (*(entry.drugs or ()), *entry.choices)
        if drug.carriage is Carriage.ELECTRO_OSMOSIS
    ]
    assert riders == [("PD-EMDA", "dexamethasone")]


def test_fentanyl_and_the_laboratory_can_be_picked_nowhere() -> None:
    picked = {drug.code for entry in ENTRIES.values() for drug in entry.choices}
    assert not picked & {"fentanyl", "stannous_fluoride", "botulinum"}


def test_every_drug_is_used_or_named() -> None:
    used = {
        drug.code
        for entry in ENTRIES.values()
        for drug in (*(entry.drugs or ()), *entry.choices)
    }
    assert set(published_drugs()) - used == {"stannous_fluoride"}


def test_rows_that_are_not_treated_say_why() -> None:
    kinds = {e.code: e.kind for e in ENTRIES.values() if e.kind is not Kind.TREAT}
    assert kinds == {
        "PATCH-DEX": "worn",
        "DENT-CARIES": "laboratory",
        "OOS-FENT": "out_of_scope",
    }
    assert "telemetry" in ENTRIES["PATCH-DEX"].reason
    assert "laboratory" in ENTRIES["DENT-CARIES"].reason
    assert "refuses" in ENTRIES["OOS-FENT"].reason


# Simulated adoptions


def test_every_row_that_can_be_treated_is_adopted_for_simulated_patients() -> None:
    treated = [e.code for e in ENTRIES.values() if e.kind is Kind.TREAT]
    assert list(SIMULATED) == treated
    assert len(treated) == 43
    assert "simulated patients" in says()


@pytest.mark.parametrize("code", SIMULATED)
def test_a_simulated_adoption_is_whole_and_gives_its_reasons(code: str) -> None:
    spec = SIMULATED[code].spec
    assert ProtocolSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    for given in SIMULATED[code].entered.values():
        assert given.source.startswith("Simulated patients only: ")
        assert given.source.endswith(".")


@pytest.mark.parametrize("code", SIMULATED)
def test_a_simulated_treatment_keeps_its_own_path_pole_and_limits(code: str) -> None:
    tried = SIMULATED[code]
    spec, a, b = tried.spec, tried.active, tried.opposite
    actual = path_of(a.region, a.side, b.region, b.side)
    assert actual is not None
    assert path_allows(spec.path, actual)
    if spec.drug:
        assert spec.drug.pole is tried.active_pole
    assert tried.age_years >= spec.ages.floor
    areas = spec.areas
    for pad, pole, least in (
        (a, tried.active_pole, areas.active_min_mm2),
        (b, tried.active_pole.other, areas.return_min_mm2),
    ):
        dense = getattr(spec.density, f"{pole}_ua_cm2")
        assert pad.area_mm2 >= least
        assert pad.area_mm2 * dense // 100 >= spec.currents.max_ua


@pytest.mark.parametrize("code", SIMULATED)
def test_a_simulated_treatment_can_be_planned(code: str) -> None:
    tried = SIMULATED[code]
    electrodes = [placed(pad) for pad in (tried.active, tried.opposite)]
    if tried.active_pole is Pole.CATHODE:
        electrodes.reverse()
    about = Circumstances(tried.spec, PROFILE, *electrodes, age=tried.age_years)
    drug = tried.spec.drug
    made = plan(Request(about, drug.pole if drug else None))
    texts = {Pole.ANODE: made.layout.red.drug, Pole.CATHODE: made.layout.black.drug}
    for one in tried.spec.drugs:
        assert one.text in texts[one.pole]


def placed(pad: SimulatedPad) -> Electrode:
    limits = {"anode_limit_ua_cm2": 1_000, "cathode_limit_ua_cm2": 1_000}
    return Electrode(
        name=pad.kind,
        place=pad.region.label,
        kind=pad.kind,
        area_mm2=pad.area_mm2,
        material="rubber",
        region=pad.region,
        side=pad.side,
        **limits,
    )


def test_children_are_simulated_by_children() -> None:
    for code in ("HH-PEDS", "LIDO-PED", "GALV-PED"):
        assert SIMULATED[code].age_years < 18
    assert SIMULATED["DENT-NAF"].tooth == 33


@pytest.mark.parametrize("code", CODES)
def test_signs_of_both_kinds_take_opposite_poles(code: str) -> None:
    for drug in ENTRIES[code].choices:
        wanted = Pole.ANODE if drug.sign is IonSign.CATION else Pole.CATHODE
        assert drug.pole is wanted
