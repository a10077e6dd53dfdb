"""Every limit for a leg as prescribed, and the plan that keeps them.

Evaluated when a prescription is written and signed, and again when a session
claims a stimulator; what was allowed then is frozen into the run.
"""

import datetime as dt
from typing import Any

from clinic.errors import Refusal
from devices.core.profile import ControlMode, CurrentSemantics, OnBreak, Profile
from devices.models import Stimulator
from sessions_app.domain.limits import (
    Circumstances,
    Cumulative,
    Electrode,
    SitePolicy,
)
from sessions_app.domain.places import Region
from sessions_app.domain.planning import Plan, PlanRefused, Request, plan
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import ElectrodeType, PrescriptionLeg

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


def leg_plan(
    *,
    leg: PrescriptionLeg,
    day: dt.date,
    box: Stimulator | None = None,
    given_nc: int = 0,
) -> Plan:
    """The plan of a leg on a day, on a stimulator when one is chosen.

    `given_nc` is what earlier runs of the session may have delivered. Raises
    Refusal with every reason: which layer, the number, the limit.
    """
    request = Request(
        about=_circumstances(leg, day, box, given_nc),
        drug_pole=Pole(leg.drug_pole) if leg.drug_pole else None,
    )
    try:
        return plan(request)
    except PlanRefused as refused:
        raise Refusal(
            refused.reasons[0].code,
            str(refused),
            reasons=[
                {"code": reason.code, "text": reason.text} for reason in refused.reasons
            ],
        ) from refused


def leg_require_sound(*, leg: PrescriptionLeg, day: dt.date) -> None:
    """Raise Refusal unless the leg keeps every limit that is known without a device."""
    leg_plan(leg=leg, day=day)


def _circumstances(
    leg: PrescriptionLeg, day: dt.date, box: Stimulator | None, given_nc: int
) -> Circumstances:
    order = leg.prescription
    spec = ProtocolSpec.from_dict(order.adoption.spec)
    active, passive = _electrodes(leg)
    at_cathode = leg.drug_pole == Pole.CATHODE
    whole_nc = spec.course.dose_nc or spec.currents.max_ua * spec.course.flow_ms
    return Circumstances(
        spec=spec,
        profile=ANY_STIMULATOR if box is None else Profile.from_dict(box.profile),
        anode=passive if at_cathode else active,
        cathode=active if at_cathode else passive,
        age=order.patient.age_on(day),
        site=SitePolicy(
            max_ua=order.site.policy.get("max_ua"),
            max_charge_nc=order.site.policy.get("max_charge_nc"),
        ),
        patient_max_ua=order.max_ua,
        cumulative=(
            (Cumulative(whole_nc, given_nc, "this session"),) if given_nc else ()
        ),
    )


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
