"""STOP: straight to the device, past every queue, lease and table.

A page holds a signed ticket that names run, stimulator, address and place. The
stop endpoint takes it alone: no sign-in, no query before the command leaves.
"""

import asyncio
import logging
import uuid
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core import signing

from devices.drivers.base import DriverError, StopAnswer
from devices.drivers.keys import SigningKey
from devices.drivers.tcp import stop_once
from devices.models import Run

log = logging.getLogger(__name__)

SALT = "iontoclinic.stop"
# A ticket outlives the longest session; a stop of an ended run changes nothing.
TICKET_VALID_S = 12 * 3600
DEADLINE_S = 2.0
REPEAT_S = 1.0
REPEATS = 15


class BadTicket(ValueError):
    """The ticket is forged, altered or too old."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Everything that a stop needs to know."""

    run: str
    command: str
    label: str
    serial: str
    host: str
    port: int
    place: str
    patient: str
    site: str
    by: str


def ticket_issue(*, run: Run, by: str) -> str:
    """A signed stop ticket for a page that shows `run`.

    The command id is fixed in the ticket: pressed twice it is one stop.
    """
    box = run.stimulator
    ticket = Ticket(
        run=str(run.pk),
        command=str(uuid.uuid5(run.pk, "stop ticket")),
        label=box.label,
        serial=box.serial,
        host=box.host,
        port=box.port,
        place=box.place,
        patient=run.patient.banner_name,
        site=str(run.site_id),
        by=by,
    )
    return signing.dumps(asdict(ticket), salt=SALT, compress=True)


def ticket_read(text: str) -> Ticket:
    """Raises BadTicket."""
    try:
        plain: dict[str, Any] = signing.loads(text, salt=SALT, max_age=TICKET_VALID_S)
        return Ticket(**plain)
    except (signing.BadSignature, TypeError) as error:
        raise BadTicket(f"This stop ticket is not valid: {error}.") from error


@cache
def stop_key() -> SigningKey:
    """The key of scope stop."""
    return SigningKey.load(settings.KEYS_DIR / "stop.key")


async def stop_now(*, ticket: Ticket, cause: str = "operator") -> StopAnswer:
    """Send one stop to the device over a connection of its own.

    Raises DriverError when the device did not confirm.
    """
    return await stop_once(
        ticket.host,
        ticket.port,
        stop_key(),
        ticket.run,
        ticket.command,
        cause,
        DEADLINE_S,
        serial=ticket.serial,
    )


async def stop_until_off(*, ticket: Ticket) -> StopAnswer | None:
    """Repeat the stop each second until the device says that output is off."""
    answer = None
    for _ in range(REPEATS):
        try:
            answer = await stop_now(ticket=ticket)
        except DriverError as error:
            log.warning("stop of run %s not confirmed: %s", ticket.run, error)
        else:
            if is_off(answer):
                return answer
        await asyncio.sleep(REPEAT_S)
    return answer


def is_off(answer: StopAnswer) -> bool:
    """Whether the run named in the answer can have no current any more."""
    return not answer.stopped or answer.state == "idle"
