"""Moves of a led run that the supervisor writes."""

from typing import TYPE_CHECKING

from devices.core.run_lifecycle import RunState
from devices.services import attending, closing

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant


async def started(run: "Attendant") -> None:
    """The device says that current flows."""
    if await run.store.call(
        attending.run_started, run_id=run.facts.run_id, fence=run.fence
    ):
        run.state = RunState.RUNNING
        # An answer of before the start would say that the run is over.
        run.alive = None


async def cancel(run: "Attendant", why: str) -> None:
    """End a run that never had current."""
    await run.store.call(
        attending.run_cancelled, run_id=run.facts.run_id, fence=run.fence, why=why
    )
    run.over = True


async def reject(run: "Attendant", why: str) -> None:
    """The device or its read-back says no."""
    await run.store.call(
        attending.run_rejected, run_id=run.facts.run_id, fence=run.fence, why=why
    )
    run.over = True


async def uncertain(run: "Attendant", why: str) -> None:
    """Nobody knows whether current flows."""
    if await run.store.call(
        closing.run_uncertain, run_id=run.facts.run_id, why=why, fence=run.fence
    ):
        run.state = RunState.UNCERTAIN


async def made_safe(run: "Attendant", statement: str) -> None:
    """The device itself says that no current can flow."""
    await run.store.call(
        closing.run_made_safe, run_id=run.facts.run_id, by=None, statement=statement
    )
