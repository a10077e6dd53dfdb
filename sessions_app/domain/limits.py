"""Layered limits: each answer names the tightest layer and its arithmetic.

Nothing is clamped. A hard limit refuses; a soft one may be overridden with a
reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from clinic.quantities import cm2_text, density_text, ma_exact_text, ma_min_text
from devices.core.electrics import largest_current_ua, pole_limits
from devices.core.parts import Pulse, peak_ua, rms_ua
from devices.core.profile import CurrentSemantics, Profile
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import ProtocolSpec

WARN_PERMILLE = 800


class Layer(StrEnum):
    DEVICE = "device"
    CATHODE = "cathode"
    ANODE = "anode"
    PAD = "pad"
    PROTOCOL = "protocol"
    SITE = "site"
    AGE = "age"
    PATIENT = "patient"
    CUMULATIVE = "cumulative"


class Quantity(StrEnum):
    CURRENT = "current"
    CHARGE = "charge"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Electrode:
    """An electrode on its place. `rating_nc` is the charge that it buffers, None
    when unlimited."""

    name: str
    place: str
    kind: str
    area_mm2: int
    anode_limit_ua_cm2: int
    cathode_limit_ua_cm2: int
    rating_nc: int | None = None


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What a site allows less of; None where it adds no limit."""

    max_ua: int | None = None
    max_charge_nc: int | None = None


@dataclass(frozen=True, slots=True)
class Cumulative:
    """A cap over several treatments. `given_nc` counts every dose at its upper
    bound; `window` says over what, for example ``"this session"``."""

    cap_nc: int
    given_nc: int
    window: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One layer's answer: µA, nC or years, and how it comes about."""

    layer: Layer
    value: int
    text: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was asked against every layer, the tightest first."""

    quantity: Quantity
    asked: int
    limits: tuple[Limit, ...]

    @property
    def tightest(self) -> Limit:
        return self.limits[0]

    @property
    def allowed(self) -> int:
        return self.tightest.value

    @property
    def original(self) -> int:
        """What the protocol itself allows, before other layers tighten it."""
        own = [limit for limit in self.limits if limit.layer is Layer.PROTOCOL]
        return own[0].value if own else self.allowed

    @property
    def breached(self) -> tuple[Limit, ...]:
        if self.quantity is Quantity.AGE:
            return tuple(limit for limit in self.limits if self.asked < limit.value)
        return tuple(limit for limit in self.limits if self.asked > limit.value)

    @property
    def ok(self) -> bool:
        return not self.breached

    @property
    def hard(self) -> bool:
        """Whether a limit is breached that nobody may override."""
        return any(not limit.soft for limit in self.breached)

    @property
    def near(self) -> bool:
        """Allowed, but above 80 % of the tightest limit: advice, no bar."""
        limit = self.allowed * WARN_PERMILLE
        return (
            self.ok and self.quantity is not Quantity.AGE and self.asked * 1000 > limit
        )

    @property
    def text(self) -> str:
        """`12.0 mA asked, 9.6 mA allowed: cathode 19.2 cm² × 0.5 mA/cm²`."""
        if self.quantity is Quantity.AGE:
            return f"{self.asked} years old, from {self.allowed}: {self.tightest.text}"
        show = ma_exact_text if self.quantity is Quantity.CURRENT else _charge_text
        return (
            f"{show(self.asked)} asked, {show(self.allowed)} allowed:"
            f" {self.tightest.text}"
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that limits come from. `patient_max_ua` is the prescriber's own ceiling
    for this patient; `age` is in years on the day of treatment."""

    spec: ProtocolSpec
    profile: Profile
    anode: Electrode
    cathode: Electrode
    age: int
    site: SitePolicy = SitePolicy()
    patient_max_ua: int | None = None
    cumulative: tuple[Cumulative, ...] = ()


def current_verdict(about: Circumstances, asked_ua: int) -> Verdict:
    """The largest mean current that may ever flow, against each layer."""
    return _verdict(Quantity.CURRENT, asked_ua, _current_limits(about))


def charge_verdict(about: Circumstances, asked_nc: int) -> Verdict | None:
    """The charge of the whole run against ratings and caps; None without any."""
    limits = list(_charge_limits(about))
    return _verdict(Quantity.CHARGE, asked_nc, iter(limits)) if limits else None


def age_verdict(about: Circumstances) -> Verdict:
    """The age on the day against the floor of the protocol."""
    floor = about.spec.ages.floor
    text = f"{about.spec.code} is for patients from {floor} years"
    return Verdict(Quantity.AGE, about.age, (Limit(Layer.AGE, floor, text),))


def density_limit_ua(about: Circumstances) -> int:
    """The largest current that both electrodes allow."""
    return min(limit.value for limit in _electrode_limits(about))


def _verdict(quantity: Quantity, asked: int, limits: Iterator[Limit]) -> Verdict:
    # A sort is stable: of equal limits the earlier layer is named.
    return Verdict(quantity, asked, tuple(sorted(limits, key=lambda one: one.value)))


def _current_limits(about: Circumstances) -> Iterator[Limit]:
    spec = about.spec
    yield _device_limit(about.profile, spec.pulse)
    yield from _electrode_limits(about)
    most = spec.currents.max_ua
    yield Limit(Layer.PROTOCOL, most, f"{spec.code} allows {ma_exact_text(most)}")
    if about.patient_max_ua is not None:
        most = about.patient_max_ua
        text = f"prescribed for this patient up to {ma_exact_text(most)}"
        yield Limit(Layer.PATIENT, most, text)
    if about.site.max_ua is not None:
        most = about.site.max_ua
        text = f"policy of the site, {ma_exact_text(most)}"
        yield Limit(Layer.SITE, most, text, soft=True)
    ages = spec.ages
    if ages.child_max_ua is not None and about.age < ages.adult:
        text = (
            f"{about.age} years old, {ma_exact_text(ages.child_max_ua)} under"
            f" {ages.adult}"
        )
        yield Limit(Layer.AGE, ages.child_max_ua, text, soft=True)


def _device_limit(profile: Profile, pulse: Pulse | None) -> Limit:
    most = profile.max_current_ua
    mean = _mean_of(profile, pulse)
    text = f"stimulator gives {ma_exact_text(most)}"
    if mean != most:
        text += f" {profile.current_semantics}, {ma_exact_text(mean)} mean"
    return Limit(Layer.DEVICE, mean, text)


def _mean_of(profile: Profile, pulse: Pulse | None) -> int:
    """The largest mean whose peak or rms the device still gives."""
    most = profile.max_current_ua
    if pulse is None or profile.current_semantics is CurrentSemantics.MEAN:
        return most
    if profile.current_semantics is CurrentSemantics.PEAK:
        mean = most * pulse.duty_permille // 1000
        return mean if peak_ua(mean, pulse) <= most else mean - 1
    # rms is at least the mean, so the answer lies at or below `most`.
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if rms_ua(middle, pulse) <= most else (low, middle - 1)
        )
    return low


def _electrode_limits(about: Circumstances) -> Iterator[Limit]:
    for pole, electrode in (
        (Pole.CATHODE, about.cathode),
        (Pole.ANODE, about.anode),
    ):
        density = _density_limit(about.spec, electrode, pole)
        most = largest_current_ua(electrode.area_mm2, density)
        text = f"{pole} {cm2_text(electrode.area_mm2)} × {density_text(density)}"
        yield Limit(Layer(pole.value), most, text)


def _density_limit(spec: ProtocolSpec, electrode: Electrode, pole: Pole) -> int:
    anode, cathode = pole_limits(
        min(electrode.anode_limit_ua_cm2, spec.density.anode_ua_cm2),
        min(electrode.cathode_limit_ua_cm2, spec.density.cathode_ua_cm2),
        spec.reversal,
    )
    return anode if pole is Pole.ANODE else cathode


def _charge_limits(about: Circumstances) -> Iterator[Limit]:
    for pole, electrode in (
        (Pole.CATHODE, about.cathode),
        (Pole.ANODE, about.anode),
    ):
        if electrode.rating_nc is not None:
            rating = electrode.rating_nc
            text = f"{pole} {electrode.name} is rated {_charge_text(rating)}"
            yield Limit(Layer.PAD, rating, text)
    for cap in about.cumulative:
        text = (
            f"{_charge_text(cap.cap_nc)} for {cap.window},"
            f" {_charge_text(cap.given_nc)} of it given at most"
        )
        yield Limit(Layer.CUMULATIVE, cap.cap_nc - cap.given_nc, text)
    if about.site.max_charge_nc is not None:
        most = about.site.max_charge_nc
        text = f"policy of the site, {_charge_text(most)}"
        yield Limit(Layer.SITE, most, text, soft=True)


def _charge_text(charge_nc: int) -> str:
    return f"{ma_min_text(charge_nc, 2)} mA·min"
