"""Electrodes, drugs and places: what may lie where."""

from dataclasses import replace

import pytest

from devices.core.parts import Waveform
from sessions_app.domain.limits import Circumstances
from sessions_app.domain.pads import (
    drug_reasons,
    electrode_reasons,
    layout_of,
    path_reasons,
)
from sessions_app.domain.places import Region
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import Carriage, Drug, PathClass
from tests.sessions_app.domain.circumstances import (
    DRUG_PAD,
    GEL,
    RETURN_PAD,
    TRAY,
    circumstances,
)
from tests.sessions_app.domain.specs import DEXAMETHASONE, LIDOCAINE

# As in two drugs for the plaque: one migrates, one rides with the water.
VERAPAMIL = replace(LIDOCAINE, code="verapamil", name="verapamil", concentration="5 mg")
RIDING = replace(
    DEXAMETHASONE,
    pole=Pole.ANODE,
    carriage=Carriage.ELECTRO_OSMOSIS,
    concentration="8 mg",
)


def with_drugs(*drugs: Drug) -> Circumstances:
    about = circumstances("LE-DEX40")
    return replace(about, spec=replace(about.spec, drugs=drugs))


def drug_texts(about: Circumstances, pole: Pole | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reason in drug_reasons(about, pole):
        found.setdefault(reason.code, []).append(reason.text)
    return found


# Drugs


def test_opposite_signs_lie_on_the_two_pads() -> None:
    about = with_drugs(DEXAMETHASONE, LIDOCAINE)
    assert drug_texts(about, Pole.CATHODE) == {}
    layout = layout_of(about)
    assert layout.black.drug == "dexamethasone sodium phosphate 0.4 %"
    assert layout.red.drug == "lidocaine 4 %"


def test_one_sign_shares_a_pad() -> None:
    about = with_drugs(LIDOCAINE, VERAPAMIL)
    assert drug_texts(about, Pole.ANODE) == {}
    layout = layout_of(about)
    assert layout.red.drug == "lidocaine 4 % + verapamil 5 mg"
    assert (layout.black.drug, layout.black.text[-7:]) == ("", "no drug")


def test_a_drug_that_rides_with_the_water_shares_the_anode() -> None:
    about = with_drugs(VERAPAMIL, RIDING)
    assert drug_texts(about, Pole.ANODE) == {}
    assert layout_of(about).red.drug == (
        "verapamil 5 mg + dexamethasone sodium phosphate 8 mg"
    )


def test_each_drug_under_the_wrong_pole_is_told() -> None:
    swapped = drug_texts(with_drugs(DEXAMETHASONE, LIDOCAINE), Pole.ANODE)
    assert swapped == {
        "wrong_pole": [
            "dexamethasone sodium phosphate is an anion: it goes under the cathode,"
            " not the anode; change the pads over",
            "lidocaine is a cation: it goes under the anode, not the cathode;"
            " change the pads over",
        ]
    }
    together = drug_texts(with_drugs(VERAPAMIL, RIDING), Pole.CATHODE)
    assert together == {
        "wrong_pole": [
            "verapamil is a cation: it goes under the anode, not the cathode;"
            " change the pads over",
            "dexamethasone sodium phosphate rides with the water that leaves the"
            " anode: it goes under the anode, not the cathode; change the pads over",
        ]
    }


def test_a_pole_is_said_for_a_drug_and_for_nothing_else() -> None:
    assert drug_texts(with_drugs(DEXAMETHASONE), None) == {
        "drug_pole_missing": [
            "say under which pole dexamethasone sodium phosphate lies"
        ]
    }
    assert drug_texts(with_drugs(), Pole.ANODE) == {
        "no_drug": ["a drug under the anode was named, but this protocol has none"]
    }
    assert drug_texts(with_drugs(), None) == {}


def test_the_layout_names_what_each_lead_is_clipped_to() -> None:
    layout = layout_of(circumstances("SWEAT-CF"))
    assert (layout.red.lead, layout.red.pole, layout.red.area_mm2) == (
        "red",
        "anode",
        700,
    )
    assert (layout.black.lead, layout.black.pole) == ("black", "cathode")
    assert layout.black.place == "upper forearm"
    assert layout.red.electrode == layout.black.electrode == "Pilogel disc"


# Electrodes


def electrodes(about: Circumstances, active: Pole = Pole.ANODE) -> dict[str, str]:
    return {one.code: one.text for one in electrode_reasons(about, active)}


@pytest.mark.parametrize(
    ("active", "anode_mm2", "cathode_mm2", "codes"),
    [
        (Pole.ANODE, 700, 500, set()),
        (Pole.ANODE, 699, 500, {"active_area"}),
        (Pole.ANODE, 700, 499, {"return_area"}),
        (Pole.CATHODE, 500, 700, set()),
        (Pole.CATHODE, 500, 699, {"active_area"}),
        (Pole.CATHODE, 499, 700, {"return_area"}),
        (Pole.CATHODE, 1, 1, {"active_area", "return_area"}),
    ],
)
def test_an_electrode_is_as_large_as_the_protocol_asks(
    active: Pole, anode_mm2: int, cathode_mm2: int, codes: set[str]
) -> None:
    about = circumstances(
        "SWEAT-CF",
        anode=replace(GEL, area_mm2=anode_mm2),
        cathode=replace(GEL, area_mm2=cathode_mm2),
    )
    areas = replace(about.spec.areas, return_min_mm2=500)
    about = replace(about, spec=replace(about.spec, areas=areas))
    assert set(electrodes(about, active)) == codes


def test_a_small_electrode_is_told_with_its_numbers() -> None:
    about = circumstances("SWEAT-CF", anode=replace(GEL, area_mm2=650))
    assert electrodes(about) == {
        "active_area": "active electrode Pilogel disc: 6.5 cm² of it touch,"
        " SWEAT-CF needs 7 cm²"
    }


def test_a_waveform_that_the_electrode_is_not_made_for_is_refused() -> None:
    about = circumstances("HH-PULSE", cathode=replace(TRAY, waveforms=("dc",)))
    assert electrodes(about) == {
        "waveform": "Tray 15 × 22 cm is made for dc, HH-PULSE is pulsed"
    }
    none = circumstances("HH-PULSE", anode=replace(TRAY, waveforms=()))
    assert "is made for no current, HH-PULSE" in electrodes(none)["waveform"]
    straight = replace(about.spec, waveform=Waveform.DC, pulse=None)
    assert electrodes(replace(about, spec=straight)) == {}
    both = circumstances("HH-PULSE", anode=replace(TRAY, waveforms=("a", "b")))
    assert "is made for a and b, HH-PULSE" in electrodes(both)["waveform"]


@pytest.mark.parametrize("pole", ["anode", "cathode"])
def test_a_worn_patch_is_never_driven(pole: str) -> None:
    patch = replace(DRUG_PAD, name="Patch 80", kind="patch")
    assert electrodes(circumstances("LE-DEX40", **{pole: patch})) == {
        "worn_patch": "Patch 80 has its own battery: it is recorded as worn, never"
        " driven by a stimulator"
    }


def test_no_tap_water_on_silver_while_it_is_positive() -> None:
    silver = replace(TRAY, kind="pad", material="ag_agcl")
    about = circumstances("HH-PULSE", anode=silver)
    assert electrodes(about) == {
        "tap_water_on_silver": "Tray 15 × 22 cm is Ag/AgCl: no tap water on it while"
        " it is positive, it would stain the skin"
    }
    # It is negative, a tray, of rubber, or it holds no plain water.
    assert electrodes(circumstances("HH-PULSE", cathode=silver)) == {}
    assert (
        electrodes(circumstances("HH-PULSE", anode=replace(silver, kind="tray"))) == {}
    )
    assert (
        electrodes(circumstances("HH-PULSE", anode=replace(silver, material="rubber")))
        == {}
    )
    gel = replace(GEL, material="ag_agcl")
    assert electrodes(circumstances("SWEAT-CF", anode=gel)) == {}


def test_with_reversal_silver_is_positive_on_either_lead() -> None:
    silver = replace(TRAY, kind="pad", material="ag_agcl")
    assert "tap_water_on_silver" in electrodes(circumstances("HH-PALM", cathode=silver))


# Path


def paths(about: Circumstances) -> dict[str, str]:
    return {one.code: one.text for one in path_reasons(about)}


def test_a_path_that_the_protocol_is_not_for_is_refused() -> None:
    foot = replace(RETURN_PAD, region=Region.SOLE)
    assert paths(circumstances("LE-DEX40", anode=foot)) == {
        "path": "left elbow and left sole: limb to limb; LE-DEX40 is for limb"
    }
    palms = circumstances("HH-PALM")
    assert paths(palms) == {}
    trunk = replace(palms.spec, path=PathClass.AXILLA_TO_AXILLA)
    assert paths(replace(palms, spec=trunk))["path"].endswith(
        "HH-PALM is for axilla to axilla"
    )


def test_a_path_that_nobody_may_use_is_refused_whatever_the_protocol() -> None:
    heart = replace(TRAY, region=Region.CHEST, side="")
    for path in PathClass:
        about = circumstances("HH-PALM", cathode=heart)
        about = replace(about, spec=replace(about.spec, path=path))
        assert paths(about) == {"path_never": "chest: no electrode lies on the heart"}


def test_a_shorter_path_will_do() -> None:
    near = replace(RETURN_PAD, region=Region.FOREARM)
    assert paths(circumstances("LE-DEX40", anode=near)) == {}


@pytest.mark.parametrize("pole", ["anode", "cathode"])
def test_a_place_that_was_not_said_is_asked_for(pole: str) -> None:
    blank = replace(RETURN_PAD, name="Plate", region=None)
    assert paths(circumstances("LE-DEX40", **{pole: blank})) == {
        "place_missing": "say on which place Plate lies"
    }
