"""Worked cases, evaluated by the product's own functions.

A case is `{id, kind, title, inputs, expected}`. Each kind has one function here
that reads the inputs and asks the core; no rule is restated.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from clinic.quantities import ma_min_text
from devices.core.charge import integrate
from devices.core.contact import change, classify, loop_ohm, skin_ohm
from devices.core.electrics import compliance, density, pulsed, split_lead
from devices.core.parts import Basis
from sessions_app.domain.completeness import Delivery, reconcile
from sessions_app.domain.dosimetry import wrong_pole
from sessions_app.domain.poles import IonSign

Inputs = Mapping[str, Any]


class Status(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_SUPPORTED = "not supported"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; `note` holds expected and got, or the reason."""

    status: Status
    label: str
    note: str = ""

    @property
    def line(self) -> str:
        return f"{self.status} {self.label}{f': {self.note}' if self.note else ''}"


class CaseError(ValueError):
    """An input that its kind cannot have; the text names it."""


def cases_in(text: str) -> list[Any]:
    """The cases of a file. Raises CaseError for a text that holds none."""
    try:
        book = json.loads(text)
    except json.JSONDecodeError as error:
        raise CaseError(f"not JSON: {error}") from error
    cases = book.get("cases") if isinstance(book, dict) else None
    if not isinstance(cases, list):
        raise CaseError("no list `cases` in the file")
    return cases


def evaluate(case: Any) -> Outcome:
    """Compare what the product says with what the case expects."""
    if not isinstance(case, dict):
        return Outcome(Status.FAIL, "?", f"a case is an object, not {case!r}")
    kind = case.get("kind")
    label = " ".join(f"{case.get('id', '?')} {kind}".split())
    work = KINDS.get(kind) if isinstance(kind, str) else None
    if work is None:
        return Outcome(Status.NOT_SUPPORTED, label)
    try:
        got = work(_inputs(case))
    except ValueError as error:
        return Outcome(Status.FAIL, label, str(error))
    expected, found = _text(case.get("expected")), _text(got)
    if expected == found:
        return Outcome(Status.PASS, label)
    return Outcome(Status.FAIL, label, f"expected {expected} got {found}")


def closing_line(outcomes: list[Outcome]) -> str:
    counts = dict.fromkeys(Status, 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
    return (
        f"{counts[Status.PASS]} passed, {counts[Status.FAIL]} failed,"
        f" {counts[Status.NOT_SUPPORTED]} not supported"
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _inputs(case: Inputs) -> Inputs:
    inputs = case.get("inputs")
    if not isinstance(inputs, dict):
        raise CaseError(f"inputs is an object, not {inputs!r}")
    return inputs


# Inputs


def _whole(inputs: Inputs, name: str, *, least: int | None = None) -> int:
    value = inputs.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise CaseError(f"{name} is a whole number, not {value!r}")
    if least is not None and value < least:
        raise CaseError(f"{name} is at least {least}, not {value}")
    return value


def _count(inputs: Inputs, name: str) -> int:
    return _whole(inputs, name, least=0)


def _flag(inputs: Inputs, name: str) -> bool:
    value = inputs.get(name)
    if not isinstance(value, bool):
        raise CaseError(f"{name} is true or false, not {value!r}")
    return value


def _choice(inputs: Inputs, name: str, kind: type[StrEnum]) -> Any:
    value = inputs.get(name)
    try:
        return kind(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise CaseError(f"{name} is one of {', '.join(kind)}, not {value!r}") from error


def _wholes(inputs: Inputs, name: str) -> list[int]:
    values = inputs.get(name)
    if not isinstance(values, list) or any(type(value) is not int for value in values):
        raise CaseError(f"{name} is a list of whole numbers, not {values!r}")
    return values


def _rows(inputs: Inputs, name: str) -> list[tuple[int, int]]:
    rows = inputs.get(name)
    if not isinstance(rows, list):
        raise CaseError(f"{name} is a list of pairs, not {rows!r}")
    for row in rows:
        if (
            not isinstance(row, list)
            or len(row) != 2
            or any(type(value) is not int for value in row)
        ):
            raise CaseError(f"{name}: {row!r} is no pair of whole numbers")
    return [(first, second) for first, second in rows]


def _spans(inputs: Inputs, name: str) -> list[tuple[int, int]]:
    spans = _rows(inputs, name)
    for start, end in spans:
        if end < start:
            raise CaseError(f"{name}: {start} to {end} ends before it begins")
    return spans


# Kinds


def _charge(inputs: Inputs) -> dict[str, Any]:
    charge = integrate(
        _rows(inputs, "samples"), _spans(inputs, "holds"), _count(inputs, "max_gap_ms")
    )
    return {
        **charge._asdict(),
        "confirmed_mA_min": ma_min_text(charge.confirmed_nc),
    }


def _pulsed(inputs: Inputs) -> dict[str, Any]:
    names = ("peak_ua", "duty_permille", "duration_ms")
    return asdict(pulsed(*(_count(inputs, name) for name in names)))


def _compliance(inputs: Inputs) -> dict[str, Any]:
    names = ("set_ua", "compliance_mv", "loop_ohm", "prescribed_nc")
    return asdict(compliance(*(_count(inputs, name) for name in names)))


def _reconcile(inputs: Inputs) -> dict[str, Any]:
    delivery = Delivery(
        _choice(inputs, "basis", Basis),
        _count(inputs, "prescribed_nc"),
        _count(inputs, "delivered_nc"),
        _count(inputs, "planned_flow_ms"),
        _count(inputs, "flow_ms"),
        _flag(inputs, "event_complete"),
    )
    found = reconcile(
        delivery,
        tolerance_permille=_count(inputs, "tolerance_permille"),
        count_permille=_count(inputs, "count_permille"),
        over_permille=_count(inputs, "over_permille"),
    )
    return {"verdict": found.verdict, "counts": found.counts}


def _density(inputs: Inputs) -> dict[str, Any]:
    found = density(
        _count(inputs, "current_ua"),
        _count(inputs, "anode_mm2"),
        _count(inputs, "cathode_mm2"),
        anode_limit_ua_cm2=_count(inputs, "anode_limit_ua_cm2"),
        cathode_limit_ua_cm2=_count(inputs, "cathode_limit_ua_cm2"),
        reversal=_flag(inputs, "reversal"),
        contact_permille=_count(inputs, "contact_permille"),
    )
    return asdict(found)


def _split_lead(inputs: Inputs) -> dict[str, Any]:
    found = split_lead(
        _count(inputs, "current_ua"),
        _wholes(inputs, "branch_ohm"),
        _count(inputs, "duration_ms"),
    )
    return asdict(found)


def _wrong_pole(inputs: Inputs) -> dict[str, Any]:
    credit = wrong_pole(
        _rows(inputs, "samples"),
        _spans(inputs, "holds"),
        _count(inputs, "max_gap_ms"),
        sign=_choice(inputs, "drug_sign", IonSign),
        swapped=_spans(inputs, "swapped"),
    )
    return asdict(credit)


def _impedance(inputs: Inputs) -> dict[str, Any]:
    voltage, current = _whole(inputs, "voltage_mv"), _whole(inputs, "current_ua")
    return {
        "loop_ohm": loop_ohm(voltage, current),
        "skin_ohm": skin_ohm(voltage, current, _count(inputs, "series_ohm")),
    }


def _contact_class(inputs: Inputs) -> dict[str, Any]:
    found = classify(
        None if inputs.get("ohm", 0) is None else _whole(inputs, "ohm"),
        _whole(inputs, "set_ua"),
        _whole(inputs, "measured_ua"),
        lead_off_permille=_count(inputs, "lead_off_permille"),
        lead_off_ohm=_count(inputs, "lead_off_ohm"),
        dry_ohm=_count(inputs, "dry_ohm"),
        bridge_ohm=_count(inputs, "bridge_ohm"),
    )
    return {"class": found}


def _contact_change(inputs: Inputs) -> dict[str, Any]:
    found = change(
        _whole(inputs, "before_ohm"),
        _whole(inputs, "after_ohm"),
        _count(inputs, "dt_ms"),
        window_ms=_count(inputs, "window_ms"),
        jump_permille=_count(inputs, "jump_permille"),
        drop_permille=_count(inputs, "drop_permille"),
    )
    return {"change": found}


KINDS: Mapping[str, Callable[[Inputs], dict[str, Any]]] = {
    "charge": _charge,
    "pulsed": _pulsed,
    "compliance": _compliance,
    "reconcile": _reconcile,
    "density": _density,
    "split_lead": _split_lead,
    "wrong_pole": _wrong_pole,
    "impedance": _impedance,
    "contact_class": _contact_class,
    "contact_change": _contact_change,
}
