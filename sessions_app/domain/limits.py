"""Layered limits: each answer names the tightest layer and its arithmetic.

Nothing is clamped. A hard limit refuses; a soft one may be overridden with a
reason.
"""

from dataclasses import dataclass
from enum import StrEnum

from clinic.quantities import ma_exact_text, ma_min_text
from devices.core.profile import Profile
from sessions_app.domain.places import Region
from sessions_app.domain.protocol import ProtocolSpec

BOTH_WAVEFORMS = ("dc", "pulsed")
WARN_PERMILLE = 800


class Layer(StrEnum):
    DEVICE = "device"
    CATHODE = "cathode"
    ANODE = "anode"
    PAD = "pad"
    DRUG = "drug"
    PROTOCOL = "protocol"
    SITE = "site"
    AGE = "age"
    PATIENT = "patient"
    CUMULATIVE = "cumulative"
    COURSE = "course"


class Quantity(StrEnum):
    CURRENT = "current"
    CHARGE = "charge"
    AGE = "age"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Electrode:
    """An electrode on its place. `area_mm2` is the skin or drug that it touches:
    the wetted part where that is less, never foil or tray. `rating_nc` is the
    charge that it buffers, None when unlimited. `region` and `side` say where it
    lies, `waveforms` what its maker allows."""

    name: str
    place: str
    kind: str
    area_mm2: int
    anode_limit_ua_cm2: int
    cathode_limit_ua_cm2: int
    rating_nc: int | None = None
    material: str = ""
    waveforms: tuple[str, ...] = BOTH_WAVEFORMS
    region: Region | None = None
    side: str = ""


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
class Exposure:
    """How often a drug was given at a place; `window` says since when."""

    code: str
    given: int
    window: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One layer's answer: µA, nC, years or sessions, and how it comes about."""

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
        counted = self.quantity in (Quantity.CURRENT, Quantity.CHARGE)
        return self.ok and counted and self.asked * 1000 > self.allowed * WARN_PERMILLE

    @property
    def text(self) -> str:
        """`12.0 mA asked, 9.6 mA allowed: cathode 19.2 cm² × 0.5 mA/cm²`."""
        if self.quantity is Quantity.AGE:
            return f"{self.asked} years old, from {self.allowed}: {self.tightest.text}"
        if self.quantity is Quantity.SESSIONS:
            return (
                f"session {self.asked} of at most {self.allowed}: {self.tightest.text}"
            )
        show = ma_exact_text if self.quantity is Quantity.CURRENT else charge_text
        return (
            f"{show(self.asked)} asked, {show(self.allowed)} allowed:"
            f" {self.tightest.text}"
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that limits come from. `patient_max_ua` is the prescriber's own ceiling
    for this patient; `age` is in years on the day of treatment. `exposures` has
    each drug of the protocol that was given at this place before. `course` is how
    far the current of today goes by what was tolerated, None without a bound."""

    spec: ProtocolSpec
    profile: Profile
    anode: Electrode
    cathode: Electrode
    age: int
    site: SitePolicy = SitePolicy()
    patient_max_ua: int | None = None
    cumulative: tuple[Cumulative, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    session_number: int = 1
    course: Limit | None = None

    @property
    def ceiling_ua(self) -> int | None:
        """The lower ceiling of a person, for the patient or for today."""
        course_ua = None if self.course is None else self.course.value
        given = [one for one in (self.patient_max_ua, course_ua) if one is not None]
        return min(given, default=None)


def charge_text(charge_nc: int) -> str:
    return f"{ma_min_text(charge_nc, 2)} mA·min"
