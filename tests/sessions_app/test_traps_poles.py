"""Traps of poles, units of current, density and area."""

from dataclasses import replace
from typing import Any

import pytest

from clinic.quantities import charge_nc, ma_exact_text
from devices.core.electrics import density
from devices.core.reading import ReadingError, read_wire
from sessions_app.catalogue import published_entries
from sessions_app.domain.layers import current_verdict
from sessions_app.domain.limits import Layer
from sessions_app.domain.planning import PlanRefused, plan
from sessions_app.domain.poles import IonSign, Pole
from sessions_app.domain.protocol import ProtocolError, ProtocolSpec
from sessions_app.domain.typed import typed_number
from tests.sessions_app.domain.circumstances import DRUG_PAD, circumstances, request
from tests.sessions_app.domain.specs import DEXAMETHASONE, LIDOCAINE, PALM, TENDON

GLYCOPYRRONIUM = replace(
    DEXAMETHASONE,
    code="glycopyrronium",
    name="glycopyrronium bromide",
    concentration="0.05 %",
    sign=IonSign.CATION,
    pole=Pole.ANODE,
)


def test_trap_06_no_drug_is_reversed_and_glycopyrronium_is_one() -> None:
    assert PALM.reversal
    for drug in (DEXAMETHASONE, GLYCOPYRRONIUM):
        with pytest.raises(ProtocolError, match="reversal would drive"):
            replace(PALM, drugs=(drug,))
    cathode = replace(GLYCOPYRRONIUM, pole=Pole.CATHODE)
    with pytest.raises(ProtocolError, match="glycopyrronium bromide is a cation"):
        replace(PALM, reversal=False, drugs=(cathode,))
    published = published_entries()
    (bath,) = published["HH-GLYCO"].drugs or ()
    assert (bath.sign, bath.pole) == (IonSign.CATION, Pole.ANODE)
    for entry in published.values():
        assert not (entry.figures["reversal"] and entry.drugs)


@pytest.mark.parametrize("reversal", [True, False])
def test_trap_07_reversal_comes_from_the_protocol_alone(reversal: bool) -> None:
    asked = request("HH-PALM")
    spec = replace(asked.about.spec, reversal=reversal)
    found = plan(replace(asked, about=replace(asked.about, spec=spec)))
    assert found.programme.reversal is reversal


def test_trap_07_the_catalogue_says_it_for_each_row() -> None:
    rows = published_entries()
    assert rows["HH-PALM"].figures["reversal"] is True
    assert rows["HH-PULSE"].figures["reversal"] is False


def test_trap_08_each_drug_lies_under_the_pole_of_its_sign() -> None:
    anode = replace(DEXAMETHASONE, pole=Pole.ANODE)
    with pytest.raises(ProtocolError, match="belongs under the cathode"):
        replace(TENDON, drugs=(anode,))
    # As one trial had it: dexamethasone and lidocaine both under the cathode.
    beside = replace(LIDOCAINE, pole=Pole.CATHODE)
    with pytest.raises(ProtocolError, match="lidocaine is a cation"):
        replace(TENDON, drugs=(DEXAMETHASONE, beside))
    with pytest.raises(PlanRefused, match="cathode"):
        plan(request("LE-DEX40", drug_pole=Pole.ANODE))
    poles = {drug.code: drug.pole for drug in published_entries()["LE-DEXLIDO"].drugs}
    assert poles == {"dexamethasone": Pole.CATHODE, "lidocaine": Pole.ANODE}


def test_trap_13_amounts_are_integers_of_one_unit_and_never_guessed() -> None:
    # 40 mA·min are 2.4 C, 2400 mA·s; 40 µA·min are a thousandth of it.
    assert charge_nc("40") == 2_400_000_000
    assert charge_nc("0.04") == 2_400_000
    assert ma_exact_text(40) == "0.04 mA"
    assert ma_exact_text(40_000) == "40.0 mA"
    # A typed number is of the unit of its field, or refused.
    field = {"label": "Ceiling", "unit": "mA", "scale": 1_000}
    assert typed_number("4 mA", **field) == typed_number("4", **field) == 4_000
    for typed in ("4000 µA", "4 volts", "4 V", "2.4 C", "4,0", "0.0001 mA"):
        with pytest.raises(ValueError, match="Ceiling"):
            typed_number(typed, **field)
    for wrong in (4.0, "4", "4 mA", True, None):
        data: dict[str, Any] = TENDON.to_dict()
        data["currents"] = {**data["currents"], "max_ua": wrong}
        with pytest.raises(ProtocolError, match="max_ua"):
            ProtocolSpec.from_dict(data)
    with pytest.raises(ReadingError, match="mean_ua"):
        read_wire([1, 0, 3.2, 3, 3, 20_000, 4, 2])


def test_trap_14_each_pole_has_its_own_density_limit_and_equality_passes() -> None:
    about = circumstances("LE-DEX40", cathode=replace(DRUG_PAD, area_mm2=800))
    assert current_verdict(about, 4_000).ok
    over = current_verdict(about, 4_001)
    assert (over.ok, over.tightest.layer) == (False, Layer.CATHODE)
    # Another protocol has another limit for the other pole, on the same pads.
    spec = replace(about.spec, density=replace(about.spec.density, anode_ua_cm2=90))
    lower = current_verdict(replace(about, spec=spec), 4_000)
    assert (lower.allowed, lower.tightest.layer) == (3_600, Layer.ANODE)


def test_trap_15_density_is_that_of_the_skin_in_contact() -> None:
    plain = {
        "anode_limit_ua_cm2": 1_000,
        "cathode_limit_ua_cm2": 500,
        "reversal": False,
    }
    whole = density(4_000, 4_000, 800, **plain)
    lifted = density(4_000, 4_000, 800, contact_permille=500, **plain)
    assert (whole.cathode_ua_cm2, whole.ok) == (500, True)
    assert (lifted.cathode_ua_cm2, lifted.ok) == (1_000, False)
    # A foil of 20 cm² on a drug pad of 7 cm² carries what 7 cm² may.
    drug_pad = circumstances("LE-DEX40", cathode=replace(DRUG_PAD, area_mm2=700))
    assert current_verdict(drug_pad, 4_000).allowed == 3_500
