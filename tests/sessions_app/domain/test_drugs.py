"""Drugs: sign and pole agree, every field has a source, protocols keep to them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sessions_app.catalogue import published_drugs, published_entries
from sessions_app.domain.drugs import DrugFacts, Solvent, check_drugs
from sessions_app.domain.poles import IonSign, Pole
from sessions_app.domain.protocol import ProtocolError, Trust

DRUGS = published_drugs()
DEX = next(iter(published_entries()["LE-DEX40"].drugs or ()))


def wire(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(DRUGS["dexamethasone"].to_dict()))
    return {**made, **changes}


@pytest.mark.parametrize("code", DRUGS)
def test_the_wire_form_comes_back_equal(code: str) -> None:
    data = json.loads(json.dumps(DRUGS[code].to_dict()))
    assert DrugFacts.from_dict(data) == DRUGS[code]


def test_a_pole_against_the_sign_is_refused() -> None:
    with pytest.raises(ProtocolError, match="anion goes under the cathode, not the an"):
        DrugFacts.from_dict(wire(pole="anode"))


def test_a_field_without_a_source_is_refused() -> None:
    with pytest.raises(ProtocolError, match="max_ua has 0 sources, not one"):
        DrugFacts.from_dict(wire(max_ua=5_000))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sign": "plus"}, "drug.sign is one of cation, anion"),
        ({"steroid": 1}, "drug.steroid is bool"),
        ({"colour": "red"}, "drug: missing or unknown colour"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        DrugFacts.from_dict(wire(**change))


def test_what_is_known_of_the_drugs_that_matter_most() -> None:
    dex, glyco = DRUGS["dexamethasone"], DRUGS["glycopyrronium"]
    assert (dex.sign, dex.steroid, dex.sessions_per_site) == ("anion", True, 10)
    assert dex.allergens == ("dexamethasone", "sulphite")
    assert dex.solvent is Solvent.NO_ADDED_SALT
    assert (glyco.max_ua, glyco.child_max_ua) == (20_000, 10_000)
    assert (glyco.solvent, glyco.hard_conditions) == (Solvent.DISTILLED, ("H12",))
    assert DRUGS["calcium"].hard_conditions == ("P5",)
    assert DRUGS["lidocaine"].allergens == ("lidocaine", "amide anaesthetic")
    assert DRUGS["lidocaine"].solvent is Solvent.CHLORIDE


def test_how_the_sign_is_known() -> None:
    assert DRUGS["pilocarpine"].trust is Trust.EXCERPT
    assert DRUGS["zinc"].trust is Trust.MEMORY
    assert DRUGS["pilocarpine"].source.name.startswith("Macroduct")


def test_only_steroids_are_marked_so() -> None:
    assert [code for code, one in DRUGS.items() if one.steroid] == ["dexamethasone"]


def test_a_drug_of_a_protocol_agrees_with_the_table() -> None:
    check_drugs("X", [DEX], DRUGS)
    check_drugs("X", [], DRUGS)


@pytest.mark.parametrize(
    ("drug", "text"),
    [
        (replace(DEX, code="aspirin"), "X: aspirin is no drug of the catalogue"),
        (
            replace(DEX, sign=IonSign.CATION, pole=Pole.ANODE),
            "has sign cation, but anion in the table",
        ),
        (replace(DEX, sessions_per_site=None), "sessions_per_site None, but 10"),
        (replace(DEX, max_ua=1), "has max_ua 1, but None"),
        (replace(DEX, child_max_ua=1), "has child_max_ua 1, but None"),
    ],
)
def test_an_unknown_or_other_drug_is_refused(drug: Any, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        check_drugs("X", [drug], DRUGS)
