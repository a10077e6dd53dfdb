"""The output stage: a constant-current source with a compliance voltage."""

from random import Random
from typing import NamedTuple

from devices.core.profile import Profile
from devices.core.programme import Programme, peak_ua, rms_ua
from devices.core.reading import Phase, Reading
from devices.simulator.acceptance import STEP_MS
from devices.simulator.counter import ChargeCounter
from devices.simulator.skin import ContactFault, Skin

RESOLUTION_UA = 10
RESOLUTION_MV = 10
# Below this the output counts as off, and the relay may turn the poles.
ZERO_UA = 100
_NOISE = 0.001


class Ramp(NamedTuple):
    """A straight move of the set current; magnitudes."""

    start_ms: int
    from_ua: int
    to_ua: int
    span_ms: int

    def at(self, t_ms: int) -> int:
        elapsed = t_ms - self.start_ms
        if elapsed >= self.span_ms:
            return self.to_ua
        return self.from_ua + (self.to_ua - self.from_ua) * elapsed // self.span_ms

    def done(self, t_ms: int) -> bool:
        return t_ms - self.start_ms >= self.span_ms


class Output:
    """What is asked (`set_ua`) and what flows (`actual_ua`), both magnitudes.

    `sign` is +1 while the red lead is the anode. Faults: `contact_fault`,
    `stuck_ua` (flows whatever is asked), `relay_open` (nothing flows).
    """

    def __init__(
        self, programme: Programme, profile: Profile, skin: Skin, rng: Random
    ) -> None:
        self._programme = programme
        self._profile = profile
        self._skin = skin
        self._rng = rng
        self.counter = ChargeCounter()
        self.sign = programme.first_polarity
        self.set_ua = 0
        self.actual_ua = 0
        self.contact_fault: ContactFault | None = None
        self.stuck_ua: int | None = None
        self.relay_open = False
        self._signed_ua = 0
        self._good_ua = 0
        self._ohm = 0
        self._most_ua = 0
        # The voltage is held back, not tripped on: an open lead must be told
        # from a breach, and current that falls short is seen in every sample.
        self._drive_mv = min(profile.compliance_mv, programme.envelope.max_voltage_mv)
        self.measure_skin(0)

    def measure_skin(self, settled_ms: int) -> None:
        """Let the skin settle and see how much current the voltage can drive."""
        if settled_ms and self.actual_ua:
            self._skin.settle(settled_ms)
        self._ohm = self._skin.ohm(self.contact_fault) + self._profile.series_ohm
        most = self._drive_mv * 1000 // self._ohm
        pulse = self._programme.pulse
        self._most_ua = most if pulse is None else most * pulse.duty_permille // 1000

    @property
    def contact(self) -> bool:
        return self.contact_fault is not ContactFault.LEAD_OFF

    def step(self, set_ua: int) -> None:
        """One internal step towards a set current."""
        self.set_ua = set_ua
        wanted = set_ua if self.stuck_ua is None else self.stuck_ua
        self.actual_ua = 0 if self.relay_open else min(wanted, self._most_ua)
        self._count(STEP_MS)

    def cut(self) -> None:
        """Open the relay: nothing flows from this instant."""
        self.relay_open = True
        self.set_ua = self.actual_ua = 0
        self._count(0)

    def _count(self, span_ms: int) -> None:
        signed = self.sign * self.actual_ua
        self.counter.add(self._signed_ua, signed, span_ms)
        self._signed_ua = signed

    def tripped(self) -> str | None:
        """Which hard limit the current breaks, with both numbers."""
        if self.actual_ua <= self._good_ua:
            return None
        envelope, pulse = self._programme.envelope, self._programme.pulse
        for name, value, limit in (
            ("mean", self.actual_ua, envelope.max_mean_ua),
            ("peak", peak_ua(self.actual_ua, pulse), envelope.max_peak_ua),
            ("rms", rms_ua(self.actual_ua, pulse), envelope.max_rms_ua),
        ):
            if value > limit:
                return f"{name} {value} µA exceeds {limit} µA"
        self._good_ua = self.actual_ua
        return None

    def charge_tripped(self) -> str | None:
        """Whether the charge breaks its hard limit, with both numbers."""
        charge, limit = self.counter.total_nc, self._programme.envelope.max_charge_nc
        return f"charge {charge} nC exceeds {limit} nC" if charge > limit else None

    @property
    def voltage_mv(self) -> int:
        if self.relay_open or not max(self.set_ua, self.actual_ua):
            return 0
        if self.set_ua > self.actual_ua:
            return self._drive_mv
        peak = peak_ua(self.actual_ua, self._programme.pulse)
        return min(peak * self._ohm // 1000, self._drive_mv)

    def reading(self, seq: int, t_ms: int, phase: Phase) -> Reading:
        """A sample as the converters see it: quantised, with their noise."""
        noise = self._rng.gauss(1, _NOISE)
        mean = _quantised(self.actual_ua * noise, RESOLUTION_UA)
        pulse, reports = self._programme.pulse, self._profile.reports
        return Reading(
            seq,
            t_ms,
            self.sign * mean if "mean" in reports else None,
            peak_ua(mean, pulse) if "peak" in reports else None,
            rms_ua(mean, pulse) if "rms" in reports else None,
            _quantised(self.voltage_mv * noise, RESOLUTION_MV)
            if "voltage" in reports
            else None,
            self.sign * self.set_ua,
            phase,
        )


def _quantised(value: float, resolution: int) -> int:
    return round(value / resolution) * resolution
