"""Orders and their protocols in words, for the form and the page of an order."""

import uuid
from collections.abc import Sequence
from typing import Any

from clinic.jinja import date_text, dose_text
from clinic.quantities import clock_text, cm2_text, density_text, ma_text
from clinic.selectors.site_time import site_day
from devices.core.parts import Basis, Waveform
from sessions_app.catalogue import published_drugs
from sessions_app.domain.ordering import SOFT_LAYERS
from sessions_app.domain.poles import Pole, lead_of
from sessions_app.domain.protocol import Drug, ProtocolSpec
from sessions_app.domain.teeth import tooth_holds, tooth_text
from sessions_app.models import ElectrodeType, Prescription, PrescriptionLeg
from sessions_app.services.weighing import OrderWeighed
from sessions_app.web.facts import Facts, limit_rows
from sessions_app.web.words import Word, place_name

SIGN = {Pole.ANODE: "+", Pole.CATHODE: "−"}
LAYER_WORDS = {"site": "policy of the site", "age": "current for children"}


def standing(order: Prescription, newer: Prescription | None) -> Word:
    """What an order is good for today."""
    if order.signed_at is None:
        return Word("Draft, not signed", "orange")
    if order.stopped_at is not None:
        return Word("Stopped", "red")
    if newer is not None:
        return Word(f"Replaced by version {newer.version}", "grey")
    if order.adoption.withdrawn_at is not None:
        return Word("Protocol withdrawn", "red")
    if not order.open_on(site_day(order.site)):
        return Word("Expired", "red")
    return Word("Signed", "green")


def pole_text(pole: Pole) -> str:
    """``"cathode (−), black lead"``."""
    return f"{pole} ({SIGN[pole]}), {lead_of(pole)} lead"


def drug_text(drug: Drug) -> str:
    """``"dexamethasone 0.4 %: anion, under the cathode (−), black lead"``."""
    return f"{drug.text}: {drug.sign}, under the {pole_text(drug.pole)}"


def electrode_text(kind: ElectrodeType) -> str:
    """``"Tray 150 × 220 mm · 330 cm²"``, with its rating where it has one."""
    parts = [kind.name]
    area = cm2_text(kind.area_mm2)
    parts += [] if area in kind.name else [area]
    if kind.rating_nc is not None:
        parts.append(f"up to {dose_text(kind.rating_nc, 0)}")
    if kind.waveforms == ["dc"]:
        parts.append("DC only")
    return " · ".join(parts)


def protocol_facts(spec: ProtocolSpec) -> Facts:
    """What the protocol allows, as a prescriber reads it beside the form."""
    now, course, plan = spec.currents, spec.course, spec.schedule
    current = ma_text(now.max_ua) + (" fixed" if spec.fixed else " at most")
    if not spec.fixed:
        current = f"{ma_text(now.target_ua)} target, {current}"
    ends = f"{clock_text(course.flow_ms)} of flow"
    if spec.basis is Basis.CHARGE:
        ends = (
            f"{dose_text(course.dose_nc)} in at most {clock_text(course.max_flow_ms)}"
        )
    facts = [("Drug", drug_text(drug)) for drug in spec.drugs] or [("Drug", "none")]
    facts += [("Solvent", says) for says in _solvents(spec)]
    facts += [
        ("Current", current),
        ("Ends at", ends),
        ("Waveform", _waveform(spec)),
        (
            "Density",
            f"{density_text(spec.density.anode_ua_cm2)} anode,"
            f" {density_text(spec.density.cathode_ua_cm2)} cathode",
        ),
        (
            "Electrodes",
            f"active from {cm2_text(spec.areas.active_min_mm2)},"
            f" return from {cm2_text(spec.areas.return_min_mm2)}",
        ),
        ("Path", spec.path.replace("_", " ")),
        ("Course", f"{plan.sessions} sessions, {plan.sessions_cap} at most"),
        ("Rhythm", f"{plan.per_week} a week, {_apart(plan.min_gap_days)}"),
        ("Places a day", str(plan.sites_per_day)),
        ("Age", _age(spec)),
    ]
    if spec.steps is not None:
        step = spec.steps
        facts.append(
            (
                "Grows",
                f"{ma_text(step.start_ua)}, {clock_text(step.start_ms)} first; up to"
                f" {ma_text(step.cap_ua)}, {clock_text(step.cap_ms)}",
            )
        )
    facts += [("Afterwards", one.says) for one in spec.adjuncts]
    return facts


def _solvents(spec: ProtocolSpec) -> list[str]:
    known = published_drugs()
    found = [known[drug.code].solvent_says for drug in spec.drugs if drug.code in known]
    return [*dict.fromkeys(says for says in found if says)]


def _waveform(spec: ProtocolSpec) -> str:
    if spec.waveform is Waveform.DC or spec.pulse is None:
        return "DC, poles turned at half time" if spec.reversal else "DC"
    pulse = spec.pulse
    return f"pulsed {pulse.frequency_hz / 1000:g} kHz, {pulse.duty_permille / 10:g} %"


def _apart(days: int) -> str:
    return f"{days} days apart or more" if days > 1 else "at most one a day"


def _age(spec: ProtocolSpec) -> str:
    ages = spec.ages
    if ages.child_max_ua is None:
        return f"from {ages.floor} years"
    return (
        f"from {ages.floor} years; under {ages.adult} up to"
        f" {ma_text(ages.child_max_ua)}"
    )


def order_facts(order: Prescription) -> Facts:
    """The order as a whole; its places come apart."""
    facts = [
        ("For", order.indication),
        ("Diagnosis", order.diagnosis or "not coded"),
        ("Sessions", f"{order.sessions_planned} in all"),
        ("Expires", date_text(order.expires_on)),
        ("Written by", f"{order.written_by.name}, {date_text(order.written_at)}"),
    ]
    if order.signed_by is not None:
        facts.append(
            ("Signed by", f"{order.signed_by.name}, {date_text(order.signed_at)}")
        )
    if order.max_ua is not None:
        facts.append(("Patient's own ceiling", ma_text(order.max_ua)))
    if order.stimulator_profile is not None:
        facts.append(("Stimulator", "one kind only, as prescribed"))
    for layer in SOFT_LAYERS:
        if order.overrides.get(layer):
            reason = order.overrides[layer]["reason"]
            facts.append((f"Overridden: {LAYER_WORDS[layer]}", reason))
    if order.stopped_at is not None:
        facts.append(("Stopped", f"{date_text(order.stopped_at)}: {order.stop_reason}"))
    if order.notes:
        facts.append(("Notes", order.notes))
    return facts


def leg_facts(leg: PrescriptionLeg) -> dict[str, Any]:
    """A place with both electrodes, told by pole and lead where a drug decides."""
    active, passive = "Active electrode", "Return electrode"
    if leg.drug_pole:
        pole = Pole(leg.drug_pole)
        active = f"Drug pad, {pole_text(pole)}"
        passive = f"Return pad, {pole_text(pole.other)}"
    facts = [
        (active, f"{leg.active_place}: {leg.active_electrode}"),
        (passive, f"{leg.return_place}: {leg.return_electrode}"),
    ]
    if leg.wetted_mm2 is not None:
        facts.append(("Wetted skin", cm2_text(leg.wetted_mm2)))
    if tooth_holds(leg.tooth):
        facts.append(("Tooth", tooth_text(leg.tooth)))
    if leg.split_places:
        split = ", ".join(leg.split_places)
        facts.append(("Split lead", f"{split}: each share is an estimate"))
    return {"title": f"Place {leg.order}: {place_name(leg)}", "facts": facts}


def weighed_parts(
    found: OrderWeighed, legs: Sequence[PrescriptionLeg]
) -> list[dict[str, Any]]:
    """Limits of each leg with their arithmetic, for the table of limits."""
    return [
        {
            "title": f"Place {leg.order}: {place_name(leg)}",
            "rows": limit_rows(weighed.to_dict()),
            "ok": not weighed.faults,
        }
        for leg, weighed in zip(legs, found.legs, strict=True)
    ]


def session_rows(sessions: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": session.pk,
            "number": session.number,
            "day": date_text(session.due_on),
            "time": session.due_at.strftime("%H:%M") if session.due_at else "–",
            "version": session.prescription.version,
            "state": session.state,
        }
        for session in sessions
    ]


def version_rows(
    versions: Sequence[Prescription], shown: uuid.UUID
) -> list[dict[str, Any]]:
    return [
        {
            "id": one.pk,
            "text": f"Version {one.version}",
            "when": date_text(one.signed_at or one.written_at),
            "state": "signed" if one.signed_at else "draft",
            "here": one.pk == shown,
        }
        for one in versions
    ]
