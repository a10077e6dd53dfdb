"""The programme: all that a stimulator is told, with both ends and its hard envelope.

The device holds the whole of it and ends by itself. Currents are mean
currents; a pulsed programme derives peak and rms from its duty. Positive
current means that the electrode on the red lead is the anode.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from clinic.quantities import ma_exact_text
from devices.core.curve import Moment, Piece, Walk
from devices.core.parts import (
    Basis,
    Contact,
    Envelope,
    Holds,
    ProgrammeError,
    Pulse,
    Waveform,
    Window,
    peak_ua,
    rms_ua,
)
from devices.core.run_lifecycle import EndReason

__all__ = [
    "REVERSAL_ZERO_MS",
    "Basis",
    "Contact",
    "Envelope",
    "Holds",
    "PlannedCurve",
    "Programme",
    "ProgrammeError",
    "Pulse",
    "Waveform",
    "Window",
    "end_ramp_charge_nc",
    "peak_ua",
    "planned",
    "rms_ua",
]

# The relay that turns the poles moves only after this time at zero.
REVERSAL_ZERO_MS = 500


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything the device is told. All integers; hashed in canonical form.

    `flow_ms` is the planned flow time (time and event basis), `dose_nc` the
    prescribed charge (charge basis, else the planned integral). Flow time
    counts while the measured current is at or above `flow_floor_ua`, never in
    a hold. `target_ua` is the plateau that the plan expects; the plateau that
    flows is titrated inside `window`.
    """

    basis: Basis
    waveform: Waveform
    pulse: Pulse | None
    first_polarity: int
    reversal: bool
    target_ua: int
    flow_floor_ua: int
    flow_ms: int
    max_flow_ms: int
    max_wall_ms: int
    dose_nc: int
    ramp_up_ms: int
    end_ramp_ms: int
    stop_ramp_ms: int
    window: Window
    envelope: Envelope
    contact: Contact
    holds: Holds
    watchdog_ms: int
    sample_hz: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal programme back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Build from `to_dict` form.

        Raises ProgrammeError for missing, unknown or non-integer fields.
        """
        if not isinstance(data, dict):
            raise ProgrammeError(f"programme is no object but {data!r}")
        plain = dict(data)
        try:
            pulse = plain.get("pulse")
            plain["pulse"] = None if pulse is None else _part(Pulse, pulse)
            for name, part in _PARTS.items():
                plain[name] = _part(part, plain.get(name))
            plain["basis"] = Basis(plain.get("basis", ""))
            plain["waveform"] = Waveform(plain.get("waveform", ""))
        except ValueError as error:
            raise ProgrammeError(str(error)) from error
        programme: Self = _part(cls, plain)
        return programme


_PARTS: dict[str, type[Any]] = {
    "window": Window,
    "envelope": Envelope,
    "contact": Contact,
    "holds": Holds,
}


def _part(kind: type[Any], data: Any) -> Any:
    if not isinstance(data, dict):
        raise ProgrammeError(f"{kind.__name__.lower()} is missing or no object")
    names = {field.name: field.type for field in fields(kind)}
    if unknown := sorted(set(data) ^ set(names)):
        raise ProgrammeError(
            f"{kind.__name__.lower()}: missing or unknown fields {', '.join(unknown)}"
        )
    for name, expected in names.items():
        value = data[name]
        if expected is int and (not isinstance(value, int) or isinstance(value, bool)):
            raise ProgrammeError(f"{name} must be an integer, not {value!r}")
        if expected is bool and not isinstance(value, bool):
            raise ProgrammeError(f"{name} must be true or false, not {value!r}")
    return kind(**data)


@dataclass(frozen=True, slots=True)
class PlannedCurve:
    """What a programme would give at one plateau, with nothing going wrong.

    `points` are (t_ms, signed µA) joined by straight lines; every other number
    is their exact integral. `flow_ms` is the time at or above the flow floor.
    """

    points: tuple[tuple[int, int], ...]
    charge_nc: int
    positive_nc: int
    negative_nc: int
    flow_ms: int
    wall_ms: int
    reason: EndReason


def planned(programme: Programme, plateau_ua: int | None = None) -> PlannedCurve:
    """The curve at a plateau (the target if none is given).

    The climb from the start current is the fastest that the window allows.
    Raises ProgrammeError for a plateau outside the window.
    """
    pieces = deque(_pieces(programme, plateau_ua))
    walk = Walk(programme.flow_floor_ua, programme.first_polarity)
    if programme.reversal:
        half_ms = programme.flow_ms // 2
        walk.take_until(
            pieces, lambda now: now.flow_ms >= half_ms or _must_end(programme, now)
        )
        if not _must_end(programme, walk.now):
            _reverse(programme.window, walk)
    walk.take_until(pieces, lambda now: _must_end(programme, now))
    by_dose = _dose_reached(programme, walk.now)
    walk.take(Piece(walk.now.level_ua, 0, programme.end_ramp_ms))
    return PlannedCurve(
        tuple(walk.points),
        walk.now.charge2 // 2,
        walk.positive2 // 2,
        walk.negative2 // 2,
        walk.now.flow_ms,
        walk.now.t_ms,
        EndReason.DOSE if by_dose else EndReason.TIME,
    )


def end_ramp_charge_nc(programme: Programme, level_ua: int) -> int:
    """Charge that the end ramp still gives from a level, so that ramps stay inside
    the dose."""
    return abs(level_ua) * programme.end_ramp_ms // 2


def _pieces(programme: Programme, plateau_ua: int | None) -> Iterator[Piece]:
    window = programme.window
    plateau = programme.target_ua if plateau_ua is None else plateau_ua
    if not window.lowest_ua <= plateau <= window.ceiling_ua:
        raise ProgrammeError(
            f"plateau {ma_exact_text(plateau)} is outside the window"
            f" {ma_exact_text(window.lowest_ua)} to {ma_exact_text(window.ceiling_ua)}"
        )
    level = min(window.start_ua, plateau)
    yield Piece(0, level, programme.ramp_up_ms)
    while level < plateau:
        higher = min(level + window.max_step_up_ua, plateau)
        yield Piece(level, higher, window.span_ms(level, higher))
        yield Piece(higher, higher, window.min_dwell_ms)
        level = higher
    yield Piece(level, level, programme.max_wall_ms)


def _dose_reached(programme: Programme, now: Moment) -> bool:
    if programme.basis is not Basis.CHARGE:
        return False
    ramp2 = now.level_ua * programme.end_ramp_ms
    return now.charge2 + ramp2 >= 2 * programme.dose_nc


def _must_end(programme: Programme, now: Moment) -> bool:
    flow_ms = now.flow_ms + programme.end_ramp_ms
    return (
        _dose_reached(programme, now)
        or (programme.basis is not Basis.CHARGE and flow_ms >= programme.flow_ms)
        or flow_ms >= programme.max_flow_ms
        or now.t_ms + programme.end_ramp_ms >= programme.max_wall_ms
    )


def _reverse(window: Window, walk: Walk) -> None:
    level = walk.now.level_ua
    walk.take(Piece(level, 0, window.span_ms(level, 0)))
    walk.take(Piece(0, 0, REVERSAL_ZERO_MS))
    walk.sign = -walk.sign
    walk.take(Piece(0, level, window.span_ms(0, level)))
