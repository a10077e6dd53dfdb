"""The parts of a programme and the electrics of its waveform."""

from dataclasses import dataclass
from enum import StrEnum
from math import isqrt
from typing import Self


class Basis(StrEnum):
    """What ends a programme and what makes it complete."""

    TIME = "time"
    CHARGE = "charge"
    EVENT = "event"


class Waveform(StrEnum):
    DC = "dc"
    PULSED = "pulsed"


class ProgrammeError(ValueError):
    """A programme that no device may hold; the text names field, number and limit."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Rectangular pulses of one direction."""

    frequency_hz: int
    duty_permille: int


@dataclass(frozen=True, slots=True)
class Window:
    """Titration window: how the plateau may move while the programme runs.

    The run begins at `start_ua`; `floor_ua == ceiling_ua` means a fixed
    current. `min_dwell_ms` is therapy time between two raises.
    """

    start_ua: int
    floor_ua: int
    ceiling_ua: int
    max_step_up_ua: int
    min_dwell_ms: int
    slope_ua_per_s: int

    @property
    def fixed(self) -> bool:
        return self.floor_ua == self.ceiling_ua

    @property
    def lowest_ua(self) -> int:
        """The lowest plateau that an adjust may ask for."""
        return min(self.start_ua, self.floor_ua)

    def span_ms(self, from_ua: int, to_ua: int) -> int:
        """Time of a move at the slope, rounded up to a millisecond."""
        return -(-abs(to_ua - from_ua) * 1000 // self.slope_ua_per_s)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Hard limits that the device trips on, whatever else the programme says."""

    max_mean_ua: int
    max_peak_ua: int
    max_rms_ua: int
    max_charge_nc: int
    max_voltage_mv: int

    @classmethod
    def around(
        cls,
        ceiling_ua: int,
        pulse: Pulse | None,
        *,
        max_charge_nc: int,
        max_voltage_mv: int,
    ) -> Self:
        """The envelope of a ceiling: 5 % and 0.05 mA above it, so that only a
        fault trips it, never the noise of a measurement."""
        mean = ceiling_ua + ceiling_ua // 20 + 50
        peak, rms = peak_ua(mean, pulse), rms_ua(mean, pulse)
        return cls(mean, peak, rms, max_charge_nc, max_voltage_mv)


@dataclass(frozen=True, slots=True)
class Contact:
    """Thresholds of electrode contact; see `devices.core.contact`."""

    lead_off_permille: int
    lead_off_ohm: int
    dry_ohm: int
    bridge_ohm: int
    jump_permille: int
    drop_permille: int
    change_window_ms: int


@dataclass(frozen=True, slots=True)
class Holds:
    """How often and how long a run may pause before it ends."""

    max_hold_ms: int
    max_holds: int
    max_lead_offs: int


def peak_ua(mean_ua: int, pulse: Pulse | None) -> int:
    """Peak of a given mean: mean × 1000 / duty, rounded up; DC is its own peak."""
    if pulse is None:
        return abs(mean_ua)
    return -(-abs(mean_ua) * 1000 // pulse.duty_permille)


def rms_ua(mean_ua: int, pulse: Pulse | None) -> int:
    """Root mean square of a given mean; what heats the skin."""
    if pulse is None:
        return abs(mean_ua)
    peak = peak_ua(mean_ua, pulse)
    return isqrt(peak * peak * pulse.duty_permille // 1000)
