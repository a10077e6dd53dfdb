"""Every limit for a leg as prescribed, and the plan that keeps them.

Evaluated when a prescription is written and signed, when a session is put on a
day, and again when it claims a stimulator; what was allowed then is frozen into
the run.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from clinic.errors import Refusal
from devices.core.profile import ControlMode, CurrentSemantics, OnBreak, Profile
from devices.models import Stimulator
from sessions_app.catalogue import published_drugs
from sessions_app.domain.continuation import Rest, spec_of_rest
from sessions_app.domain.current_steps import rows, step_at
from sessions_app.domain.ledger import Caps, Given, cumulative
from sessions_app.domain.limits import (
    Circumstances,
    Cumulative,
    Electrode,
    Exposure,
    Layer,
    Limit,
    SitePolicy,
    Verdict,
)
from sessions_app.domain.ordering import SOFT_LAYERS, Fault, allergic_to
from sessions_app.domain.places import Region
from sessions_app.domain.planning import (
    Plan,
    PlanRefused,
    Request,
    as_given,
    plan,
    verdict_dict,
)
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import Currents, ProtocolSpec
from sessions_app.models import ElectrodeType, Prescription, PrescriptionLeg

# Stands in until a stimulator is chosen: what IEC 60601-2-10 lets none exceed.
ANY_STIMULATOR = Profile(
    on_break=OnBreak.PAUSE,
    resume_allowed=True,
    max_pause_ms=600_000,
    reramp_ms=30_000,
    control_mode=ControlMode.CURRENT,
    reports=("mean", "peak", "rms", "voltage"),
    series_ohm=0,
    scale_permille=1000,
    max_current_ua=80_000,
    compliance_mv=100_000,
    current_semantics=CurrentSemantics.PEAK,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a leg is evaluated, and what was given before.

    `number` is the session's place in its course. `given` are all doses of the
    patient, `in_course` those of this place in this course, `in_leg_nc` what
    earlier runs of the leg may have delivered, `max_ua` a lower ceiling that a
    prescriber set for this session, `course` how far the current of today goes.
    Without `box` no stimulator is chosen yet; with `rest` no more is planned than
    is left of an interrupted treatment.
    """

    day: dt.date
    number: int = 1
    given: tuple[Given, ...] = ()
    in_course: tuple[Given, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    in_leg_nc: int = 0
    max_ua: int | None = None
    box: Stimulator | None = None
    rest: Rest | None = None
    course: Limit | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A bar that is no number of its own, as the table of limits shows it."""

    code: str
    what: str
    asked: str
    allowed: str
    because: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Weighed:
    """A leg against every limit. `plan` is None when something refuses it; then
    `faults` say all that does. `currents` are those of the protocol as this session
    gives it, None when it cannot."""

    plan: Plan | None
    verdicts: tuple[Verdict, ...]
    checks: tuple[Check, ...]
    faults: tuple[Fault, ...]
    currents: Currents | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the plan, when there is one, with verdicts and checks."""
        whole = self.plan.to_dict() if self.plan else {}
        verdicts = [verdict_dict(verdict) for verdict in self.verdicts]
        checks = [asdict(check) for check in self.checks]
        return {**whole, "verdicts": verdicts, "checks": checks}

    def require(self) -> Plan:
        """The plan. Raises Refusal with every reason."""
        refuse(self.faults)
        if self.plan is None:
            raise Refusal("no_plan", "There is no plan for this place.")
        return self.plan


def leg_plan(*, leg: PrescriptionLeg, day: dt.date) -> Plan:
    """The plan of a leg on a day as its first session. Raises Refusal with every
    reason: which layer, the number, the limit."""
    return leg_weigh(leg, Moment(day=day)).require()


def refuse(faults: tuple[Fault, ...]) -> None:
    """Raise Refusal with every fault, if there is any."""
    if faults:
        raise Refusal(
            faults[0].code,
            " ".join(f"{one.text}." for one in faults),
            reasons=[asdict(one) for one in faults],
        )


def leg_weigh(
    leg: PrescriptionLeg, at: Moment, checks: tuple[Check, ...] = ()
) -> Weighed:
    """A leg against every layer at a moment; nothing is raised, nothing written."""
    order = leg.prescription
    about = _circumstances(leg, at)
    checks = (*_own_checks(leg, about.spec, at.box), *checks)
    barred = tuple(Fault(one.code, one.because) for one in checks if not one.ok)
    request = Request(
        about=about,
        drug_pole=Pole(leg.drug_pole) if leg.drug_pole else None,
        overrides=overrides_of(order),
    )
    spec, contradictory = as_given(about)
    currents = None if contradictory else spec.currents
    try:
        found = plan(request)
    except PlanRefused as refused:
        reasons = tuple(Fault(one.code, one.text) for one in refused.reasons)
        faults = (*reasons, *barred)
        return Weighed(None, refused.verdicts, checks, faults, currents)
    planned = None if barred else found
    return Weighed(planned, found.verdicts, checks, barred, currents)


def overrides_of(order: Prescription) -> dict[Layer, str]:
    """The reason for each soft layer that an order overrides."""
    return {
        layer: order.overrides[layer]["reason"]
        for layer in SOFT_LAYERS
        if order.overrides.get(layer)
    }


def _own_checks(
    leg: PrescriptionLeg, spec: ProtocolSpec, box: Stimulator | None
) -> Iterator[Check]:
    order = leg.prescription
    if spec.drugs:
        yield _allergy_check(order, spec)
    if leg.split_places:
        ends = len(leg.split_places)
        told = (
            f"{', '.join(leg.split_places)}: how the current divides is an estimate,"
            " each place may have had the whole"
        )
        yield Check("split", "Split lead", f"{ends} ends", "estimate", told)
    if box is not None and order.stimulator_profile is not None:
        yield _stimulator_check(order, box)


def _stimulator_check(order: Prescription, box: Stimulator) -> Check:
    same = box.profile == order.stimulator_profile
    told = "the kind that was prescribed"
    if not same:
        told = (
            f"{box.label} is another kind of stimulator than prescribed; choose one of"
            " that kind or have the prescription revised"
        )
    return Check(
        "other_stimulator", "Stimulator", box.label, "as prescribed", told, same
    )


def _allergy_check(order: Prescription, spec: ProtocolSpec) -> Check:
    names = " + ".join(drug.name for drug in spec.drugs)
    known = order.patient.allergies
    asked = "not asked" if known is None else f"{len(known) or 'none'} known"
    found = allergic_to(known or [], _allergens(spec))
    if found:
        told = (
            f"the patient is allergic to {', '.join(found)}: no {names} is given;"
            " choose another protocol, or correct the record if it is wrong"
        )
    elif known is None:
        told = f"{names}: allergies were not asked yet, ask before you sign"
    else:
        told = f"{names}: {', '.join(known) or 'no allergy'} known"
    return Check("allergy", "Allergies", asked, "none to it", told, not found)


def _allergens(spec: ProtocolSpec) -> list[str]:
    facts = published_drugs()
    found = []
    for drug in spec.drugs:
        found += [drug.name, drug.code.replace("_", " ")]
        found += facts[drug.code].allergens if drug.code in facts else ()
    return found


def _circumstances(leg: PrescriptionLeg, at: Moment) -> Circumstances:
    order = leg.prescription
    spec = ProtocolSpec.from_dict(order.adoption.spec)
    active, passive = _electrodes(leg)
    at_cathode = leg.drug_pole == Pole.CATHODE
    return Circumstances(
        spec=spec if at.rest is None else spec_of_rest(spec, at.rest),
        profile=_profile(order, at.box),
        anode=passive if at_cathode else active,
        cathode=active if at_cathode else passive,
        age=order.patient.age_on(at.day),
        site=SitePolicy(
            max_ua=order.site.policy.get("max_ua"),
            max_charge_nc=order.site.policy.get("max_charge_nc"),
        ),
        patient_max_ua=min(
            (one for one in (order.max_ua, at.max_ua) if one is not None), default=None
        ),
        cumulative=_cumulative(order, spec, at),
        exposures=at.exposures,
        session_number=at.number,
        course=at.course,
    )


def _profile(order: Prescription, box: Stimulator | None) -> Profile:
    if box is not None:
        return Profile.from_dict(box.profile)
    if order.stimulator_profile is not None:
        return Profile.from_dict(order.stimulator_profile)
    return ANY_STIMULATOR


def _cumulative(
    order: Prescription, spec: ProtocolSpec, at: Moment
) -> tuple[Cumulative, ...]:
    whole_nc = spec.course.dose_nc or spec.currents.max_ua * spec.course.flow_ms
    session = Cumulative(_session_nc(order, spec, at), at.in_leg_nc, "this session")
    policy = order.site.policy
    wide = Caps(
        day_nc=policy.get("max_charge_day_nc"),
        week_nc=policy.get("max_charge_week_nc"),
    )
    course = Caps(course_nc=_course_nc(order, spec, whole_nc))
    return (
        *((session,) if at.in_leg_nc else ()),
        *cumulative(at.given, wide, day=at.day),
        *cumulative(at.in_course, course, day=at.day),
    )


def _session_nc(order: Prescription, spec: ProtocolSpec, at: Moment) -> int:
    """What all runs of one session may give together: its dose or its step, under
    the lower ceilings for the patient and for today."""
    if spec.course.dose_nc is not None:
        return spec.course.dose_nc
    today_ua = None if at.course is None else at.course.value
    lower = (order.max_ua, at.max_ua, today_ua)
    ceilings = [one for one in lower if one is not None]
    most, flow_ms = spec.currents.max_ua, spec.course.flow_ms
    if spec.steps is not None:
        step = step_at(spec.steps, at.number)
        most, flow_ms = step.current_ua, step.flow_ms
    return min([most, *ceilings]) * flow_ms


def _course_nc(order: Prescription, spec: ProtocolSpec, whole_nc: int) -> int:
    """What all sessions may give at one place, each up to what counts as over.

    Upper bounds lie above what was asked, so the plain sum would bar the last one.
    """
    if spec.steps is not None:
        steps = rows(spec.steps, order.sessions_planned)
        total_nc = sum(step.charge_nc for step in steps)
    else:
        total_nc = whole_nc * order.sessions_planned
    return total_nc * spec.counting.over_permille // 1000


def _electrodes(leg: PrescriptionLeg) -> tuple[Electrode, Electrode]:
    """The active and the return electrode on their places."""
    active = Electrode(
        place=leg.active_place,
        area_mm2=_touching(leg.active_electrode, leg.wetted_mm2),
        region=_region(leg.active_region),
        side=leg.active_side,
        **_as_bought(leg.active_electrode),
    )
    # Without a drug both are active in turn, so both wet less.
    wetted_mm2 = None if leg.drug_pole else leg.wetted_mm2
    passive = Electrode(
        place=leg.return_place,
        area_mm2=_touching(leg.return_electrode, wetted_mm2),
        region=_region(leg.return_region),
        side=leg.return_side,
        **_as_bought(leg.return_electrode),
    )
    return active, passive


def _region(word: str) -> Region | None:
    return Region(word) if word else None


def _touching(kind: ElectrodeType, wetted_mm2: int | None) -> int:
    return kind.area_mm2 if wetted_mm2 is None else min(kind.area_mm2, wetted_mm2)


def _as_bought(kind: ElectrodeType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "kind": kind.kind,
        "material": kind.material,
        "anode_limit_ua_cm2": kind.anode_limit_ua_cm2,
        "cathode_limit_ua_cm2": kind.cathode_limit_ua_cm2,
        "rating_nc": kind.rating_nc,
        "waveforms": tuple(kind.waveforms),
    }
