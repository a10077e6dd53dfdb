"""Treatments at home, as the borrower wrote them down."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import date_text
from clinic.models import Staff
from clinic.permissions import require
from clinic.quantities import clock_text, ma_exact_text
from sessions_app.domain.dosimetry import Evidence
from sessions_app.domain.estimates import (
    Estimate,
    MeterReading,
    counter_charge,
    diary_charge,
)
from sessions_app.domain.harm import Finding
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    Delivery,
    DoseRecord,
    Leg,
    Loan,
    Prescription,
    SessionEvent,
    TreatmentSession,
)
from sessions_app.selectors.prescribing import (
    course_sessions,
    sessions_used,
    successor_of,
)
from sessions_app.services.course_gate import waits
from sessions_app.services.delivering import Told, delivery_record, told_require
from sessions_app.services.gates import require_consent
from sessions_app.services.harm import event_record
from sessions_app.services.transitions import session_transition
from sessions_app.services.weighing import leg_claim


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the diary. `ua` and `counter_nc` are None where nothing was written
    or the device shows no total; `skin` is what the borrower says of it, `finding`
    what whoever enters it makes of that."""

    happened_at: dt.datetime
    flow_ms: int
    ua: int | None
    skin: str
    counter_nc: int | None = None
    finding: Finding | None = None

    @property
    def ended_at(self) -> dt.datetime:
        return self.happened_at + dt.timedelta(milliseconds=self.flow_ms)


def diary_enter(*, loan: Loan, entry: Entry, by: Staff) -> DoseRecord:
    """Enter a line as a signed session of the prescription, delivered at home.

    Without a logged total the bound is what the caps of the loan let happen. What
    the order or the loan did not allow is kept and flagged; a finding at the skin
    is an adverse event like any other. Raises Refusal for a time outside the loan,
    Conflict for a line that stands.
    """
    require(by, "delivery.enter", loan.device.site)
    if not entry.skin.strip():
        raise Refusal(
            "no_skin", "Ask how the skin was afterwards, and write it.", field="skin"
        )
    _require_inside(loan, entry)
    with transaction.atomic():
        order = Prescription.objects.select_for_update().get(pk=loan.prescription_id)
        told = _told(loan, entry)
        told_require(order, told)
        if loan.deliveries.filter(happened_at=entry.happened_at).exists():
            raise Conflict("entered", "That line of the diary stands already.")
        session = _session(order, entry)
        leg = Leg.objects.create(session=session, prescribed=order.legs.all()[0])
        dose = delivery_record(
            leg=leg,
            told=told,
            estimate=_estimate(loan, entry),
            by=by,
            flags=[*_over(loan, entry), *_against(leg, loan, entry)],
            notes=_unready(order, entry),
            loan=loan,
        )
        _sign(session, dose, entry, by)
        if entry.finding is not None:
            event_record(
                session=session,
                by=by,
                finding=entry.finding,
                onset_at=entry.ended_at,
                noticed=AdverseEvent.Noticed.AT_VISIT,
                leg=leg,
                text=f"As told from home: {entry.skin.strip()}"[:400],
            )
    return dose


def _require_inside(loan: Loan, entry: Entry) -> None:
    day = timezone.localdate(entry.happened_at)
    until = loan.returned_on or timezone.localdate()
    if not loan.out_on <= day <= until:
        raise Refusal(
            "outside_loan",
            f"{date_text(day)} is outside the loan, {date_text(loan.out_on)} to "
            f"{date_text(until)}.",
            field="happened_at",
        )


def _told(loan: Loan, entry: Entry) -> Told:
    readings = () if entry.ua is None else (MeterReading(0, entry.ua),)
    return Told(
        source=Delivery.Source.HOME,
        happened_at=entry.happened_at,
        ended_at=entry.ended_at,
        why=f"at home on {loan.device}"[:200],
        readings=readings,
        counter_nc=entry.counter_nc,
        serial=loan.device.serial,
    )


def _estimate(loan: Loan, entry: Entry) -> Estimate:
    if entry.counter_nc is not None:
        logged = counter_charge(entry.counter_nc)
        how = f"logged by the home device, {logged.how}"
        return Estimate(logged.estimate_nc, logged.upper_nc, Evidence.DIARY, how)
    ua = loan.taught_ua if entry.ua is None else entry.ua
    return diary_charge(
        ua, entry.flow_ms, cap_ua=loan.cap_ua, cap_flow_ms=loan.cap_flow_ms
    )


def _over(loan: Loan, entry: Entry) -> list[str]:
    """What was more than the loan allows; it happened, so it is kept and said."""
    found = []
    if entry.ua is not None and entry.ua > loan.cap_ua:
        cap = ma_exact_text(loan.cap_ua)
        found.append(f"{ma_exact_text(entry.ua)} at home, the cap is {cap}")
    if entry.flow_ms > loan.cap_flow_ms:
        cap = clock_text(loan.cap_flow_ms)
        found.append(f"{clock_text(entry.flow_ms)} min at home, the cap is {cap} min")
    return found


def _against(leg: Leg, loan: Loan, entry: Entry) -> Iterator[str]:
    """What of the order and the loan stood against a treatment at its time."""
    order, day = leg.session.prescription, timezone.localdate(entry.happened_at)
    if order.stopped_at is not None and entry.happened_at >= order.stopped_at:
        yield f"The prescription was stopped: {order.stop_reason}"
    newer = successor_of(order)
    signed_at = None if newer is None else newer.signed_at
    if newer is not None and signed_at and entry.happened_at >= signed_at:
        yield f"The prescription was replaced by version {newer.version}"
    if day > order.expires_on:
        yield f"The prescription expired on {date_text(order.expires_on)}"
    used = sessions_used(order.number, but=leg.session_id)
    if used >= order.sessions_planned:
        yield f"Session {used + 1} of {order.sessions_planned} prescribed"
    week = (entry.happened_at - dt.timedelta(days=7), entry.happened_at)
    held = loan.deliveries.filter(happened_at__gt=week[0], happened_at__lte=week[1])
    if held.count() >= loan.sessions_per_week:
        yield f"{held.count() + 1} within 7 days, the loan has {loan.sessions_per_week}"
    yield from waits(order, [leg.prescribed], day)
    for fault in leg_claim(leg=leg, day=day).faults:
        yield fault.text


def _unready(order: Prescription, entry: Entry) -> list[str]:
    """The consent that should have stood on the day."""
    try:
        require_consent(order, timezone.localdate(entry.happened_at))
    except Refusal as refusal:
        return [refusal.text.rstrip(".")]
    return []


def _session(order: Prescription, entry: Entry) -> TreatmentSession:
    """The next session of the course, begun as what happened at home."""
    newest = course_sessions(order.number).aggregate(newest=Max("number"))["newest"]
    local = timezone.localtime(entry.happened_at)
    session = TreatmentSession.objects.create(
        site=order.site,
        patient=order.patient,
        prescription=order,
        number=(newest or 0) + 1,
        due_on=local.date(),
        due_at=local.time(),
        is_simulated=order.patient.is_simulated,
        state=SessionState.TREATING.value,
    )
    SessionEvent.objects.create(
        session=session,
        from_state=SessionState.PLANNED.value,
        to_state=SessionState.TREATING.value,
        data={"why": "entered from the diary of a home device"},
    )
    return session


def _sign(session: TreatmentSession, dose: DoseRecord, entry: Entry, by: Staff) -> None:
    """Whoever enters the line signs it, with what the borrower says of the skin."""
    session_transition(
        session=session,
        sources=(SessionState.TREATING,),
        target=SessionState.TO_SIGN,
        by=by,
    )
    session_transition(
        session=session,
        sources=(SessionState.TO_SIGN,),
        target=SessionState.COMPLETED
        if dose.completeness == "complete"
        else SessionState.PARTIAL,
        by=by,
        columns={
            "signed_by": by,
            "signed_at": timezone.now(),
            "skin_note": f"As told from home: {entry.skin.strip()}"[:400],
        },
        data={"doses": [dose.pk]},
    )
