"""A signed-in person's stop: written down for the supervisor, and sent at once.

A page does not stop this way: `POST /stop` takes its ticket alone.
"""

import logging
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.db import DatabaseError

from clinic.models import Staff
from devices.drivers.base import DriverError
from devices.models import Run
from devices.services.runs import run_stop_request
from devices.services.stop import is_off, stop_now, ticket_issue, ticket_read

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StopOutcome:
    """What is known when the answer goes out; the supervisor repeats the stop."""

    is_off: bool
    is_sent: bool
    detail: str


def run_stop_now(*, run: Run, by: Staff, cause: str = "operator") -> StopOutcome:
    """Stop `run` on both roads; answers within the stop deadline of 2 s."""
    try:
        run_stop_request(run_id=run.pk, cause=cause, by=by)
    except DatabaseError as error:
        log.warning("stop of run %s not written down: %s", run.pk, error)
    box = run.stimulator
    ticket = ticket_read(ticket_issue(run=run, by=str(by.pk)))
    try:
        answer = async_to_sync(stop_now)(ticket=ticket, cause=cause)
    except DriverError as error:
        log.warning("stop of run %s not confirmed at once: %s", run.pk, error)
        return StopOutcome(
            False,
            False,
            f"Stop NOT confirmed. Press the button on {box.label}, {box.place}. "
            f"Still current: switch {box.label} off.",
        )
    if is_off(answer):
        return StopOutcome(True, True, f"{box.label} reports that no current flows.")
    return StopOutcome(False, True, f"{box.label} has the stop and ramps down.")
