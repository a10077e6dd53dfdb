"""A row of the catalogue: sourced field by field, open where it must be."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sessions_app.domain.entry import (
    Entry,
    Kind,
    Status,
    open_fields,
    proposal,
    status,
)
from sessions_app.domain.figures import FIGURES
from sessions_app.domain.protocol import ProtocolError
from tests.sessions_app.domain.rows import ENTRIES, entry_with, trust_as, wire

SAFETY = [path for path, figure in FIGURES.items() if figure.safety]


def opens(entry: Entry) -> dict[str, str]:
    """Why each safety field is open."""
    return {one.field: one.why for one in open_fields(entry) if one.safety}


def of(code: str, change: Any) -> Entry:
    row = wire(code)
    change(row)
    return Entry.from_dict(row)


# Where each field is from


def test_a_field_without_a_source_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"currents\.max_ua has 0 sources, not one"):
        of("HH-PALM", lambda row: trust_as(row, "currents.max_ua", None))


def test_a_field_with_two_sources_is_refused() -> None:
    def twice(row: dict[str, Any]) -> None:
        row["sources"].append({**row["sources"][0], "fields": ["currents.max_ua"]})

    with pytest.raises(ProtocolError, match=r"currents\.max_ua has 2 sources, not one"):
        of("HH-PALM", twice)


def test_a_source_of_what_is_empty_is_refused() -> None:
    def of_nothing(row: dict[str, Any]) -> None:
        row["sources"].append({**row["sources"][0], "fields": ["course.dose_nc"]})

    with pytest.raises(
        ProtocolError, match=r"a source of course\.dose_nc, which is empty"
    ):
        of("HH-PALM", of_nothing)


def test_a_source_covers_what_lies_below_its_field() -> None:
    palm = ENTRIES["HH-PALM"]
    assert palm.source_of("holds.max_holds") is palm.source_of("holds.max_hold_ms")
    assert palm.trust_of("course.dose_nc") is None


# What contradicts itself


@pytest.mark.parametrize(
    ("code", "figures", "text"),
    [
        ("HH-PALM", {"currents__target_ua": 21_000}, "Target current 21 mA is above"),
        ("HH-PALM", {"ages__floor": 19}, "Youngest age 19 years is above"),
        ("HH-PALM", {"course__flow_ms": 1_300_000}, "above most minutes of current"),
        ("HH-PALM", {"schedule__sessions_cap": 6}, "above most sessions in a course"),
        ("HH-PALM", {"basis": "charge"}, "turned on the time basis only"),
        ("HH-PALM", {"course__dose_nc": 1}, "A dose belongs to the charge basis alone"),
        ("HH-PALM", {"pulse__frequency_hz": 50}, "Direct current has no pulse"),
        (
            "HH-GLYCO",
            {"reversal": True},
            "would drive glycopyrronium bromide out again",
        ),
        ("HH-GLYCO", {"currents__max_ua": 20_001}, "20 mA that glycopyrronium"),
        ("HH-GLYCO", {"ages__child_max_ua": 11_000}, "10 mA that glycopyrronium"),
        ("SWEAT-CF", {"currents__floor_ua": 0}, "An event has one fixed current"),
        ("LE-DEX40", {"course__dose_nc": 10**10}, "166.6667 mA·min is not reached"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(
    code: str, figures: dict[str, Any], text: str
) -> None:
    with pytest.raises(ProtocolError, match=text):
        entry_with(code, **figures)


def test_ranges_contradict_only_where_no_value_of_them_fits() -> None:
    assert entry_with(currents__target_ua={"low": 20_000, "high": 30_000})
    with pytest.raises(ProtocolError, match="above highest current 20 mA"):
        entry_with(currents__target_ua={"low": 20_001, "high": 30_000})


def test_a_drug_under_the_wrong_pole_is_refused() -> None:
    def swapped(row: dict[str, Any]) -> None:
        row["drugs"][0]["pole"] = "anode"

    with pytest.raises(ProtocolError, match=r"drugs\.0\.pole: dexamethasone .* anion"):
        of("LE-DEX40", swapped)


@pytest.mark.parametrize(
    ("code", "name", "what", "text"),
    [
        ("HH-PALM", "reason", "No.", "a reason goes with a row that is not treated"),
        ("OOS-FENT", "reason", "", "a reason goes with a row that is not treated"),
        ("LE-DEX40", "drugs", None, "drugs.0.concentration, which is empty"),
        ("HH-PALM", "figures", {}, "entry.figures: missing or unknown ages.adult"),
        ("HH-PALM", "figures", None, "entry.figures is an object"),
        ("HH-PALM", "kind", "mood", "entry.kind is one of treat, worn"),
        ("HH-PALM", "title", 5, "entry.title is str"),
    ],
)
def test_a_bad_row_is_named(code: str, name: str, what: Any, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        Entry.from_dict({**wire(code), name: what})


@pytest.mark.parametrize("data", [None, [], "HH-PALM", {}])
def test_what_is_no_row_is_refused(data: Any) -> None:
    with pytest.raises(ProtocolError, match="entry"):
        Entry.from_dict(data)


def test_choices_go_with_a_row_that_leaves_its_drug_open() -> None:
    with pytest.raises(ProtocolError, match="drugs to choose from go with a row"):
        replace(ENTRIES["HH-PALM"], choices=(), drugs=None)


@pytest.mark.parametrize("code", ENTRIES)
def test_the_wire_form_comes_back_equal(code: str) -> None:
    data = json.loads(json.dumps(ENTRIES[code].to_dict()))
    assert Entry.from_dict(data) == ENTRIES[code]


# What is open


@pytest.mark.parametrize("trust", ["M", "P"])
@pytest.mark.parametrize("path", [one for one in SAFETY if one != "course.dose_nc"])
def test_a_safety_figure_from_memory_or_policy_locks_the_row(
    path: str, trust: str
) -> None:
    why = {"M": "from memory", "P": "site policy"}[trust]
    entry = of("HH-PALM", lambda row: trust_as(row, path, trust))
    assert opens(entry) == {path: why}
    assert status(entry) is Status.LOCKED


@pytest.mark.parametrize("path", [one for one in SAFETY if one != "course.dose_nc"])
def test_an_empty_safety_figure_locks_the_row(path: str) -> None:
    entry = entry_with(**{path.replace(".", "__"): None})
    assert opens(entry) == {path: "empty"}
    assert status(entry) is Status.LOCKED


@pytest.mark.parametrize("trust", ["S", "D"])
def test_what_was_read_or_worked_out_locks_nothing(trust: str) -> None:
    entry = of("HH-PALM", lambda row: trust_as(row, "currents.max_ua", trust))
    assert status(entry) is Status.ADOPTABLE


def test_a_dose_locks_on_the_charge_basis_only() -> None:
    assert "course.dose_nc" not in opens(ENTRIES["HH-PALM"])
    assert opens(ENTRIES["PF-DEX"])["course.dose_nc"] == "from memory"
    assert "course.dose_nc" not in opens(ENTRIES["LE-DEX40"])


def test_an_empty_plain_figure_is_open_and_locks_nothing() -> None:
    entry = entry_with(currents__target_ua=None)
    (one,) = open_fields(entry)
    assert (one.field, one.why, one.safety) == ("currents.target_ua", "empty", False)
    assert status(entry) is Status.ADOPTABLE


def test_a_plain_figure_from_memory_is_not_open() -> None:
    entry = of("HH-PALM", lambda row: trust_as(row, "currents.target_ua", "M"))
    assert open_fields(entry) == ()


def test_an_open_field_says_what_the_form_needs() -> None:
    (one,) = open_fields(of("HH-PALM", lambda row: trust_as(row, "path", "P")))
    assert (one.label, one.published) == ("Path of the current", "limb_to_limb")
    assert one.options[0] == "local"
    (one,) = open_fields(entry_with(currents__max_ua=None))
    assert (one.unit, one.scale, one.published) == ("mA", 1000, "not given")


def test_safety_fields_come_first() -> None:
    marks = [one.safety for one in open_fields(ENTRIES["LE-DEXLIDO"])]
    assert marks == sorted(marks, reverse=True)
    assert set(marks) == {True, False}


@pytest.mark.parametrize("leaf", ["sign", "pole", "carriage"])
def test_a_drug_whose_pole_is_from_memory_is_open_by_its_sign(leaf: str) -> None:
    entry = of("HH-GLYCO", lambda row: trust_as(row, f"drugs.0.{leaf}", "M"))
    assert opens(entry)["drugs.0.sign"] == "from memory"


def test_a_drug_that_rides_with_water_is_open_by_what_carries_it() -> None:
    (one,) = [
        one
        for one in open_fields(ENTRIES["PD-EMDA"])
        if one.field.startswith("drugs.1")
    ]
    assert (one.field, one.why, one.safety) == ("drugs.1.carriage", "from memory", True)
    assert one.options == ("migration", "electro_osmosis")


def test_a_drug_left_to_the_prescriber_is_open_with_its_choices() -> None:
    found = {one.field: one for one in open_fields(ENTRIES["LE-DICL"])}
    assert found["drugs"].options == ("diclofenac", "salicylate")
    assert found["drugs"].safety


def test_an_empty_concentration_is_open() -> None:
    (one,) = [
        one
        for one in open_fields(ENTRIES["LIDO-PED"])
        if one.field == "drugs.0.concentration"
    ]
    assert (one.why, one.safety) == ("empty", False)


def test_rows_that_are_not_treated_have_nothing_open() -> None:
    for entry in ENTRIES.values():
        if entry.kind is not Kind.TREAT:
            assert open_fields(entry) == ()


def test_the_proposal_takes_the_careful_end() -> None:
    made = proposal(ENTRIES["HH-PALM"])
    assert made["currents.max_ua"] == 15_000
    assert made["ages.floor"] == 6
    assert made["areas.active_min_mm2"] == 10_000
    assert made["course.dose_nc"] is None
    assert made["drugs"] == []
    dex = proposal(ENTRIES["LE-DEX40"])["drugs"]
    assert dex == [{"code": "dexamethasone", "concentration": "0.4 %"}]
    assert proposal(ENTRIES["LE-DICL"])["drugs"] is None
