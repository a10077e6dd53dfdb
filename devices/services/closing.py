"""The end of a run: end, uncertain, made safe, settled, sealed."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.quantities import ma_min_text
from clinic.services.audit import audit_record
from clinic.services.enqueue import enqueue
from devices.core.programme import Programme
from devices.core.run_lifecycle import ENERGISED, EndReason, RunState
from devices.models import Run, RunLive, Trace, TraceChunk
from devices.services.sealing import sealed_figures
from devices.services.transitions import run_event, run_transition


def run_end(
    *,
    run_id: uuid.UUID,
    reason: EndReason,
    counter_nc: int,
    last_seq: int,
    fence: int | None = None,
    data: dict[str, Any] | None = None,
) -> bool:
    """Note that the device ended the run, and hint that it can be closed.

    From `uncertain` this is the settlement by the device's own log. Returns
    whether this call ended it.
    """
    with transaction.atomic():
        ended = run_transition(
            run_id=run_id,
            sources=(*ENERGISED, RunState.UNCERTAIN),
            target=RunState.ENDED,
            kind="ended",
            fence=fence,
            columns={
                "ended_at": timezone.now(),
                "end_reason": reason.value,
                "device_counter_nc": counter_nc,
                "device_last_seq": last_seq,
            },
            data={"reason": reason.value, "counter_nc": counter_nc, **(data or {})},
        )
        if ended:
            enqueue("devices.close_run", str(run_id))
    return ended


def run_uncertain(*, run_id: uuid.UUID, why: str, fence: int | None = None) -> bool:
    """Note that nobody knows whether current flows: possibly LIVE until made safe."""
    return run_transition(
        run_id=run_id,
        sources=(RunState.ARMED, *ENERGISED),
        target=RunState.UNCERTAIN,
        kind="uncertain",
        fence=fence,
        columns={"uncertain_at": timezone.now()},
        data={"why": why},
    )


def run_made_safe(*, run_id: uuid.UUID, by: Staff | None, statement: str) -> None:
    """Note that no current can flow: the device says idle (`by` None), or a named
    person at the chair states “output off, electrodes off”.

    Raises Conflict when the run is not uncertain.
    """
    with transaction.atomic():
        noted = Run.objects.filter(
            pk=run_id, state=RunState.UNCERTAIN.value, made_safe_at__isnull=True
        ).update(made_safe_at=timezone.now(), made_safe_by=by, version=F("version") + 1)
        if not noted:
            if Run.objects.filter(pk=run_id, made_safe_at__isnull=False).exists():
                return
            raise Conflict("not_uncertain", "The run is not uncertain; nothing to do.")
        run_event(
            run_id=run_id, kind="made_safe", staff=by, data={"statement": statement}
        )
        run = Run.objects.get(pk=run_id)
        audit_record(action="run.made_safe", subject=run, by=by, site=run.site)


def settle_run(*, run_id: uuid.UUID, by: Staff, reason: str, charge_nc: int) -> None:
    """Settle an uncertain run by a named statement of the charge delivered.

    Raises Conflict unless the run is uncertain and made safe, Refusal without a
    reason or for a charge below what the trace shows or above the upper bound.
    """
    run = Run.objects.select_related("live").get(pk=run_id)
    if run.state != RunState.UNCERTAIN.value:
        raise Conflict("not_uncertain", f"The run is {run.state}; nothing to settle.")
    if run.made_safe_at is None:
        raise Conflict(
            "not_made_safe",
            "First state at the chair: output off, electrodes off. Then settle.",
        )
    if not reason.strip():
        raise Refusal("no_reason", "Write how the charge is known.")
    highest = upper_bound_nc(run)
    if not run.live.confirmed_nc <= charge_nc <= highest:
        raise Refusal(
            "charge_range",
            f"{ma_min_text(charge_nc, 2)} mA·min stated; the trace shows at least "
            f"{ma_min_text(run.live.confirmed_nc, 2)} and at most "
            f"{ma_min_text(highest, 2)} can have flowed.",
        )
    with transaction.atomic():
        settled = run_transition(
            run_id=run_id,
            sources=(RunState.UNCERTAIN,),
            target=RunState.ENDED,
            kind="settled",
            conditions={"made_safe_at__isnull": False},
            columns={
                "ended_at": timezone.now(),
                "end_reason": EndReason.SETTLED.value,
                "settled_by": by,
                "settled_reason": reason.strip(),
                "settled_charge_nc": charge_nc,
            },
            staff=by,
            data={"charge_nc": charge_nc, "reason": reason.strip()},
        )
        if not settled:
            raise Conflict("already_settled", "The run was settled a moment ago.")
        audit_record(
            action="run.settle",
            subject=run,
            by=by,
            site=run.site,
            data={"charge_nc": charge_nc},
        )
        enqueue("devices.close_run", str(run_id))


def upper_bound_nc(run: Run) -> int:
    """The most that can have flowed in a run whose end is not known.

    What is confirmed, plus the ceiling of the programme for all flow time that
    was left, never more than the device's own charge ceiling.
    """
    programme = Programme.from_dict(run.programme)
    left_ms = max(0, programme.max_flow_ms - run.live.flow_ms)
    bound = run.live.upper_nc + programme.window.ceiling_ua * left_ms
    return max(run.live.confirmed_nc, min(bound, programme.envelope.max_charge_nc))


def run_close(*, run_id: uuid.UUID) -> bool:
    """Seal the trace of an ended run and hint that its dose can be recorded.

    Idempotent. Returns whether this call closed it.
    """
    with transaction.atomic():
        run = (
            Run.objects.select_for_update()
            .filter(pk=run_id, state=RunState.ENDED.value, closed_at__isnull=True)
            .first()
        )
        if run is None:
            return False
        payloads = list(
            TraceChunk.objects.filter(run=run)
            .order_by("first_seq")
            .values_list("payload", flat=True)
        )
        figures = sealed_figures(
            [bytes(payload) for payload in payloads],
            Programme.from_dict(run.programme),
            run.device_last_seq,
        )
        Trace.objects.create(run=run, **figures)
        TraceChunk.objects.filter(run=run).delete()
        run.channels.filter(index=0).update(device_counter_nc=run.device_counter_nc)
        Run.objects.filter(pk=run_id).update(closed_at=timezone.now())
        RunLive.objects.filter(run=run).update(
            confirmed_nc=figures["confirmed_nc"], upper_nc=figures["upper_nc"]
        )
        run_event(run_id=run_id, kind="sealed", data={"samples": figures["count"]})
        enqueue("sessions_app.record_run", str(run_id))
    return True
