"""Follow the device: join its state with the stored one, and refill the record."""

import logging
from typing import TYPE_CHECKING

from django.utils import timezone

from devices.core.run_lifecycle import ENERGISED, TERMINAL, RunState
from devices.drivers.base import DeviceEvent, Hello
from devices.services import attending
from devices.supervision import ending, starting
from devices.supervision.reconcile import FLOWING, Outcome, ended_run, reconcile
from devices.supervision.refill import refill
from devices.supervision.states import reject, started

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant

log = logging.getLogger(__name__)

STATES = {
    "running": RunState.RUNNING,
    "held": RunState.HELD,
    "ending": RunState.ENDING,
    "stopping": RunState.ENDING,
}
# Said so often that an event row each would bury the rest.
QUIET = frozenset({"phase", "started", "held", "resumed"})


async def settle(run: "Attendant", hello: Hello) -> None:
    """Join what is stored with what the device says, before anything else (law 3)."""
    run.state = await run.store.call(attending.run_state, run_id=run.facts.run_id)
    if run.state in TERMINAL:
        run.over = True
        return
    outcome = reconcile(run.state, run.run, hello)
    log.info("run %s is %s: %s", run.run, run.state, outcome)
    match outcome:
        case Outcome.STAGE:
            await starting.dispatch(run, hello)
        case Outcome.BUSY:
            await reject(run, f"the stimulator runs another run, {hello.run}")
        case Outcome.NEVER_STARTED:
            await ending.never_started(run)
        case Outcome.READ_END:
            run.summary = ended_run(run.run, hello)
            run.kick()
        case Outcome.UNKNOWN:
            await ending.unknown(run, hello)
        case Outcome.STOP:
            run.must_stop("operator")
            await _follow(run)
        case Outcome.FOLLOW:
            await _follow(run)


async def _follow(run: "Attendant") -> None:
    run.held_run = run.run
    if run.state is RunState.ARMED:
        await started(run)
    await refill(run)
    run.kick()


async def device_says(run: "Attendant") -> None:
    """Work through the events, then through a state whose event was missed."""
    while run.events:
        await _event(run, run.events.popleft())
    alive, run.alive = run.alive, None
    if alive is None:
        return
    if alive.run == run.run and alive.state in FLOWING:
        await _move_to(run, STATES[alive.state], {})
    elif run.held_run == run.run and run.state in ENERGISED:
        await ending.ask_end(run)


async def _event(run: "Attendant", event: DeviceEvent) -> None:
    run.watch.device_said(event.kind, event.data)
    run.judged()
    if event.kind == "ended":
        await ending.ask_end(run)
        return
    if event.kind not in QUIET:
        await run.store.call(
            attending.device_event,
            run_id=run.facts.run_id,
            fence=run.fence,
            kind=f"device_{event.kind}",
            t_ms=event.t_ms,
            data=event.data,
        )
    implied = {"held": RunState.HELD, "resumed": RunState.RUNNING}.get(event.kind)
    await _move_to(run, implied, {"t_ms": event.t_ms, **event.data})


async def _move_to(
    run: "Attendant", target: RunState | None, data: dict[str, object]
) -> None:
    if target is None or target is run.state or run.state not in ENERGISED:
        return
    # Ending is left only by the end: a late event of before changes nothing.
    if run.state is RunState.ENDING:
        return
    moved = await run.store.call(
        attending.run_follow,
        run_id=run.facts.run_id,
        fence=run.fence,
        target=target,
        t_ms=run.watch.t_ms,
        data=data,
    )
    if moved and target is RunState.RUNNING:
        run.watch.flows_from = timezone.now()
    if moved:
        run.state = target
