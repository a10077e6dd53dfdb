"""What figures of one protocol contradict each other, whether single or ranges."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devices.core.parts import Basis, Waveform
from sessions_app.domain.figures import FIGURES, Range, Value
from sessions_app.domain.protocol import Drug, drug_fault

# The first is never above the second.
RISING = (
    ("currents.start_ua", "currents.max_ua"),
    ("currents.floor_ua", "currents.target_ua"),
    ("currents.target_ua", "currents.max_ua"),
    ("ages.child_max_ua", "currents.max_ua"),
    ("course.flow_floor_ua", "currents.target_ua"),
    ("course.flow_ms", "course.max_flow_ms"),
    ("course.max_flow_ms", "course.max_wall_ms"),
    ("ages.floor", "ages.adult"),
    ("schedule.sessions", "schedule.sessions_cap"),
    ("counting.count_permille", "counting.over_permille"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, and what to do; `field` is its dotted path."""

    field: str
    text: str


def contradictions(
    figures: Mapping[str, Value], drugs: tuple[Drug, ...] | None
) -> Iterator[Problem]:
    """Every contradiction of the figures; a missing figure contradicts nothing."""
    for low, high in RISING:
        yield from _falling(figures, low, high)
    yield from _against_basis(figures)
    yield from _out_of_reach(figures)
    for number, drug in enumerate(drugs or ()):
        yield from _against_drug(figures, number, drug)


def _falling(figures: Mapping[str, Value], low: str, high: str) -> Iterator[Problem]:
    least, most = _least(figures[low]), _most(figures[high])
    if least is not None and most is not None and least > most:
        below, above = FIGURES[low], FIGURES[high]
        yield Problem(
            low,
            f"{below.label} {below.text(least)} is above {above.label.lower()}"
            f" {above.text(most)}; lower the one or raise the other",
        )


def _against_basis(figures: Mapping[str, Value]) -> Iterator[Problem]:
    basis, waveform = figures["basis"], figures["waveform"]
    if figures["course.dose_nc"] is not None and basis not in (None, Basis.CHARGE):
        yield Problem("course.dose_nc", "A dose belongs to the charge basis alone")
    if figures["reversal"] is True and basis not in (None, Basis.TIME):
        yield Problem("reversal", "Poles are turned on the time basis only")
    if basis == Basis.EVENT and not _fixed(figures):
        yield Problem("currents.floor_ua", "An event has one fixed current")
    if figures["pulse.frequency_hz"] is not None and waveform == Waveform.DC:
        yield Problem("pulse.frequency_hz", "Direct current has no pulse")


def _out_of_reach(figures: Mapping[str, Value]) -> Iterator[Problem]:
    """A dose that the target current cannot give in the most minutes."""
    dose, target = (
        _least(figures["course.dose_nc"]),
        _most(figures["currents.target_ua"]),
    )
    most = _most(figures["course.max_flow_ms"])
    if dose is None or target is None or most is None or dose <= target * most:
        return
    figure, longest = FIGURES["course.dose_nc"], FIGURES["course.max_flow_ms"]
    yield Problem(
        "course.dose_nc",
        f"{figure.label} {figure.text(dose)} is not reached in {longest.text(most)} at"
        f" {FIGURES['currents.target_ua'].text(target)}; lower it or give more minutes",
    )


def _fixed(figures: Mapping[str, Value]) -> bool:
    floor, most = figures["currents.floor_ua"], figures["currents.max_ua"]
    return floor is None or most is None or floor == most


def _against_drug(
    figures: Mapping[str, Value], number: int, drug: Drug
) -> Iterator[Problem]:
    if fault := drug_fault(drug):
        yield Problem(f"drugs.{number}.pole", fault)
    if figures["reversal"] is True:
        text = f"Turned poles would drive {drug.name} out again; no drug has them"
        yield Problem("reversal", text)
    yield from _above(figures, "currents.max_ua", drug, drug.max_ua)
    yield from _above(figures, "ages.child_max_ua", drug, drug.child_max_ua)


def _above(
    figures: Mapping[str, Value], path: str, drug: Drug, ceiling_ua: int | None
) -> Iterator[Problem]:
    asked = _least(figures[path])
    if asked is not None and ceiling_ua is not None and asked > ceiling_ua:
        figure = FIGURES[path]
        yield Problem(
            path,
            f"{figure.label} {figure.text(asked)} is above the"
            f" {figure.text(ceiling_ua)} that {drug.name} allows; lower it",
        )


def _least(what: Value) -> int | None:
    return what.low if isinstance(what, Range) else _number(what)


def _most(what: Value) -> int | None:
    return what.high if isinstance(what, Range) else _number(what)


def _number(what: Value) -> int | None:
    return what if isinstance(what, int) and not isinstance(what, bool) else None
