"""Treatments that no networked stimulator reported, entered by a person.

Same prescription, same checks, same limits, same signature. What nobody measured
is an estimate with an upper bound and is never shown as measured. What happened
must be recordable: figures over a limit are kept and flagged, not refused.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import date_text, dose_text, time_text
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.quantities import clock_text, ma_exact_text
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from devices.core.charge import Charge
from sessions_app.domain import completeness
from sessions_app.domain.estimates import (
    Estimate,
    MeterReading,
    counter_charge,
    hand_charge,
    worn_charge,
)
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    Delivery,
    DoseRecord,
    Leg,
    Loan,
    Lot,
    Prescription,
    TreatmentSession,
)
from sessions_app.services.course_gate import waits
from sessions_app.services.gates import (
    require_answers_of_today,
    require_consent,
    require_people,
)
from sessions_app.services.lots import LotsChosen, lots_check, lots_use
from sessions_app.services.recording import (
    credit_columns,
    over_rating,
    over_tell,
    session_lead_on,
)
from sessions_app.services.transitions import session_transition
from sessions_app.services.weighing import leg_claim

REASON_CHARS = 300
WHY_CHARS = 200
FEWEST_READINGS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """What a person tells of a treatment. `readings` in order of time, the first
    at the start; `leads_seen` when somebody looked at the leads of a drug."""

    source: str
    happened_at: dt.datetime
    ended_at: dt.datetime
    why: str
    readings: tuple[MeterReading, ...] = ()
    counter_nc: int | None = None
    rating_nc: int | None = None
    serial: str = ""
    leads_seen: bool = False

    @property
    def span_ms(self) -> int:
        return int((self.ended_at - self.happened_at) / dt.timedelta(milliseconds=1))


def delivery_enter(
    *,
    session: TreatmentSession,
    leg: Leg,
    told: Told,
    by: Staff,
    version: int,
    lots: LotsChosen | None = None,
    despite: bool = False,
) -> DoseRecord:
    """Enter a treatment of a cleared session's place; the session moves on.

    A limit, an unfit lot or an ended prescription refuses, unless it was given
    `despite` it: then the record is kept and flagged. Raises Refusal for times in
    the future or before the signature and for figures that are missing, Conflict
    for a stale page or a second submit.
    """
    require(by, "delivery.enter", session.site)
    told_require(session.prescription, told)
    day = site_day(session.site, told.happened_at)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
        # First, so that a second submit is told as such; on another object, so that
        # a refusal leaves the caller's as it was.
        session_transition(
            session=TreatmentSession.objects.get(pk=session.pk),
            sources=(SessionState.CLEARED,),
            target=SessionState.TREATING,
            by=by,
            version=version,
            data={"without_network": told.source},
        )
        _require_no_dose(leg)
        limits, unready = _against(leg, told, day, despite=despite)
        uses = lots_check(
            leg=leg, chosen=lots or LotsChosen(), day=day, fit=not despite
        )
        lots_use(leg=leg, uses=uses, by=by)
        patch = next((lot for lot, _ in uses if told.source == "worn"), None)
        dose = delivery_record(
            leg=leg,
            told=told,
            estimate=_estimate(session.prescription, told),
            by=by,
            flags=limits,
            notes=unready,
            lot=patch,
        )
        session_lead_on(session=session)
    return dose


def _require_no_dose(leg: Leg) -> None:
    if leg.doses.exists():
        raise Conflict(
            "has_dose",
            f"Place {leg.order} had its dose in this session; enter what was given "
            "to a place without one.",
        )


def told_require(order: Prescription, told: Told) -> None:
    """Raise Refusal for what cannot have happened so, or is not said."""
    now = timezone.now()
    if order.signed_at is None or told.happened_at < order.signed_at:
        signed = order.signed_at
        said = (
            f"signed {date_text(signed)} {time_text(signed)}"
            if signed
            else "not signed"
        )
        raise Refusal(
            "before_signed",
            f"{date_text(told.happened_at)} {time_text(told.happened_at)} is before "
            f"the prescription was signed ({said}). Correct the time.",
            field="happened_at",
        )
    if told.happened_at > now or told.ended_at > now:
        raise Refusal(
            "in_future",
            f"It is {date_text(now)} {time_text(now)}; enter a treatment once it is "
            "over.",
            field="happened_at",
        )
    if told.ended_at <= told.happened_at:
        raise Refusal(
            "no_span",
            "The end lies before the start; correct the times.",
            field="ended",
        )
    if not told.why.strip() or len(told.why) > WHY_CHARS:
        raise Refusal(
            "no_why",
            "Write why no networked stimulator was used, at most "
            f"{WHY_CHARS} characters.",
            field="why",
        )


def _against(
    leg: Leg, told: Told, day: dt.date, *, despite: bool
) -> tuple[list[str], list[str]]:
    """Limits that stood against this order at its time, and what was not ready.
    Raises Refusal for them unless it was given all the same."""
    order = leg.session.prescription
    faults = leg_claim(leg=leg, day=day).faults
    limits = [*_ended(order, told), *(fault.text for fault in faults)]
    unready = [
        *waits(leg.session.prescription, [leg.prescribed], day),
        *_unready(leg.session, day),
    ]
    if (limits or unready) and not despite:
        raise Refusal(
            "limits",
            f"{'. '.join([*limits, *unready])}. If it was given all the same, tick so "
            "and enter it.",
            field="despite",
        )
    return limits, unready


def _unready(session: TreatmentSession, day: dt.date) -> Iterator[str]:
    """Consent, people and answers that should have stood on the day."""
    for gate in (
        partial(require_people, session, day),
        partial(require_consent, session.prescription, day),
        partial(require_answers_of_today, session, day),
    ):
        try:
            gate()
        except Refusal as refusal:
            yield refusal.text.rstrip(".")


def _ended(order: Prescription, told: Told) -> Iterator[str]:
    if order.stopped_at is not None and told.happened_at >= order.stopped_at:
        yield f"The prescription was stopped: {order.stop_reason}"
    if site_day(order.site, told.happened_at) > order.expires_on:
        yield f"The prescription expired on {date_text(order.expires_on)}"


def _estimate(order: Prescription, told: Told) -> Estimate:
    """The charge as told. Raises Refusal for figures that are missing or wrong."""
    spec = spec_of(order)
    if told.source == Delivery.Source.WORN:
        if not told.rating_nc:
            raise Refusal("no_rating", "Give the rating of the patch.", field="rating")
        full_ms = spec.course.flow_ms or spec.course.max_flow_ms
        return worn_charge(told.rating_nc, told.span_ms, full_ms)
    if told.source in {Delivery.Source.COUNTER, Delivery.Source.DEVICE}:
        if told.counter_nc is None:
            raise Refusal(
                "no_counter", "Give the total that the device shows.", field="counter"
            )
        return counter_charge(told.counter_nc)
    if len(told.readings) < FEWEST_READINGS:
        raise Refusal(
            "few_readings",
            f"{len(told.readings)} readings; give start, 5 min, middle and end.",
            field="ua-1",
        )
    try:
        return hand_charge(told.readings, told.span_ms, spec.currents.max_ua)
    except ValueError as error:
        raise Refusal("readings", f"{error}.", field="ua-1") from error


def spec_of(order: Prescription) -> ProtocolSpec:
    """The protocol as prescribed: with the patient's own ceiling."""
    return ProtocolSpec.from_dict(order.adoption.spec).capped_at(order.max_ua)


def delivery_record(
    *,
    leg: Leg,
    told: Told,
    estimate: Estimate,
    by: Staff,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
    lot: Lot | None = None,
    loan: Loan | None = None,
) -> DoseRecord:
    """Write a delivery and its dose, with what is over any limit in words; `notes`
    are told too, but are no limit."""
    spec = spec_of(leg.session.prescription)
    flags = [*flags, *_over(spec, told)]
    if over_rating(leg, estimate.estimate_nc):
        flags.append(f"{dose_text(estimate.estimate_nc, 2)} is over the pad's rating")
    delivery = Delivery.objects.create(
        leg=leg,
        source=told.source,
        loan=loan,
        serial=told.serial.strip(),
        why=told.why.strip(),
        happened_at=told.happened_at,
        ended_at=told.ended_at,
        readings=[
            {"minute": one.t_ms / 60_000, "ua": one.current_ua} for one in told.readings
        ],
        counter_nc=told.counter_nc,
        rating_nc=told.rating_nc,
        lot=lot,
        by=by,
    )
    dose = DoseRecord.objects.create(
        leg=leg,
        delivery=delivery,
        recorded_by=by,
        **_figures(spec, told, estimate, flags, notes),
    )
    over_tell(dose=dose, why=flags)
    audit_record(
        action="delivery.enter",
        subject=delivery,
        by=by,
        site=leg.session.site,
        data={"source": told.source, "dose": dose.pk, "over": flags},
    )
    return dose


def _over(spec: ProtocolSpec, told: Told) -> Iterator[str]:
    """What was more than the order allows; it happened, so it is kept and said."""
    most = max((one.current_ua for one in told.readings), default=0)
    if most > spec.currents.max_ua:
        allowed = ma_exact_text(spec.currents.max_ua)
        yield f"{ma_exact_text(most)} read, {allowed} allowed"
    if told.span_ms > spec.course.max_wall_ms:
        allowed = clock_text(spec.course.max_wall_ms)
        yield f"{clock_text(told.span_ms)} min long, {allowed} min allowed"


def _figures(
    spec: ProtocolSpec,
    told: Told,
    estimate: Estimate,
    flags: Sequence[str],
    notes: Sequence[str],
) -> dict[str, Any]:
    """Columns of the dose record, all from what was told."""
    flow_ms = _flow_ms(spec, told)
    asked = spec.course.dose_nc or spec.currents.max_ua * spec.course.flow_ms
    planned = spec.course.dose_nc or spec.currents.target_ua * spec.course.flow_ms
    verdict = completeness.reconcile(
        completeness.Delivery(
            basis=spec.basis,
            prescribed_nc=asked,
            delivered_nc=estimate.estimate_nc,
            planned_flow_ms=spec.course.flow_ms,
            flow_ms=flow_ms,
            event_complete=flow_ms >= spec.course.flow_ms,
        ),
        tolerance_permille=spec.counting.tolerance_permille,
        count_permille=spec.counting.count_permille,
        over_permille=spec.counting.over_permille,
    )
    # With a reversal nobody knows how it fell on the poles.
    one_way = 0 if spec.reversal else estimate.estimate_nc
    charge = Charge(one_way, 0, estimate.estimate_nc, estimate.upper_nc, one_way)
    seen = DoseRecord.PoleEvidence
    return {
        "evidence": estimate.evidence.value,
        "is_estimate": True,
        "basis": spec.basis.value,
        "prescribed_nc": planned,
        "confirmed_nc": estimate.estimate_nc,
        "upper_nc": max(estimate.upper_nc, estimate.estimate_nc),
        "red_anode_nc": one_way,
        "black_anode_nc": 0,
        **credit_columns(spec, charge),
        "pole_evidence": seen.CONFIRMED if told.leads_seen else seen.COMMANDED,
        "device_counter_nc": told.counter_nc,
        "planned_flow_ms": spec.course.flow_ms,
        "flow_ms": flow_ms,
        "tolerated_ua": _tolerated_ua(told),
        "completeness": verdict.verdict.value,
        "counts": verdict.counts,
        "is_over": bool(flags) or verdict.verdict is completeness.Verdict.OVER,
        "reason": "; ".join([estimate.how, *flags, *notes])[:REASON_CHARS],
    }


def _flow_ms(spec: ProtocolSpec, told: Told) -> int:
    """Time at or above the floor current, as far as the readings tell."""
    if not told.readings:
        return told.span_ms
    floor = spec.course.flow_floor_ua
    ends = [*(one.t_ms for one in told.readings[1:]), told.span_ms]
    return sum(
        end - one.t_ms
        for one, end in zip(told.readings, ends, strict=True)
        if one.current_ua >= floor
    )


def _tolerated_ua(told: Told) -> int:
    """The current read most often, the higher one of equals; 0 without a meter."""
    seen = [one.current_ua for one in told.readings]
    return max(seen, key=lambda ua: (seen.count(ua), ua), default=0)
