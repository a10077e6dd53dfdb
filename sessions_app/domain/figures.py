"""The figures of a protocol, one by one: what each is called, its unit, its kind.

A figure is named by its dotted path into `protocol.ProtocolSpec`; two belong to
the catalogue alone: `reversal_optional` and `density.target_ua_cm2`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from devices.core.parts import Basis, Waveform
from sessions_app.domain.protocol import Continue, PathClass
from sessions_app.domain.strict import build, value


@dataclass(frozen=True, slots=True)
class Range:
    """From the lowest to the highest of what is published, in the figure's unit."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high:
            raise ValueError(f"a range rises, not {self.low} to {self.high}")


_FINEST = Decimal("0.0001")
# A number, a range, yes or no, one word, several words to choose from, or empty.
Value = int | bool | str | Range | tuple[str, ...] | None


class Caution(StrEnum):
    """Which way a figure is careful."""

    LOW = "low"
    HIGH = "high"
    NEITHER = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; shown as stored value / `scale` with `unit`."""

    path: str
    label: str
    unit: str = ""
    scale: int = 1
    kind: type = int
    caution: Caution = Caution.NEITHER
    safety: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """The words to choose from; empty for a number and for yes or no."""
        return tuple(self.kind) if issubclass(self.kind, StrEnum) else ()

    def text(self, what: Value) -> str:
        """``"10 to 15 mA"``, ``"yes"``, ``"limb_to_limb"``, ``"not given"``."""
        if what is None:
            return "not given"
        if isinstance(what, Range):
            return f"{self._plain(what.low)} to {self._number(what.high)}"
        if isinstance(what, tuple):
            return " or ".join(what)
        if isinstance(what, bool):
            return "yes" if what else "no"
        return what if isinstance(what, str) else self._number(what)

    def read(self, data: Any) -> Value:
        """A published value from its JSON form; raises ValueError that names it."""
        if isinstance(data, Mapping):
            return build(Range, data, self.path)
        if isinstance(data, list | tuple) and self.options:
            return tuple(str(self.entered(item)) for item in data)
        return None if data is None else self.entered(data)

    def entered(self, data: Any) -> int | bool | str:
        """One single value, as a prescriber enters it, at its stored scale.

        Raises ValueError that names the figure.
        """
        made = value(self.kind, data, self.label)
        if self.kind is int and made < 0:
            raise ValueError(f"{self.label} is not below 0, but {made}")
        return str(made) if self.options else made

    def _plain(self, number: int) -> str:
        shown = (Decimal(number) / self.scale).quantize(_FINEST, ROUND_HALF_EVEN)
        return f"{shown.normalize():f}"

    def _number(self, number: int) -> str:
        return f"{self._plain(number)} {self.unit}".strip()


def cautious(figure: Figure, what: Value) -> int | bool | str | None:
    """One value out of what is published: of a range its careful end, which is the
    low one where neither is; of several words the first."""
    if isinstance(what, Range):
        return what.high if figure.caution is Caution.HIGH else what.low
    return what[0] if isinstance(what, tuple) else what


def admits(figure: Figure, published: Value, entered: int | bool | str) -> bool:
    """Whether a value lies within what is published, or beyond its careful end."""
    if published is None:
        return True
    if isinstance(published, tuple):
        return entered in published
    if isinstance(published, bool | str) or isinstance(entered, bool | str):
        return entered == published
    low, high = _ends(published)
    return (low <= entered or figure.caution is Caution.LOW) and (
        entered <= high or figure.caution is Caution.HIGH
    )


def needed(path: str, settled: Mapping[str, Value]) -> bool:
    """Whether a protocol must have this figure, given what the others are."""
    if path in ("reversal_optional", "density.target_ua_cm2", "ages.child_max_ua"):
        return False
    if path == "course.flow_ms":
        return settled.get("basis") != Basis.CHARGE
    if path in _WITH:
        other, word = _WITH[path]
        return settled.get(other) == word
    return True


def _ends(published: int | Range) -> tuple[int, int]:
    if isinstance(published, Range):
        return published.low, published.high
    return published, published


# A figure that is needed only while another has this word.
_WITH: dict[str, tuple[str, str]] = {
    "pulse.frequency_hz": ("waveform", Waveform.PULSED),
    "pulse.duty_permille": ("waveform", Waveform.PULSED),
    "course.dose_nc": ("basis", Basis.CHARGE),
    "continuation.within_ms": ("continuation.kind", Continue.SAME_VISIT),
    "continuation.min_gap_days": ("continuation.kind", Continue.NEXT_VISIT),
}
_MA: dict[str, Any] = {"unit": "mA", "scale": 1000}
_MIN: dict[str, Any] = {"unit": "min", "scale": 60_000}
_SEC: dict[str, Any] = {"unit": "s", "scale": 1000}
_DENSE: dict[str, Any] = {"unit": "mA/cm²", "scale": 1000, "caution": Caution.LOW}
_CM2: dict[str, Any] = {"unit": "cm²", "scale": 100, "caution": Caution.HIGH}
_LOW, _HIGH = Caution.LOW, Caution.HIGH

_ALL = (
    Figure("basis", "What completes a session", kind=Basis),
    Figure("waveform", "Waveform", kind=Waveform),
    Figure("pulse.frequency_hz", "Pulse frequency", "kHz", 1000),
    Figure("pulse.duty_permille", "Pulse duty", "%", 10),
    Figure("reversal", "Poles turned at half-time", kind=bool),
    Figure("reversal_optional", "Turning the poles is a choice", kind=bool),
    Figure("currents.start_ua", "Current at the start", **_MA, caution=_LOW),
    Figure("currents.floor_ua", "Lowest current", **_MA, caution=_LOW),
    Figure("currents.target_ua", "Target current", **_MA, caution=_LOW),
    Figure("currents.max_ua", "Highest current", **_MA, caution=_LOW, safety=True),
    Figure("currents.step_up_ua", "Largest raise", **_MA, caution=_LOW),
    Figure("currents.dwell_ms", "Wait between raises", **_SEC, caution=_HIGH),
    Figure("currents.slope_ua_per_s", "Slope of a change", "mA/s", 1000, caution=_LOW),
    Figure("course.flow_ms", "Minutes of current", **_MIN, caution=_LOW),
    Figure("course.max_flow_ms", "Most minutes of current", **_MIN, caution=_LOW),
    Figure("course.max_wall_ms", "Most minutes with holds", **_MIN, caution=_LOW),
    Figure("course.flow_floor_ua", "Current from which minutes count", **_MA),
    Figure("course.dose_nc", "Dose", "mA·min", 60_000_000, caution=_LOW, safety=True),
    Figure("course.ramp_up_ms", "Ramp up", **_SEC, caution=_HIGH),
    Figure("course.end_ramp_ms", "Ramp down at the end", **_SEC, caution=_HIGH),
    Figure("course.stop_ramp_ms", "Ramp down at a stop", **_SEC),
    Figure(
        "density.anode_ua_cm2", "Highest density at the anode", **_DENSE, safety=True
    ),
    Figure(
        "density.cathode_ua_cm2",
        "Highest density at the cathode",
        **_DENSE,
        safety=True,
    ),
    Figure("density.target_ua_cm2", "Target density", **_DENSE),
    Figure("ages.floor", "Youngest age", "years", caution=_HIGH, safety=True),
    Figure("ages.adult", "Age of adults", "years", caution=_HIGH),
    Figure("ages.child_max_ua", "Highest current of children", **_MA, caution=_LOW),
    Figure("holds.max_hold_ms", "Longest hold", **_MIN),
    Figure("holds.max_holds", "Most holds"),
    Figure("holds.max_lead_offs", "Most lost contacts"),
    Figure("counting.tolerance_permille", "Complete within", "%", 10),
    Figure("counting.count_permille", "Counts as a session from", "%", 10),
    Figure("counting.over_permille", "Incident above", "%", 10, caution=_LOW),
    Figure("continuation.kind", "A session cut short", kind=Continue),
    Figure("continuation.within_ms", "Continued within", **_MIN, caution=_LOW),
    Figure("continuation.min_gap_days", "Continued after", "days", caution=_HIGH),
    Figure("path", "Path of the current", kind=PathClass, safety=True),
    Figure("areas.active_min_mm2", "Smallest active electrode", **_CM2, safety=True),
    Figure("areas.return_min_mm2", "Smallest return electrode", **_CM2, safety=True),
    Figure("schedule.sessions", "Sessions in a course", caution=_LOW),
    Figure("schedule.sessions_cap", "Most sessions in a course", caution=_LOW),
    Figure("schedule.per_week", "Most sessions a week", caution=_LOW),
    Figure("schedule.min_gap_days", "Days between sessions", "days", caution=_HIGH),
    Figure("schedule.sites_per_day", "Places treated in a day", caution=_LOW),
    Figure("sample_hz", "Samples a second", "Hz"),
)
FIGURES: dict[str, Figure] = {figure.path: figure for figure in _ALL}
