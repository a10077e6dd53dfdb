"""A protocol of the catalogue: typed, with the source of each of its numbers."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from clinic.quantities import ma_exact_text
from devices.core.parts import Basis, Holds, Pulse, Waveform
from sessions_app.domain.poles import IonSign, Pole
from sessions_app.domain.strict import build


class Trust(StrEnum):
    """How a number is known."""

    EXCERPT = "S"  # read in an excerpt of the named source
    MEMORY = "M"  # from memory, to be verified
    DERIVED = "D"  # by arithmetic from others
    POLICY = "P"  # a default that a prescriber of the site signs or changes


class PathClass(StrEnum):
    """What the current passes on its way between the electrodes."""

    LOCAL = "local"
    LIMB = "limb"
    LIMB_TO_LIMB = "limb_to_limb"
    AXILLA_TO_AXILLA = "axilla_to_axilla"
    ORAL = "oral"
    TRUNK = "trunk"
    HEAD = "head"
    ORBIT = "orbit"
    NECK = "neck"
    CAVITY = "cavity"


# Adopted by two prescribers with the site's own written source, or not at all.
RESTRICTED_PATHS = frozenset(
    {PathClass.HEAD, PathClass.ORBIT, PathClass.NECK, PathClass.CAVITY}
)


class Continue(StrEnum):
    """Whether an interrupted treatment may be given its rest."""

    SAME_VISIT = "same_visit"
    NEXT_VISIT = "next_visit"
    NEVER = "never"


class ProtocolError(ValueError):
    """A protocol that contradicts itself; the text names the field."""


class Carriage(StrEnum):
    """What takes a drug in: its own charge, or water that leaves the anode."""

    MIGRATION = "migration"
    ELECTRO_OSMOSIS = "electro_osmosis"


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug on a pad. `max_ua` and `child_max_ua` are ceilings of the drug's own
    labelling, `sessions_per_site` caps its exposure; None where none is given."""

    code: str
    name: str
    concentration: str
    sign: IonSign
    pole: Pole
    carriage: Carriage
    max_ua: int | None
    child_max_ua: int | None
    sessions_per_site: int | None

    @property
    def text(self) -> str:
        return f"{self.name} {self.concentration}"


@dataclass(frozen=True, slots=True)
class Currents:
    """Mean currents: where the run starts, where it may go, how fast."""

    start_ua: int
    floor_ua: int
    target_ua: int
    max_ua: int
    step_up_ua: int
    dwell_ms: int
    slope_ua_per_s: int


@dataclass(frozen=True, slots=True)
class Course:
    """What ends the run. `flow_ms` counts at or above `flow_floor_ua`;
    `dose_nc` is set on the charge basis only."""

    flow_ms: int
    max_flow_ms: int
    max_wall_ms: int
    flow_floor_ua: int
    dose_nc: int | None
    ramp_up_ms: int
    end_ramp_ms: int
    stop_ramp_ms: int


@dataclass(frozen=True, slots=True)
class DensityLimits:
    anode_ua_cm2: int
    cathode_ua_cm2: int


@dataclass(frozen=True, slots=True)
class Ages:
    """In years on the day of treatment. `child_max_ua` binds below `adult`."""

    floor: int
    adult: int
    child_max_ua: int | None


@dataclass(frozen=True, slots=True)
class Counting:
    """Thresholds of `completeness.reconcile`."""

    tolerance_permille: int
    count_permille: int
    over_permille: int


@dataclass(frozen=True, slots=True)
class Continuation:
    kind: Continue
    within_ms: int | None
    min_gap_days: int | None


@dataclass(frozen=True, slots=True)
class Areas:
    """The smallest skin area under each electrode, mm²."""

    active_min_mm2: int
    return_min_mm2: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often. `sites_per_day` caps the places of one day; `day_offsets` counts
    days from the first session and is empty without a fixed pattern."""

    sessions: int
    sessions_cap: int
    per_week: int
    min_gap_days: int
    sites_per_day: int
    day_offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A current and a time that grow over the course, up to their caps."""

    start_ua: int
    start_ms: int
    step_ua: int
    step_ms: int
    every_sessions: int
    cap_ua: int
    cap_ms: int


@dataclass(frozen=True, slots=True)
class Adjunct:
    """A step beside the current, for example ultrasound; None where not said."""

    name: str
    says: str
    mw_cm2: int | None
    khz: int | None
    duty_permille: int | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the numbers of some fields come from, in our words."""

    fields: tuple[str, ...]
    trust: Trust
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """One entry of the catalogue. Raises ProtocolError when it contradicts itself."""

    code: str
    title: str
    indications: tuple[str, ...]
    body_sites: tuple[str, ...]
    basis: Basis
    waveform: Waveform
    pulse: Pulse | None
    reversal: bool
    currents: Currents
    course: Course
    drugs: tuple[Drug, ...]
    density: DensityLimits
    ages: Ages
    holds: Holds
    counting: Counting
    continuation: Continuation
    path: PathClass
    areas: Areas
    schedule: Schedule
    steps: Steps | None
    adjuncts: tuple[Adjunct, ...]
    sample_hz: int
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        for drug in self.drugs:
            _check_drug(self, drug)
        _check_basis(self)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from `to_dict` form; raises ProtocolError that names the field."""
        try:
            return build(cls, data, "protocol")
        except ProtocolError:
            raise
        except ValueError as error:
            raise ProtocolError(str(error)) from error

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal protocol back."""
        return asdict(self)

    @property
    def drug(self) -> Drug | None:
        """The leading drug, which lies on the active pad."""
        return self.drugs[0] if self.drugs else None

    @property
    def restricted(self) -> bool:
        """Whether two prescribers must adopt it with the site's written source."""
        return self.path in RESTRICTED_PATHS

    @property
    def fixed(self) -> bool:
        return self.currents.floor_ua == self.currents.max_ua

    def capped_at(self, max_ua: int | None) -> "ProtocolSpec":
        """The protocol with the lower ceiling that a prescriber wrote for a patient.

        The target comes down with it. Raises ProtocolError for a ceiling above the
        protocol's, below its floor, or for a fixed current.
        """
        now = self.currents
        if max_ua is None or max_ua == now.max_ua:
            return self
        if self.fixed or not max(now.floor_ua, now.start_ua, 1) <= max_ua < now.max_ua:
            raise ProtocolError(
                f"{self.code}: {ma_exact_text(max_ua)} cannot be its ceiling; it runs"
                f" from {ma_exact_text(now.floor_ua)} to {ma_exact_text(now.max_ua)}."
                " Have the prescription revised."
            )
        target = min(now.target_ua, max_ua)
        floor = min(self.course.flow_floor_ua, target)
        return replace(
            self,
            currents=replace(now, max_ua=max_ua, target_ua=target),
            course=replace(self.course, flow_floor_ua=floor),
        )


def drug_fault(drug: Drug) -> str:
    """Why a drug may not lie under its pole; "" when it may."""
    if drug.carriage is Carriage.ELECTRO_OSMOSIS:
        if drug.pole is Pole.ANODE:
            return ""
        return (
            f"{drug.name} rides with the water that leaves the anode; it belongs"
            " under the anode"
        )
    if drug.pole is drug.sign.pole:
        return ""
    return (
        f"{drug.name} is {_an(drug.sign)} and belongs under the {drug.sign.pole},"
        f" not the {drug.pole}"
    )


def _check_drug(spec: ProtocolSpec, drug: Drug) -> None:
    if spec.reversal:
        raise ProtocolError(
            f"{spec.code}: reversal would drive {drug.name} out again; no drug has it"
        )
    if fault := drug_fault(drug):
        raise ProtocolError(f"{spec.code}: {fault}")


def _check_basis(spec: ProtocolSpec) -> None:
    by_charge = spec.basis is Basis.CHARGE
    if (spec.course.dose_nc is not None) is not by_charge:
        raise ProtocolError(f"{spec.code}: a dose belongs to the charge basis alone")
    if spec.reversal and spec.basis is not Basis.TIME:
        raise ProtocolError(f"{spec.code}: reversal is for the time basis only")
    if spec.basis is Basis.EVENT and not spec.fixed:
        raise ProtocolError(f"{spec.code}: an event has one fixed current")
    if (spec.pulse is not None) is not (spec.waveform is Waveform.PULSED):
        raise ProtocolError(f"{spec.code}: pulse belongs to a pulsed waveform alone")


def _an(sign: IonSign) -> str:
    return f"an {sign}" if sign is IonSign.ANION else f"a {sign}"
