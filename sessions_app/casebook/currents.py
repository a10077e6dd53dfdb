"""Worked cases of currents, charge, electrodes and contact."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from clinic.quantities import ma_min_text
from devices.core.charge import integrate
from devices.core.contact import change, classify, loop_ohm, skin_ohm
from devices.core.electrics import compliance, density, pulsed, split_lead
from devices.core.parts import Basis
from sessions_app.casebook import inputs as given
from sessions_app.casebook.inputs import Inputs, Kind
from sessions_app.domain.completeness import Delivery, reconcile
from sessions_app.domain.current_steps import rows
from sessions_app.domain.dosimetry import wrong_pole
from sessions_app.domain.poles import IonSign
from sessions_app.domain.protocol import Steps


def _charge(inputs: Inputs) -> dict[str, Any]:
    charge = integrate(
        given.pairs(inputs, "samples"),
        given.spans(inputs, "holds"),
        given.count(inputs, "max_gap_ms"),
    )
    return {
        **charge._asdict(),
        "confirmed_mA_min": ma_min_text(charge.confirmed_nc),
    }


def _pulsed(inputs: Inputs) -> dict[str, Any]:
    names = ("peak_ua", "duty_permille", "duration_ms")
    return asdict(pulsed(*(given.count(inputs, name) for name in names)))


def _compliance(inputs: Inputs) -> dict[str, Any]:
    names = ("set_ua", "compliance_mv", "loop_ohm", "prescribed_nc")
    return asdict(compliance(*(given.count(inputs, name) for name in names)))


def _reconcile(inputs: Inputs) -> dict[str, Any]:
    delivery = Delivery(
        given.choice(inputs, "basis", Basis),
        given.count(inputs, "prescribed_nc"),
        given.count(inputs, "delivered_nc"),
        given.count(inputs, "planned_flow_ms"),
        given.count(inputs, "flow_ms"),
        given.flag(inputs, "event_complete"),
    )
    found = reconcile(
        delivery,
        tolerance_permille=given.count(inputs, "tolerance_permille"),
        count_permille=given.count(inputs, "count_permille"),
        over_permille=given.count(inputs, "over_permille"),
    )
    return {"verdict": found.verdict, "counts": found.counts}


def _density(inputs: Inputs) -> dict[str, Any]:
    found = density(
        given.count(inputs, "current_ua"),
        given.count(inputs, "anode_mm2"),
        given.count(inputs, "cathode_mm2"),
        anode_limit_ua_cm2=given.count(inputs, "anode_limit_ua_cm2"),
        cathode_limit_ua_cm2=given.count(inputs, "cathode_limit_ua_cm2"),
        reversal=given.flag(inputs, "reversal"),
        contact_permille=given.count(inputs, "contact_permille"),
    )
    return asdict(found)


def _split_lead(inputs: Inputs) -> dict[str, Any]:
    found = split_lead(
        given.count(inputs, "current_ua"),
        given.wholes(inputs, "branch_ohm"),
        given.count(inputs, "duration_ms"),
    )
    return asdict(found)


def _wrong_pole(inputs: Inputs) -> dict[str, Any]:
    credit = wrong_pole(
        given.pairs(inputs, "samples"),
        given.spans(inputs, "holds"),
        given.count(inputs, "max_gap_ms"),
        sign=given.choice(inputs, "drug_sign", IonSign),
        swapped=given.spans(inputs, "swapped"),
    )
    return asdict(credit)


def _current_steps(inputs: Inputs) -> dict[str, Any]:
    counts = ("start_ua", "start_ms", "step_ua", "step_ms", "cap_ua", "cap_ms")
    steps = Steps(
        **{name: given.count(inputs, name) for name in counts},
        every_sessions=given.whole(inputs, "every_sessions", least=1),
    )
    found = rows(steps, given.visits(inputs, "sessions"))
    return {"rows": found, "total_nc": sum(row.charge_nc for row in found)}


def _impedance(inputs: Inputs) -> dict[str, Any]:
    voltage = given.whole(inputs, "voltage_mv")
    current = given.whole(inputs, "current_ua")
    return {
        "loop_ohm": loop_ohm(voltage, current),
        "skin_ohm": skin_ohm(voltage, current, given.count(inputs, "series_ohm")),
    }


def _contact_class(inputs: Inputs) -> dict[str, Any]:
    found = classify(
        None if inputs.get("ohm", 0) is None else given.whole(inputs, "ohm"),
        given.whole(inputs, "set_ua"),
        given.whole(inputs, "measured_ua"),
        lead_off_permille=given.count(inputs, "lead_off_permille"),
        lead_off_ohm=given.count(inputs, "lead_off_ohm"),
        dry_ohm=given.count(inputs, "dry_ohm"),
        bridge_ohm=given.count(inputs, "bridge_ohm"),
    )
    return {"class": found}


def _contact_change(inputs: Inputs) -> dict[str, Any]:
    found = change(
        given.whole(inputs, "before_ohm"),
        given.whole(inputs, "after_ohm"),
        given.count(inputs, "dt_ms"),
        window_ms=given.count(inputs, "window_ms"),
        jump_permille=given.count(inputs, "jump_permille"),
        drop_permille=given.count(inputs, "drop_permille"),
    )
    return {"change": found}


KINDS: Mapping[str, Kind] = {
    "charge": _charge,
    "pulsed": _pulsed,
    "compliance": _compliance,
    "reconcile": _reconcile,
    "density": _density,
    "split_lead": _split_lead,
    "wrong_pole": _wrong_pole,
    "current_steps": _current_steps,
    "impedance": _impedance,
    "contact_class": _contact_class,
    "contact_change": _contact_change,
}
