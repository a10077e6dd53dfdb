"""What the supervisor that leads a run writes about it."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from clinic.services.enqueue import enqueue
from devices.core.run_lifecycle import RunState
from devices.models import Run, RunCommand, RunEvent
from devices.services.transitions import run_event, run_transition


def run_verifying(*, run_id: uuid.UUID, fence: int) -> bool:
    """Begin the dispatch of a queued run."""
    return run_transition(
        run_id=run_id,
        sources=(RunState.QUEUED,),
        target=RunState.VERIFYING,
        kind="verifying",
        fence=fence,
    )


def run_ready(*, run_id: uuid.UUID, fence: int, read_back: str) -> bool:
    """Note that the device read back the very programme; nothing is energised."""
    lapse = timedelta(seconds=settings.READY_LAPSES_S)
    return run_transition(
        run_id=run_id,
        sources=(RunState.VERIFYING,),
        target=RunState.READY,
        kind="ready",
        fence=fence,
        columns={"read_back_hash": read_back, "expires_at": timezone.now() + lapse},
        data={"hash": read_back},
    )


def run_rejected(*, run_id: uuid.UUID, fence: int, why: str) -> bool:
    """Note that the device or its read-back says no; no current flowed."""
    return _not_started(run_id, fence, RunState.REJECTED, why)


def run_cancelled(*, run_id: uuid.UUID, fence: int, why: str) -> bool:
    """Note that a run ended before any current: stop, expiry, start not in time."""
    return _not_started(run_id, fence, RunState.CANCELLED, why)


def _not_started(run_id: uuid.UUID, fence: int, target: RunState, why: str) -> bool:
    with transaction.atomic():
        done = run_transition(
            run_id=run_id,
            sources=(
                RunState.QUEUED,
                RunState.VERIFYING,
                RunState.READY,
                RunState.ARMED,
            ),
            target=target,
            kind=target.value,
            fence=fence,
            columns={"reject_reason": why[:300], "ended_at": timezone.now()},
            data={"why": why},
        )
        if done:
            enqueue("sessions_app.record_run", str(run_id))
    return done


def run_armed(*, run_id: uuid.UUID, fence: int, command: uuid.UUID) -> bool:
    """Claim the start: ready, still valid, no stop asked, fence mine."""
    return run_transition(
        run_id=run_id,
        sources=(RunState.READY,),
        target=RunState.ARMED,
        kind="armed",
        fence=fence,
        conditions={
            "start_command": command,
            "start_valid_until__gt": Now(),
            "stop_requested_at__isnull": True,
        },
    )


def run_kickoff_sent(*, run_id: uuid.UUID, fence: int) -> bool:
    """Write ahead that a kickoff is about to leave; False when a stop came first."""
    with transaction.atomic():
        # The fence makes the claim a subquery; only what is asked after the lock
        # sees a stop that was written meanwhile.
        Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
        return bool(
            Run.objects.filter(
                pk=run_id,
                state=RunState.ARMED.value,
                stop_requested_at__isnull=True,
                stimulator__lease__fence=fence,
            ).update(kickoff_sent_at=timezone.now(), version=F("version") + 1)
        )


def run_started(*, run_id: uuid.UUID, fence: int) -> bool:
    """Note that the device said: current flows."""
    return run_transition(
        run_id=run_id,
        sources=(RunState.ARMED,),
        target=RunState.RUNNING,
        kind="started",
        fence=fence,
        columns={"started_at": timezone.now()},
    )


def run_follow(
    *, run_id: uuid.UUID, fence: int, target: RunState, t_ms: int, data: dict[str, Any]
) -> bool:
    """Follow the device between running, held and ending."""
    sources = {
        RunState.RUNNING: (RunState.HELD,),
        RunState.HELD: (RunState.RUNNING,),
        RunState.ENDING: (RunState.RUNNING, RunState.HELD),
    }[target]
    kind = {RunState.RUNNING: "resumed"}.get(target, target.value)
    return run_transition(
        run_id=run_id,
        sources=sources,
        target=target,
        kind=kind,
        fence=fence,
        t_ms=t_ms,
        data=data,
    )


def command_sent(*, command: uuid.UUID, fence: int) -> bool:
    """Claim an asked command for sending."""
    asked = RunCommand.objects.filter(
        pk=command,
        state=RunCommand.State.ASKED,
        run__stimulator__lease__fence=fence,
    )
    return bool(asked.update(state=RunCommand.State.SENT))


def command_answered(
    *,
    command: uuid.UUID,
    fence: int,
    state: RunCommand.State,
    answer: dict[str, Any],
    t_ms: int | None = None,
) -> None:
    """Note what became of a command; an event says so beside it."""
    with transaction.atomic():
        row = (
            RunCommand.objects.select_for_update(of=("self",))
            .filter(pk=command, run__stimulator__lease__fence=fence)
            .first()
        )
        if row is None or row.state not in {
            RunCommand.State.ASKED,
            RunCommand.State.SENT,
        }:
            return
        row.state, row.answer = state, answer
        row.save(update_fields=["state", "answer"])
        run_event(
            run_id=row.run_id,
            kind=f"{row.kind}_{state.value}",
            t_ms=t_ms,
            data={**row.data, **answer, "command": str(command)},
        )


def device_event(
    *, run_id: uuid.UUID, fence: int, kind: str, t_ms: int | None, data: dict[str, Any]
) -> None:
    """Append something that the device or the judge said of a run.

    What a supervisor heard before it was overtaken its successor hears too.
    """
    if Run.objects.filter(pk=run_id, stimulator__lease__fence=fence).exists():
        run_event(run_id=run_id, kind=kind[:40], t_ms=t_ms, data=data)


def prompt_ask(
    *, run_id: uuid.UUID, fence: int, name: str, t_ms: int, flow_ms: int
) -> bool:
    """Note that a question is due, once: from this row on everybody waits alike.

    Returns whether this call noted it.
    """
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk=run_id, stimulator__lease__fence=fence)
            .first()
        )
        put = RunEvent.objects.filter(run_id=run_id, kind="prompt", data__name=name)
        if run is None or put.exists():
            return False
        run_event(
            run_id=run_id,
            kind="prompt",
            t_ms=t_ms,
            data={"name": name, "flow_ms": flow_ms},
        )
    return True


def run_state(*, run_id: uuid.UUID) -> RunState:
    """The stored state of a run."""
    return RunState(Run.objects.values_list("state", flat=True).get(pk=run_id))
