"""Celery's doors into the device plane: each fetches by id and calls one service."""

import asyncio
import logging
import threading
import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from devices.services import sweeping, waking
from devices.services.closing import run_close
from devices.supervision.loop import SupervisionLoop

log = logging.getLogger(__name__)

# At most one loop in a process: the message is re-sent each second.
_one = threading.Lock()
# A worker that shuts down still receives messages; it must not begin anew.
_leaving = threading.Event()
_loops: list[SupervisionLoop] = []


@shared_task(name="devices.supervise")
def supervise() -> None:
    """Supervise for the life of this process; return at once when it does already."""
    if _leaving.is_set() or not _one.acquire(blocking=False):
        return
    loop = SupervisionLoop()
    _loops.append(loop)
    try:
        asyncio.run(loop.run())
    finally:
        _loops.remove(loop)
        _one.release()


@worker_shutting_down.connect
def hand_over(**kwargs: Any) -> None:
    """Give the leases back while the worker shuts down; a successor takes them."""
    _leaving.set()
    for loop in _loops:
        loop.stop()


@shared_task(name="devices.prepare_run")
def prepare_run(run_id: str) -> None:
    """A queued run waits for dispatch: ring for the supervisors."""
    waking.supervisors_wake(run_id=uuid.UUID(run_id))


@shared_task(name="devices.wake")
def wake(run_id: str) -> None:
    """Someone asked something of a run: ring for the supervisors."""
    waking.supervisors_wake(run_id=uuid.UUID(run_id))


@shared_task(name="devices.close_run")
def close_run(run_id: str) -> None:
    """Seal the trace of an ended run."""
    run_close(run_id=uuid.UUID(run_id))


@shared_task(name="devices.sweep_runs")
def sweep_runs() -> None:
    """Find what a lost hint left undone."""
    sweeping.runs_sweep()
