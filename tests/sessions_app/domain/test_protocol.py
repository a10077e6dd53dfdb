"""A whole protocol: complete, and free of contradictions."""

import json
from dataclasses import replace
from typing import Any

import pytest

from devices.core.parts import Basis, Pulse
from sessions_app.catalogue import published_protocols
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import (
    Carriage,
    Drug,
    PathClass,
    ProtocolError,
    ProtocolSpec,
    drug_fault,
)

SPECS = published_protocols()


def test_the_protocols_of_the_demo_clinic_are_whole() -> None:
    assert list(SPECS) == ["HH-PALM", "HH-PULSE", "LE-DEX40", "SWEAT-CF"]


@pytest.mark.parametrize("code", SPECS)
def test_wire_form_comes_back_equal(code: str) -> None:
    wire = json.loads(json.dumps(SPECS[code].to_dict()))
    assert ProtocolSpec.from_dict(wire) == SPECS[code]


def test_the_numbers_of_the_four_protocols() -> None:
    palm, pulse, dex, sweat = SPECS.values()
    assert (palm.currents.target_ua, palm.currents.max_ua) == (10_000, 15_000)
    assert (palm.course.flow_ms, palm.reversal) == (1_200_000, True)
    assert pulse.pulse == Pulse(10_000, 500)
    assert dex.course.dose_nc == 2_400_000_000
    assert (dex.course.max_flow_ms, dex.currents.max_ua) == (1_500_000, 4_000)
    assert (sweat.currents.max_ua, sweat.course.flow_ms) == (1_500, 300_000)
    assert [spec.drug and spec.drug.pole for spec in SPECS.values()] == [
        None,
        None,
        "cathode",
        "anode",
    ]


def test_only_head_orbit_neck_and_cavity_need_a_second_prescriber() -> None:
    paths = [path for path in PathClass if palm(path=path).restricted]
    assert paths == ["head", "orbit", "neck", "cavity"]


def palm(**changes: Any) -> ProtocolSpec:
    return replace(SPECS["HH-PALM"], **changes)


DEX = SPECS["LE-DEX40"].drugs[0]
PILO = SPECS["SWEAT-CF"].drugs[0]
RIDING = replace(DEX, pole=Pole.ANODE, carriage=Carriage.ELECTRO_OSMOSIS)


@pytest.mark.parametrize(
    ("code", "changes", "text"),
    [
        (
            "HH-PALM",
            {"drugs": (DEX,)},
            "drive dexamethasone sodium phosphate out again",
        ),
        (
            "LE-DEX40",
            {"drugs": (replace(DEX, pole=Pole.ANODE),)},
            "belongs under the cathode, not the anode",
        ),
        ("LE-DEX40", {"drugs": (DEX, replace(PILO, pole=Pole.CATHODE))}, "pilocarpine"),
        ("LE-DEX40", {"basis": Basis.TIME}, "charge basis alone"),
        ("HH-PALM", {"basis": Basis.CHARGE}, "charge basis alone"),
        ("SWEAT-CF", {"drugs": (), "reversal": True}, "time basis only"),
        ("HH-PULSE", {"basis": Basis.EVENT}, "one fixed current"),
        ("HH-PULSE", {"pulse": None}, "pulsed waveform alone"),
        ("HH-PALM", {"pulse": Pulse(1, 500)}, "pulsed waveform alone"),
    ],
)
def test_a_protocol_that_contradicts_itself_is_refused(
    code: str, changes: dict[str, Any], text: str
) -> None:
    with pytest.raises(ProtocolError, match=text):
        replace(SPECS[code], **changes)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("basis", "mood", "protocol.basis is one of time, charge, event"),
        ("reversal", 1, "protocol.reversal is bool"),
        ("currents", None, "protocol.currents is an object"),
        ("currents.max_ua", "15", "protocol.currents.max_ua is int"),
        ("currents.max_ua", True, "protocol.currents.max_ua is int"),
        ("currents.speed", 1, "protocol.currents: missing or unknown speed"),
        ("indications", "L74", "protocol.indications is a list"),
        ("indications", [5], r"protocol.indications\[0\] is str"),
        ("sources", [{}], r"protocol.sources\[0\]: missing or unknown fields, name"),
        ("drugs", [{"name": "x"}], r"protocol.drugs\[0\]: missing or unknown carriage"),
        ("path", "heart", "protocol.path is one of local, limb"),
    ],
)
def test_a_bad_field_is_named(path: str, value: Any, text: str) -> None:
    wire = json.loads(json.dumps(SPECS["HH-PALM"].to_dict()))
    *above, name = path.split(".")
    part = wire
    for step in above:
        part = part[step]
    part[name] = value
    with pytest.raises(ProtocolError, match=text):
        ProtocolSpec.from_dict(wire)


@pytest.mark.parametrize("wire", [None, [], "HH-PALM"])
def test_what_is_no_object_is_refused(wire: Any) -> None:
    with pytest.raises(ProtocolError, match="is an object"):
        ProtocolSpec.from_dict(wire)


@pytest.mark.parametrize(
    ("drug", "fault"),
    [
        (DEX, ""),
        (PILO, ""),
        (RIDING, ""),
        (replace(RIDING, pole=Pole.CATHODE), "belongs under the anode"),
        (replace(DEX, pole=Pole.ANODE), "is an anion and belongs under the cathode"),
        (replace(PILO, pole=Pole.CATHODE), "is a cation and belongs under the anode"),
    ],
)
def test_a_drug_lies_under_the_pole_that_takes_it_in(drug: Drug, fault: str) -> None:
    found = drug_fault(drug)
    assert fault in found
    assert bool(found) is bool(fault)


def test_the_leading_drug_is_the_first_and_others_may_lie_opposite() -> None:
    both = replace(SPECS["LE-DEX40"], drugs=(DEX, PILO))
    assert both.drug is DEX
    assert {drug.pole for drug in both.drugs} == {Pole.ANODE, Pole.CATHODE}
    assert SPECS["HH-PALM"].drug is None
    assert DEX.text == "dexamethasone sodium phosphate 0.4 %"


# A ceiling of its own for a patient


def test_a_lower_ceiling_brings_the_target_down() -> None:
    capped = SPECS["HH-PALM"].capped_at(8_000)
    assert (capped.currents.max_ua, capped.currents.target_ua) == (8_000, 8_000)
    assert SPECS["HH-PALM"].capped_at(12_000).currents.target_ua == 10_000


def test_flow_still_counts_under_a_very_low_ceiling() -> None:
    assert SPECS["HH-PALM"].capped_at(500).course.flow_floor_ua == 500


def test_no_ceiling_of_its_own_leaves_the_protocol() -> None:
    assert SPECS["SWEAT-CF"].capped_at(None) is SPECS["SWEAT-CF"]
    assert SPECS["SWEAT-CF"].capped_at(1_500) is SPECS["SWEAT-CF"]


@pytest.mark.parametrize(
    ("code", "max_ua"),
    [("HH-PALM", 15_001), ("HH-PALM", 0), ("LE-DEX40", 499), ("SWEAT-CF", 1_000)],
)
def test_a_ceiling_that_the_protocol_cannot_have_is_refused(
    code: str, max_ua: int
) -> None:
    with pytest.raises(ProtocolError, match="prescription revised"):
        SPECS[code].capped_at(max_ua)
