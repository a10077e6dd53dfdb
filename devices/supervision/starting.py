"""Dispatch and start: stage, read back, compare; later arm and kick off."""

import uuid
from typing import TYPE_CHECKING

from django.utils import timezone

from devices.core.run_lifecycle import RunState
from devices.drivers.base import Hello, LinkLost, Refused
from devices.services import attending, runs
from devices.supervision.states import cancel, reject, started

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant


async def dispatch(run: "Attendant", hello: Hello) -> None:
    """Hand the programme over and compare what the device reads back.

    After a takeover a ready run is staged and compared again: whoever leads it
    has seen the read-back.
    """
    if wrong := _wrong_device(run, hello):
        await reject(run, wrong)
        return
    if run.state is RunState.QUEUED and await run.store.call(
        attending.run_verifying, run_id=run.facts.run_id, fence=run.fence
    ):
        run.state = RunState.VERIFYING
    command = str(uuid.uuid5(run.facts.run_id, f"stage {run.fence}"))
    try:
        read_back = await run.link.stage(run.run, command, run.facts.plain)
    except Refused as refused:
        await reject(run, str(refused))
        return
    if read_back != run.facts.programme_hash:
        await run.link.unstage(run.run, str(uuid.uuid4()))
        await reject(
            run,
            f"{run.facts.label} read back another programme: {read_back[:12]} instead "
            f"of {run.facts.programme_hash[:12]}; nothing was started",
        )
        return
    run.held_run = run.run
    if run.state is RunState.VERIFYING and await run.store.call(
        attending.run_ready,
        run_id=run.facts.run_id,
        fence=run.fence,
        read_back=read_back,
    ):
        run.state = RunState.READY
    run.kick()


def _wrong_device(run: "Attendant", hello: Hello) -> str:
    """Why this device may not carry this run, or an empty text."""
    facts = run.facts
    if hello.simulated != facts.is_simulated:
        kind = "simulated" if hello.simulated else "real"
        return f"{facts.label} says that it is {kind}, its record says otherwise"
    if hello.speed != 1 and not facts.is_simulated:
        return f"{facts.label} runs at speed {hello.speed}; a real one has speed 1"
    differs = sorted(
        name
        for name, value in facts.profile.to_dict().items()
        if hello.profile.get(name) != value
    )
    if differs:
        return f"{facts.label} reports another profile: {', '.join(differs)} differ"
    needed = facts.programme.max_wall_ms * facts.programme.sample_hz // 1000
    if needed > hello.buffer_samples:
        return f"{facts.label} keeps {hello.buffer_samples} samples, needed: {needed}"
    return ""


async def advance(run: "Attendant") -> None:
    """Start a ready run that was asked, or let it lapse."""
    intent = run.intent
    if intent is None or intent.state is not RunState.READY:
        return
    now = timezone.now()
    if intent.start_command is not None and intent.start_valid_until is not None:
        left_s = (intent.start_valid_until - now).total_seconds()
        await _start(run, intent.start_command, left_s)
    elif intent.expires_at is not None and intent.expires_at <= now:
        await run.link.unstage(run.run, str(uuid.uuid4()))
        await cancel(run, "not started in time after it was ready")


async def _start(run: "Attendant", command: uuid.UUID, left_s: float) -> None:
    """Claim, arm, write ahead, kick off: each step only if the one before held."""
    deadline_s = run.now_s + left_s
    facts = run.facts
    claimed = await run.store.call(
        attending.run_armed, run_id=facts.run_id, fence=run.fence, command=command
    )
    if not claimed:
        await run.store.call(runs.run_start_rearm, run_id=facts.run_id, command=command)
        stored = await run.store.call(attending.run_state, run_id=facts.run_id)
        if stored is RunState.ARMED:
            # Claimed by a commit whose answer was lost: settle it by hello.
            raise LinkLost("arm", "the database lost the answer to the claim")
        return
    run.state = RunState.ARMED
    try:
        await run.link.arm(
            run.run, str(uuid.uuid5(command, "arm")), facts.programme_hash
        )
        if not await run.store.call(
            attending.run_kickoff_sent, run_id=facts.run_id, fence=run.fence
        ):
            await _disarm(run, "stopped before any current")
        elif run.now_s >= deadline_s:
            await _disarm(run, "the press of START was older than 5 s; prepare again")
        else:
            run.kickoff_sent = True
            await _kick_off(run, command, deadline_s)
    except Refused as refused:
        if refused.may_have_flowed:
            raise LinkLost("kickoff", "ask hello: this run was used before") from None
        await reject(run, str(refused))


async def _kick_off(run: "Attendant", command: uuid.UUID, deadline_s: float) -> None:
    link = run.link
    await link.kickoff(
        run.run,
        str(command),
        run.facts.programme_hash,
        link.clock.valid_until_ms(deadline_s),
    )
    await started(run)
    run.kick()


async def _disarm(run: "Attendant", why: str) -> None:
    await run.link.stop(run.run, str(uuid.uuid4()), "operator")
    await cancel(run, why)
