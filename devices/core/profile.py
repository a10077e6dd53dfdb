"""What a kind of stimulator can do and how it behaves when contact breaks."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self, TypeVar


class OnBreak(StrEnum):
    """What the device does by itself when the circuit breaks."""

    TERMINATE = "terminate"
    PAUSE = "pause"
    AUTO_CONTINUE = "auto_continue"


class ControlMode(StrEnum):
    CURRENT = "current"
    VOLTAGE = "voltage"


class CurrentSemantics(StrEnum):
    """Which current `max_current_ua` limits."""

    MEAN = "mean"
    PEAK = "peak"
    RMS = "rms"


REPORTABLE = ("mean", "peak", "rms", "voltage")


class ProfileError(ValueError):
    """A device profile that cannot be read; the text names the field."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of stimulator.

    `series_ohm` is the fixed resistor inside the device, taken off every
    impedance. `scale_permille` turns a displayed number into a current: 1000
    is an honest display. `reports` names what is measured, of `REPORTABLE`.
    """

    on_break: OnBreak
    resume_allowed: bool
    max_pause_ms: int
    reramp_ms: int
    control_mode: ControlMode
    reports: tuple[str, ...]
    series_ohm: int
    scale_permille: int
    max_current_ua: int
    compliance_mv: int
    current_semantics: CurrentSemantics

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal profile back."""
        return {**asdict(self), "reports": list(self.reports)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Build from `to_dict` form; raises ProfileError naming the field."""
        if wrong := sorted(set(data) ^ {field.name for field in fields(cls)}):
            raise ProfileError(f"profile: missing or unknown fields {', '.join(wrong)}")
        return cls(
            on_break=_choice(OnBreak, data["on_break"]),
            resume_allowed=_flag(data, "resume_allowed"),
            max_pause_ms=_count(data, "max_pause_ms"),
            reramp_ms=_count(data, "reramp_ms"),
            control_mode=_choice(ControlMode, data["control_mode"]),
            reports=_reports(data["reports"]),
            series_ohm=_count(data, "series_ohm"),
            scale_permille=_count(data, "scale_permille"),
            max_current_ua=_count(data, "max_current_ua"),
            compliance_mv=_count(data, "compliance_mv"),
            current_semantics=_choice(CurrentSemantics, data["current_semantics"]),
        )


_Kind = TypeVar("_Kind", bound=StrEnum)


def _choice(kind: type[_Kind], value: Any) -> _Kind:
    try:
        return kind(value)
    except ValueError as error:
        raise ProfileError(f"profile: {error}") from error


def _flag(data: dict[str, Any], name: str) -> bool:
    value = data[name]
    if not isinstance(value, bool):
        raise ProfileError(f"profile: {name} must be true or false, not {value!r}")
    return value


def _count(data: dict[str, Any], name: str) -> int:
    value = data[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ProfileError(
            f"profile: {name} must be a whole number from 0, not {value!r}"
        )
    return value


def _reports(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ProfileError(f"profile: reports must be a list, not {value!r}")
    if unknown := sorted({str(name) for name in value} - set(REPORTABLE)):
        raise ProfileError(f"profile: reports names unknown {', '.join(unknown)}")
    return tuple(value)
