"""The ways out: end, cancel, reject, uncertain."""

import asyncio
import uuid
from typing import TYPE_CHECKING

from devices.core.run_lifecycle import ENERGISED, EndReason, RunState
from devices.drivers.base import Hello, RunSummary
from devices.services import closing
from devices.supervision.reconcile import ended_run
from devices.supervision.refill import refill
from devices.supervision.states import cancel, made_safe, started, uncertain
from devices.supervision.times import (
    LOST_MARGIN_S,
    RECONNECT_S,
    START_UNANSWERED_S,
)

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant

NOT_STAGED = frozenset({RunState.QUEUED, RunState.VERIFYING})
BEFORE_CURRENT = NOT_STAGED | {RunState.READY}


async def ask_end(run: "Attendant") -> None:
    """Ask the device for its last run; law 3: ask before anything else."""
    hello = await run.link.hello(run.fence)
    ended = ended_run(run.run, hello)
    if ended is not None:
        run.summary = ended
        run.kick()
    elif hello.run != run.run:
        await unknown(run, hello)


async def finish(run: "Attendant", summary: RunSummary) -> None:
    """Fetch and store the last samples, then note the end."""
    if summary.log:
        await refill(run)
    if run.recorder.unsafe:
        # The next sweep stores it and kicks again.
        run.recorder.hurry()
        return
    if run.state is RunState.ARMED:
        await started(run)
    if run.state is RunState.UNCERTAIN:
        await made_safe(run, f"{run.facts.label} says that the run has ended")
    await run.store.call(
        closing.run_end,
        run_id=run.facts.run_id,
        reason=_reason(summary),
        counter_nc=summary.counter_nc,
        last_seq=summary.last_seq,
        fence=run.fence,
        data={"flow_ms": summary.flow_ms, "samples": run.recorder.have},
    )
    run.over = True


def _reason(summary: RunSummary) -> EndReason:
    """The end reason as told; a word that we do not know is the device's fault."""
    try:
        return EndReason(summary.reason or "")
    except ValueError:
        return EndReason.DEVICE_FAULT


async def stop_before_current(run: "Attendant") -> None:
    """A stop of a run that has not started cancels it once the device knows."""
    if run.state in BEFORE_CURRENT and run.stop_acknowledged:
        await cancel(run, f"stopped before any current: {run.stop_cause}")


async def never_started(run: "Attendant") -> None:
    """The device says that the run never began; forbid it there for good."""
    why = f"{run.facts.label} never started it; nothing flowed"
    await run.link.stop(run.run, str(uuid.uuid4()), "operator")
    if run.state is not RunState.UNCERTAIN:
        await cancel(run, why)
        return
    await made_safe(run, why)
    await run.store.call(
        closing.run_end,
        run_id=run.facts.run_id,
        reason=EndReason.SETTLED,
        counter_nc=0,
        last_seq=0,
        fence=run.fence,
        data={"why": why},
    )
    run.over = True


async def unknown(run: "Attendant", hello: Hello) -> None:
    """The device does not remember a run that may have flowed."""
    why = f"boot {hello.boot} does not remember the run"
    run.held_run = None
    if run.state is not RunState.UNCERTAIN:
        await uncertain(run, why)
    if hello.state == "idle":
        await made_safe(run, f"{run.facts.label} says idle; {why}")


async def unreachable(run: "Attendant") -> None:
    """Between two links: count the silence, and cancel what was never staged."""
    run.held_run = None
    if run.superseded:
        run.drop()
        return
    limit_s = (
        START_UNANSWERED_S
        if run.state is RunState.ARMED
        else run.times.watchdog_s + LOST_MARGIN_S
    )
    if run.silent_s > limit_s and run.state in {RunState.ARMED, *ENERGISED}:
        why = f"no answer for {run.silent_s:.0f} s"
        if run.state is RunState.ARMED and not run.kickoff_sent:
            await cancel(run, f"{why}; the start was never sent")
        else:
            await uncertain(run, why)
    if run.stop_cause is not None and run.state in NOT_STAGED:
        await cancel(run, "stopped before it was staged")
    await asyncio.sleep(RECONNECT_S)
