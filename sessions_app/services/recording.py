"""Write what a run delivered, once, and lead the session on."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.jinja import dose_text
from clinic.models import Role
from devices.core import trace_codec
from devices.core.charge import Charge
from devices.core.programme import Basis, Programme
from devices.core.run_lifecycle import EndReason, RunState
from devices.models import Run
from sessions_app.domain.completeness import (
    Delivery,
    Verdict,
    event_complete,
    reconcile,
)
from sessions_app.domain.dosimetry import (
    Evidence,
    compare_counter,
    drug_credits,
    tolerated_ua,
)
from sessions_app.domain.estimates import counter_charge
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    DoseRecord,
    Leg,
    LegRun,
    PoleConfirmation,
    Task,
    TreatmentSession,
)
from sessions_app.services.tasks import task_make
from sessions_app.services.transitions import session_transition

TASK_CHARS = 300
NOT_STARTED = {RunState.CANCELLED.value, RunState.REJECTED.value}


def run_record(*, run_id: uuid.UUID) -> DoseRecord | None:
    """Record the dose of a closed run and move its session on.

    Idempotent. A run that never had current leaves no dose and frees its
    session for another try. Returns the dose written by this call.
    """
    with transaction.atomic():
        tie = (
            LegRun.objects.select_for_update(of=("self",))
            .select_related("run", "leg__session__prescription__adoption__protocol")
            .filter(run_id=run_id)
            .first()
        )
        if tie is None:
            return None
        session = tie.leg.session
        if tie.run.state in NOT_STARTED:
            session_lead_on(session=session)
            return None
        if tie.run.closed_at is None or tie.run.doses.exists():
            return None
        dose = DoseRecord.objects.create(leg=tie.leg, run=tie.run, **_figures(tie))
        over_tell(dose=dose)
        session_lead_on(session=session)
    return dose


def over_tell(*, dose: DoseRecord, why: Sequence[str] = ()) -> None:
    """Put a dose over a limit on the prescribers' list, in the caller's transaction.

    It follows from the record, once for its first row. `why` is what else was over.
    """
    if not dose.is_over:
        return
    session = dose.leg.session
    given, asked = (dose_text(nc, 2) for nc in (dose.confirmed_nc, dose.prescribed_nc))
    rating_nc = rating_of(dose.leg)
    if rating_nc is not None and over_rating(dose.leg, dose.confirmed_nc):
        why = [*why, f"the pad is rated {dose_text(rating_nc, 2)}"]
    more = "".join(f"; {one}" for one in why)
    task_make(
        site=session.site,
        kind=Task.Kind.INCIDENT,
        text=f"Over a limit: {given} given, {asked} prescribed{more}"[:TASK_CHARS],
        due_at=timezone.now(),
        patient=session.patient,
        session=session,
        for_role=Role.PRESCRIBER,
        link=reverse("session", args=[session.pk]),
    )


def rating_of(leg: Leg) -> int | None:
    """The lower rating of the leg's two pads in nC; None where neither has one."""
    pads = (leg.prescribed.active_electrode, leg.prescribed.return_electrode)
    return min((pad.rating_nc for pad in pads if pad.rating_nc), default=None)


def over_rating(leg: Leg, given_nc: int) -> bool:
    rating_nc = rating_of(leg)
    return rating_nc is not None and given_nc > rating_nc


def session_lead_on(*, session: TreatmentSession) -> None:
    """Once nothing of the session runs: on to its next place, or to the signature.

    A session is cleared again while a place has no dose: the next one, or another
    try after a run that ended before any current.
    """
    session.refresh_from_db()
    runs = Run.objects.filter(leg_run__leg__session=session)
    open_runs = runs.exclude(state__in=NOT_STARTED).filter(doses__isnull=True)
    if session.state != SessionState.TREATING.value or open_runs.exists():
        return
    whole = not session.legs.filter(doses__isnull=True).exists()
    session_transition(
        session=session,
        sources=(SessionState.TREATING,),
        target=SessionState.TO_SIGN if whole else SessionState.CLEARED,
        by=None,
        data={} if whole else {"why": "a place has no dose yet"},
    )


def _figures(tie: LegRun) -> dict[str, Any]:
    """Columns of the dose record."""
    run, programme = tie.run, Programme.from_dict(tie.run.programme)
    spec = ProtocolSpec.from_dict(tie.leg.session.prescription.adoption.spec)
    charge, evidence = _charge(run)
    trace = run.trace
    verdict = reconcile(
        Delivery(
            basis=programme.basis,
            prescribed_nc=_asked_nc(programme),
            delivered_nc=charge.confirmed_nc,
            planned_flow_ms=programme.flow_ms,
            flow_ms=trace.flow_ms,
            event_complete=event_complete(EndReason(run.end_reason)),
        ),
        tolerance_permille=spec.counting.tolerance_permille,
        count_permille=spec.counting.count_permille,
        over_permille=spec.counting.over_permille,
    )
    return {
        "evidence": evidence.value,
        "is_estimate": evidence is not Evidence.TRACE,
        "basis": programme.basis.value,
        "prescribed_nc": programme.dose_nc,
        "confirmed_nc": charge.confirmed_nc,
        "upper_nc": charge.upper_bound_nc,
        "red_anode_nc": charge.positive_nc,
        "black_anode_nc": charge.negative_nc,
        **credit_columns(spec, charge),
        "pole_evidence": _pole_evidence(run),
        "device_counter_nc": run.device_counter_nc,
        "counter_agrees": _agrees(run, programme, charge),
        "planned_flow_ms": programme.flow_ms,
        "flow_ms": trace.flow_ms,
        "tolerated_ua": _tolerated_ua(run),
        "completeness": verdict.verdict.value,
        "counts": verdict.counts,
        "is_over": verdict.verdict is Verdict.OVER
        or over_rating(tie.leg, charge.confirmed_nc),
        "recorded_by": run.settled_by,
        "reason": run.settled_reason,
    }


def _asked_nc(programme: Programme) -> int:
    """What over-delivery is measured against: on the time basis the ceiling."""
    if programme.basis is Basis.TIME:
        return programme.window.ceiling_ua * programme.flow_ms
    return programme.dose_nc


def _charge(run: Run) -> tuple[Charge, Evidence]:
    """The charge to record and how it is known."""
    trace = run.trace
    measured = Charge(
        trace.positive_nc,
        trace.negative_nc,
        trace.confirmed_nc,
        trace.upper_nc,
        trace.positive_nc - trace.negative_nc,
    )
    if run.settled_by_id is None:
        if trace.count:
            return measured, Evidence.TRACE
        return _counted(run), Evidence.COUNTER
    stated = run.settled_charge_nc or 0
    bound = max(stated, measured.upper_bound_nc)
    return (
        measured._replace(confirmed_nc=stated, upper_bound_nc=bound),
        Evidence.HAND,
    )


def _counted(run: Run) -> Charge:
    """What the device counted, where no sample of it can be read any more.

    With a reversal nobody knows how it fell on the poles.
    """
    counter = run.device_counter_nc or 0
    one_way = 0 if Programme.from_dict(run.programme).reversal else counter
    upper = counter_charge(counter).upper_nc
    return Charge(one_way, 0, counter, upper, one_way)


def credit_columns(spec: ProtocolSpec, charge: Charge) -> dict[str, Any]:
    """Therapeutic credit drug by drug; none without a drug to drive in."""
    credits = drug_credits(charge, spec.drugs)
    return {
        "credit_nc": credits[0].therapeutic_nc if credits else None,
        "credits": [asdict(credit) for credit in credits],
    }


def _pole_evidence(run: Run) -> str:
    """Commanded until somebody looked at the leads; the device cannot see them."""
    looked = PoleConfirmation.objects.filter(run=run).exists()
    kind = DoseRecord.PoleEvidence
    return kind.CONFIRMED if looked else kind.COMMANDED


def _agrees(run: Run, programme: Programme, charge: Charge) -> bool | None:
    if run.device_counter_nc is None:
        return None
    sample_nc = programme.window.ceiling_ua * 1000 // programme.sample_hz
    return compare_counter(charge, run.device_counter_nc, sample_nc).agrees


def _tolerated_ua(run: Run) -> int:
    trace = run.trace
    if not trace.count:
        return 0
    columns = trace_codec.unseal(bytes(trace.blob), trace.sha256, trace.codec)
    return tolerated_ua(columns.readings())


def records_sweep() -> None:
    """Record what a lost hint left undone."""
    closed = Run.objects.filter(
        closed_at__isnull=False, doses__isnull=True, leg_run__isnull=False
    )
    idle = Run.objects.filter(
        state__in=NOT_STARTED, leg_run__leg__session__state=SessionState.TREATING.value
    )
    for run_id in [*closed.values_list("pk", flat=True)[:100]]:
        run_record(run_id=run_id)
    for run_id in [*idle.values_list("pk", flat=True)[:100]]:
        run_record(run_id=run_id)
