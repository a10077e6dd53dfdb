"""Tests of sweat: how it is collected after the current, what suffices, what a
laboratory can have found. Every number is data with its source; a place stands for
itself and is never added to another."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from clinic.quantities import clock_text
from sessions_app.domain.entry import covers
from sessions_app.domain.protocol import Source
from sessions_app.domain.strict import build

ENGINE = "tests-1"
SOURCED = ("containers", "collect_ms", "repeats", "analyte", "methods", "norms")


class DiagnosticError(ValueError):
    """A test that contradicts itself; the text names the field."""


class ContainerKind(StrEnum):
    COIL = "coil"
    PAPER = "paper"


class Verdict(StrEnum):
    """What a collecting came to. No sweat is a finding, and no failure."""

    ENOUGH = "enough"
    QNS = "qns"
    NO_SWEAT = "none"


class Phase(StrEnum):
    """Where a place of a test stands; derived from its dose and its collecting."""

    WAITING = "waiting"
    NOT_DONE = "not_done"
    TO_COLLECT = "to_collect"
    COLLECTING = "collecting"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Container:
    """What sweat is collected in, and the least of it per place in thousandths of
    `unit`; 0 where any amount is a result."""

    kind: ContainerKind
    label: str
    unit: str
    minimum_milli: int


@dataclass(frozen=True, slots=True)
class Analyte:
    """What the laboratory measures, in thousandths of `unit`.

    Over `impossible_milli` no sweat can be; outside `unlikely_under_milli` to
    `unlikely_over_milli` somebody looks again. A result is due in `due_days`.
    """

    name: str
    unit: str
    impossible_milli: int
    unlikely_under_milli: int
    unlikely_over_milli: int
    due_days: int


@dataclass(frozen=True, slots=True)
class Band:
    """`29 and under` and what its source says of it; shown, never applied."""

    reads: str
    says: str


@dataclass(frozen=True, slots=True)
class Norm:
    """The bands of one source, and whom it states them for."""

    ages: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class DiagnosticTest:
    """How the test of a protocol goes on once the current has ended.

    Raises DiagnosticError unless every given part has exactly one source. With
    `repeats` too little sweat proposes the test again; without, it is the result.
    `analyte` is None where no laboratory follows.
    """

    protocol: str
    title: str
    containers: tuple[Container, ...]
    collect_ms: int
    repeats: bool
    analyte: Analyte | None
    methods: tuple[str, ...]
    norms: tuple[Norm, ...]
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        if not self.containers or self.collect_ms <= 0:
            raise DiagnosticError(f"{self.protocol}: nothing to collect in, or no time")
        for leaf in self._leaves():
            count = sum(covers(source, leaf) for source in self.sources)
            if count != 1:
                raise DiagnosticError(
                    f"{self.protocol}: {leaf} has {count} sources, not one"
                )

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from JSON; raises ValueError that names the field."""
        return build(cls, data, "test")

    def container(self, kind: str) -> Container | None:
        """The container of a kind; None where this test has none."""
        return next((one for one in self.containers if one.kind == kind), None)

    def source_of(self, leaf: str) -> Source:
        return next(one for one in self.sources if covers(one, leaf))

    def _leaves(self) -> list[str]:
        numbers = [f"norms.{number}" for number in range(len(self.norms))]
        plain = [name for name in SOURCED if name not in ("analyte", "norms")]
        given = [name for name in plain if getattr(self, name) not in ((), None)]
        analyte = [] if self.analyte is None else list(Analyte.__slots__[2:])
        return [*given, *numbers, *(f"analyte.{name}" for name in analyte)]


def milli_text(milli: int) -> str:
    """Thousandths as people write them: 15000 is ``"15"``, 80 is ``"0.08"``."""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def phase_of(*, had_current: bool, complete: bool, started: bool, ended: bool) -> Phase:
    """A stimulation cut short is no test: nothing is collected after it."""
    if ended:
        return Phase.COLLECTED
    if started:
        return Phase.COLLECTING
    if complete:
        return Phase.TO_COLLECT
    return Phase.NOT_DONE if had_current else Phase.WAITING


def over_ms(took_ms: int, limit_ms: int) -> int:
    """By how much a collecting ran over its limit; 0 within it, the limit included."""
    return max(took_ms - limit_ms, 0)


def judge(
    *, amount_milli: int, minimum_milli: int, took_ms: int, limit_ms: int
) -> Verdict:
    """What one place came to.

    Sweat that needed longer than the limit came too slowly, however much it is: the
    least amount is a rate, not what the laboratory needs.
    """
    if amount_milli == 0:
        return Verdict.NO_SWEAT
    if amount_milli < minimum_milli or over_ms(took_ms, limit_ms):
        return Verdict.QNS
    return Verdict.ENOUGH


def impossible(analyte: Analyte, milli: int) -> bool:
    return milli > analyte.impossible_milli


def unlikely(analyte: Analyte, milli: int) -> bool:
    low, high = analyte.unlikely_under_milli, analyte.unlikely_over_milli
    return milli < low or milli > high


# Repeat


@dataclass(frozen=True, slots=True)
class Repeat:
    """The proposal to do a test again, by which rule, and why."""

    rule: str
    why: str
    places: tuple[str, ...]
    due_on: dt.date

    def to_dict(self) -> dict[str, Any]:
        return {
            "act": "repeat",
            "places": list(self.places),
            "due_on": self.due_on.isoformat(),
        }


def repeat_of(inputs: Mapping[str, Any]) -> Repeat | None:
    """What follows from a test; None when nothing is to be repeated.

    `inputs` is plain JSON and kept beside the answer, so that it can be replayed:
    `repeats`, `on`, `gap_days`, and `places` with `place`, `phase`, `verdict`,
    `amount_milli`, `minimum_milli`, `unit`, `over_ms` and `note`.
    """
    if not inputs["repeats"]:
        return None
    short = [one for one in inputs["places"] if one["phase"] == Phase.NOT_DONE]
    few = [one for one in inputs["places"] if one["verdict"] == Verdict.QNS]
    if not short and not few:
        return None
    day = dt.date.fromisoformat(inputs["on"])
    gap = dt.timedelta(days=max(1, int(inputs["gap_days"])))
    says = [*(_few_text(one) for one in few), *(_short_text(one) for one in short)]
    return Repeat(
        rule="quantity_not_sufficient" if few else "stimulation_cut_short",
        why=f"{'; '.join(says)}. {_rest_text(inputs['places'])}",
        places=tuple(one["place"] for one in [*few, *short]),
        due_on=day + gap,
    )


def _few_text(one: Mapping[str, Any]) -> str:
    unit, amount = one["unit"], one["amount_milli"]
    if one["note"] and not amount:
        return f"{one['place']}: nothing was collected, {one['note']}"
    if one["over_ms"]:
        over = clock_text(one["over_ms"])
        return f"{one['place']}: collected {over} min over the limit, not valid"
    least = milli_text(one["minimum_milli"])
    return f"{one['place']}: {milli_text(amount)} {unit}, at least {least} {unit}"


def _short_text(one: Mapping[str, Any]) -> str:
    return f"{one['place']}: the current was cut short; a test is done anew"


def _rest_text(places: Sequence[Mapping[str, Any]]) -> str:
    enough = [one["place"] for one in places if one["verdict"] == Verdict.ENOUGH]
    if not enough:
        return "No place gave enough; places are never pooled."
    return f"Enough at {', '.join(enough)}; places are never pooled."
