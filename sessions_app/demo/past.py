"""Visits of the past, written by rows as an import would: simulated patients only."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Max

from clinic.errors import Refusal
from clinic.models import Role, Staff
from sessions_app.demo.treatment import member
from sessions_app.domain.calendar import at_wall
from sessions_app.domain.dosimetry import DrugCredit
from sessions_app.domain.harm import Finding
from sessions_app.domain.outcomes import measure_of
from sessions_app.domain.poles import Lead
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    Delivery,
    DoseRecord,
    Leg,
    Measurement,
    Prescription,
    SessionEvent,
    SkinCheck,
    TreatmentSession,
)
from sessions_app.selectors.courses import place_key
from sessions_app.selectors.harm import electrodes_at
from sessions_app.selectors.prescribing import course_sessions

CLOCK = dt.time(9, 0)
VISIT = dt.timedelta(minutes=45)
TRAYS_MS = 20 * 60_000
Score = int | Mapping[str, int] | None

_WAY = tuple(
    state.value
    for state in (
        SessionState.PLANNED,
        SessionState.CHECKED_IN,
        SessionState.CLEARED,
        SessionState.TREATING,
        SessionState.TO_SIGN,
        SessionState.COMPLETED,
    )
)


def session_past(
    order: Prescription,
    day: dt.date,
    *,
    ua: int | None = None,
    places: Collection[str] | None = None,
    hdss: Score = None,
    nprs: Score = None,
    wet_days: Score = None,
    harm: Finding | None = None,
    counted: bool = True,
    clock: dt.time = CLOCK,
) -> TreatmentSession:
    """A visit that was held, signed and recorded on a past day at 09:00 of the site.

    `ua` was tolerated, None for the target of the protocol. `places` are names as
    `place_key` gives, None for all. A score is one for the visit or one for each
    place; `harm` was seen under the active electrode of the first place. Call
    `course_touched` after the last one. Raises Refusal for a real patient.
    """
    if not order.patient.is_simulated:
        raise Refusal("real_patient", "Only a simulated patient has a made-up past.")
    by = member(order.site, Role.CLINICIAN)
    at = at_wall(day, clock, ZoneInfo(order.site.time_zone))
    with transaction.atomic():
        session = _session(order, day, at, by)
        for prescribed in order.legs.all():
            if places is None or place_key(prescribed) in places:
                leg = Leg.objects.create(
                    session=session, order=prescribed.order, prescribed=prescribed
                )
                _dose(leg, at, ua, counted=counted, by=by)
                _looked(leg, at, harm if leg == session.legs.first() else None, by)
        _events(session, at, by)
        scores = {"HDSS": hdss, "NPRS": nprs, "WET_DAYS": wet_days}
        for measure, score in scores.items():
            _measured(session, measure, score, at, by)
    return session


def _keep(row: models.Model) -> None:
    """Written as it stands, with its own times: as an import writes rows."""
    row.save_base(raw=True, force_insert=True)


def _session(
    order: Prescription, day: dt.date, at: dt.datetime, by: Staff
) -> TreatmentSession:
    newest = course_sessions(order.number).aggregate(newest=Max("number"))["newest"]
    return TreatmentSession.objects.create(
        site=order.site,
        patient=order.patient,
        prescription=order,
        number=(newest or 0) + 1,
        due_on=day,
        due_at=at.time(),
        is_simulated=True,
        state=SessionState.COMPLETED.value,
        version=len(_WAY),
        signed_by=by,
        signed_at=at + VISIT,
    )


def _events(session: TreatmentSession, at: dt.datetime, by: Staff) -> None:
    step = VISIT / (len(_WAY) - 2)
    for number, (before, after) in enumerate(pairwise(_WAY)):
        _keep(
            SessionEvent(
                session=session,
                at=at + number * step,
                from_state=before,
                to_state=after,
                staff=by,
            )
        )


def _dose(
    leg: Leg, at: dt.datetime, ua: int | None, *, counted: bool, by: Staff
) -> None:
    spec = ProtocolSpec.from_dict(leg.session.prescription.adoption.spec)
    current = spec.currents.target_ua if ua is None else ua
    planned_nc = spec.course.dose_nc or current * (spec.course.flow_ms or TRAYS_MS)
    given_nc = planned_nc if counted else planned_nc // 2
    flow_ms = given_nc // current
    delivery = Delivery(
        leg=leg,
        source=Delivery.Source.HAND,
        why="Carried over from the paper card",
        happened_at=at,
        ended_at=at + dt.timedelta(milliseconds=flow_ms),
        readings=list(_readings(flow_ms, current)),
        by=by,
        at=at + VISIT,
    )
    _keep(delivery)
    credits = [
        asdict(DrugCredit(drug.code, drug.name, given_nc, 0)) for drug in spec.drugs
    ]
    _keep(
        DoseRecord(
            leg=leg,
            delivery=delivery,
            at=at + VISIT,
            recorded_by=by,
            evidence=DoseRecord.Evidence.HAND,
            is_estimate=True,
            basis=spec.basis.value,
            prescribed_nc=planned_nc,
            confirmed_nc=given_nc,
            upper_nc=given_nc,
            red_anode_nc=0 if spec.reversal else given_nc,
            black_anode_nc=0,
            credit_nc=given_nc if spec.drugs else None,
            credits=credits,
            pole_evidence=DoseRecord.PoleEvidence.CONFIRMED,
            planned_flow_ms=planned_nc // current,
            flow_ms=flow_ms,
            tolerated_ua=current,
            completeness="complete" if counted else "attempted",
            counts=counted,
            reason="Carried over from the paper card",
        )
    )


def _readings(flow_ms: int, current: int) -> Iterator[dict[str, Any]]:
    """Start, 5 min, middle and end, as a meter is read."""
    end = flow_ms / 60_000
    for minute in sorted({0.0, min(5.0, end / 3), end / 2, end}):
        yield {"minute": minute, "ua": current}


def _looked(leg: Leg, at: dt.datetime, harm: Finding | None, by: Staff) -> None:
    active = leg.prescribed.active_place
    for one in electrodes_at(leg):
        found = harm if harm is not None and one.place == active else None
        _keep(
            SkinCheck(
                leg=leg,
                moment=SkinCheck.Moment.AFTER,
                lead=one.lead.value,
                place=one.place,
                findings=[found.to_dict()] if found else [],
                by=by,
                at=at + VISIT,
            )
        )
        if found is not None and found.grade:
            _harmed(leg, at, found, one.lead, by)


def _harmed(leg: Leg, at: dt.datetime, found: Finding, lead: Lead, by: Staff) -> None:
    session = leg.session
    _keep(
        AdverseEvent(
            site=session.site,
            patient=session.patient,
            session=session,
            leg=leg,
            lead=lead.value,
            code=found.code.value,
            grade=found.grade,
            onset_at=at + VISIT,
            noticed=AdverseEvent.Noticed.AT_CHAIR,
            by=by,
            at=at + VISIT,
        )
    )


def _measured(
    session: TreatmentSession, code: str, score: Score, at: dt.datetime, by: Staff
) -> None:
    if score is None:
        return
    measure = measure_of(code)
    by_place = score if isinstance(score, Mapping) else {"": score}
    for place, value in by_place.items():
        _keep(
            Measurement(
                site=session.site,
                patient=session.patient,
                course=session.prescription.number,
                session=session,
                measure=code,
                version=measure.version,
                body_site=place,
                value=str(value),
                unit=measure.units[0],
                measured_on=session.due_on,
                by=by,
                at=at,
            )
        )
