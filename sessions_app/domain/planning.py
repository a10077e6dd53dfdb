"""From a signed prescription to the programme and the picture of the leads.

Nothing is clamped: what is asked stands, or the plan is refused with every
reason. The drug goes under its own pole, told by lead colour and place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from devices.core.parts import Basis, Contact, Envelope, Holds, Window
from devices.core.profile import Profile
from devices.core.programme import PlannedCurve, Programme, ProgrammeError, planned
from devices.core.validation import BUFFER_SAMPLES, WATCHDOG_MS, validate
from sessions_app.domain.current_steps import spec_at
from sessions_app.domain.layers import (
    age_verdict,
    charge_verdict,
    current_verdict,
    density_limit_ua,
    exposure_verdicts,
)
from sessions_app.domain.limits import Circumstances, Electrode, Layer, Verdict
from sessions_app.domain.pads import (
    Layout,
    Reason,
    drug_reasons,
    electrode_reasons,
    layout_of,
    path_reasons,
)
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import ProtocolError, ProtocolSpec

# The drug pad is told by its lead, so the leads never change their poles here.
FIRST_POLARITY = 1
CHARGE_MARGIN_PERMILLE = 1050
BRIDGE_OHM = {"tray": 300}
BRIDGE_PAD_OHM = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be sent, where the leads go, and why it is allowed.

    `expected_nc` is the planned integral at the target, `ceiling_nc` the most
    that the programme may give. `density_limit_ua` goes to the judge.
    """

    programme: Programme
    layout: Layout
    verdicts: tuple[Verdict, ...]
    curve: PlannedCurve
    expected_nc: int
    ceiling_nc: int
    density_limit_ua: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for the record of what was planned and why."""
        return {
            "programme": self.programme.to_dict(),
            "layout": asdict(self.layout),
            "verdicts": [verdict_dict(verdict) for verdict in self.verdicts],
            "points": [list(point) for point in self.curve.points],
            "expected_nc": self.expected_nc,
            "ceiling_nc": self.ceiling_nc,
            "density_limit_ua": self.density_limit_ua,
        }


class PlanRefused(ValueError):
    """A treatment that may not be given as asked; `reasons` has all of them."""

    def __init__(self, reasons: tuple[Reason, ...], verdicts: tuple[Verdict, ...] = ()):
        super().__init__(" ".join(f"{reason.text}." for reason in reasons))
        self.reasons = reasons
        self.verdicts = verdicts


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned.

    `about` holds the protocol as prescribed and all that limits it; `drug_pole`
    is the pole under which the drug pad lies, None without a drug. `overrides`
    gives the reason for each soft layer that is overridden.
    """

    about: Circumstances
    drug_pole: Pole | None
    buffer_samples: int = BUFFER_SAMPLES
    overrides: Mapping[Layer, str] = field(default_factory=dict)


def plan(request: Request) -> Plan:
    """The plan of a request. Raises PlanRefused with every reason at once."""
    spec, prescription = as_given(request.about)
    about = request.about
    ceiling_nc = _ceiling_nc(spec)
    verdicts = tuple(_verdicts(about, spec.currents.max_ua, ceiling_nc))
    reasons = (
        *prescription,
        *drug_reasons(about, request.drug_pole),
        *electrode_reasons(about, request.drug_pole or Pole.ANODE),
        *path_reasons(about),
        *_limit_reasons(verdicts, request.overrides),
    )
    if reasons:
        raise PlanRefused(reasons, verdicts)
    about = replace(about, spec=spec)
    try:
        programme = _programme(about)
        validate(programme, about.profile, request.buffer_samples)
        curve = planned(programme)
    except ProgrammeError as error:
        raise PlanRefused((Reason("programme", str(error)),), verdicts) from error
    return Plan(
        programme,
        layout_of(about),
        verdicts,
        curve,
        curve.charge_nc,
        ceiling_nc,
        density_limit_ua(about),
    )


def as_given(about: Circumstances) -> tuple[ProtocolSpec, tuple[Reason, ...]]:
    """The protocol as this session of this patient gives it, and why it cannot.

    The ceiling of the prescriber, or of today, ends a growing current earlier.
    """
    number, spec = about.session_number, about.spec
    try:
        # First as the catalogue has it: a step over its own ceiling is an error.
        spec_at(spec, number)
        capped = spec.capped_at(about.ceiling_ua)
        if capped.steps is not None:
            cap_ua = min(capped.steps.cap_ua, capped.currents.max_ua)
            capped = replace(capped, steps=replace(capped.steps, cap_ua=cap_ua))
        return spec_at(capped, number), ()
    except ProtocolError as error:
        return spec, (Reason("prescription", str(error)),)


def _verdicts(
    about: Circumstances, asked_ua: int, ceiling_nc: int
) -> Iterator[Verdict]:
    yield age_verdict(about)
    yield current_verdict(about, asked_ua)
    charge = charge_verdict(about, ceiling_nc)
    if charge is not None:
        yield charge
    yield from exposure_verdicts(about)


def _ceiling_nc(spec: ProtocolSpec) -> int:
    """The dose, or the ceiling current over the whole flow time."""
    if spec.course.dose_nc is not None:
        return spec.course.dose_nc
    return spec.currents.max_ua * spec.course.flow_ms


def _limit_reasons(
    verdicts: tuple[Verdict, ...], overrides: Mapping[Layer, str]
) -> Iterator[Reason]:
    for verdict in verdicts:
        for limit in verdict.breached:
            if limit.soft and overrides.get(limit.layer, "").strip():
                continue
            code = f"{verdict.quantity}_{limit.layer}"
            own = replace(verdict, limits=(limit,))
            yield Reason(code, own.text)


def _programme(about: Circumstances) -> Programme:
    spec, profile = about.spec, about.profile
    now, course = spec.currents, spec.course
    draft = Programme(
        basis=spec.basis,
        waveform=spec.waveform,
        pulse=spec.pulse,
        first_polarity=FIRST_POLARITY,
        reversal=spec.reversal,
        target_ua=now.target_ua,
        flow_floor_ua=course.flow_floor_ua,
        flow_ms=course.flow_ms,
        max_flow_ms=course.max_flow_ms,
        max_wall_ms=course.max_wall_ms,
        dose_nc=course.dose_nc or 0,
        ramp_up_ms=course.ramp_up_ms,
        end_ramp_ms=course.end_ramp_ms,
        stop_ramp_ms=course.stop_ramp_ms,
        window=_window(spec),
        envelope=_envelope(spec, profile),
        contact=_contact(about.anode, about.cathode),
        holds=_holds(spec, profile),
        watchdog_ms=WATCHDOG_MS,
        sample_hz=spec.sample_hz,
    )
    if spec.basis is Basis.CHARGE:
        return draft
    return replace(draft, dose_nc=planned(draft).charge_nc)


def _window(spec: ProtocolSpec) -> Window:
    now = spec.currents
    return Window(
        now.start_ua,
        now.floor_ua,
        now.max_ua,
        now.step_up_ua,
        now.dwell_ms,
        now.slope_ua_per_s,
    )


def _envelope(spec: ProtocolSpec, profile: Profile) -> Envelope:
    return Envelope.around(
        spec.currents.max_ua,
        spec.pulse,
        max_charge_nc=_ceiling_nc(spec) * CHARGE_MARGIN_PERMILLE // 1000,
        max_voltage_mv=profile.compliance_mv,
    )


def _contact(anode: Electrode, cathode: Electrode) -> Contact:
    # The higher threshold of both electrodes sees a bridge sooner.
    bridge = max(BRIDGE_OHM.get(e.kind, BRIDGE_PAD_OHM) for e in (anode, cathode))
    return Contact(
        lead_off_permille=100,
        lead_off_ohm=100_000,
        dry_ohm=50_000,
        bridge_ohm=bridge,
        jump_permille=600,
        drop_permille=500,
        change_window_ms=2_000,
    )


def _holds(spec: ProtocolSpec, profile: Profile) -> Holds:
    # A device that pauses for less only ends sooner; no dose is changed by it.
    if not profile.resume_allowed:
        return spec.holds
    longest = min(spec.holds.max_hold_ms, profile.max_pause_ms)
    return replace(spec.holds, max_hold_ms=longest)


def verdict_dict(verdict: Verdict) -> dict[str, Any]:
    """JSON-ready, with every layer and its arithmetic."""
    return {
        "quantity": verdict.quantity,
        "asked": verdict.asked,
        "allowed": verdict.allowed,
        "original": verdict.original,
        "layer": verdict.tightest.layer,
        "ok": verdict.ok,
        "hard": verdict.hard,
        "near": verdict.near,
        "text": verdict.text,
        "limits": [asdict(limit) for limit in verdict.limits],
    }
