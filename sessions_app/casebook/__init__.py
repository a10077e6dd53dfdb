"""Worked cases, evaluated by the product's own functions.

A case is `{id, kind, title, inputs, expected}`. Each kind has one function
that reads the inputs and asks the core; no rule is restated.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sessions_app.casebook import courses, currents
from sessions_app.casebook.inputs import CaseError, Inputs, Kind

KINDS: Mapping[str, Kind] = {**currents.KINDS, **courses.KINDS}


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
