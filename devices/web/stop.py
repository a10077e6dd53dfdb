"""`POST /stop`: takes a signed ticket alone. Nothing is read before it leaves."""

import asyncio
import logging
import uuid
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic.models import Staff
from clinic.web.off_loop import off_loop
from clinic.web.refusals import wants_json
from devices.drivers.base import DriverError
from devices.services.runs import run_stop_request
from devices.services.stop import (
    REPEAT_S,
    BadTicket,
    Ticket,
    is_off,
    stop_now,
    stop_until_off,
    ticket_read,
)

log = logging.getLogger(__name__)
NOTE_TRIES = 60
# A task that nobody holds may be collected before it is done.
_behind: set[asyncio.Task[Any]] = set()


def _start(work: Any) -> None:
    task = asyncio.create_task(work)
    _behind.add(task)
    task.add_done_callback(_behind.discard)


async def _note(ticket: Ticket) -> None:
    """Write the stop down as soon as there is a database: the supervisor repeats it."""
    for _ in range(NOTE_TRIES):
        try:
            await off_loop(_note_now, ticket)
        except DatabaseError as error:
            log.warning("stop of run %s not written down: %s", ticket.run, error)
            await asyncio.sleep(REPEAT_S)
        else:
            return


def _note_now(ticket: Ticket) -> None:
    staff = Staff.objects.filter(pk=ticket.by).first() if ticket.by else None
    run_stop_request(run_id=uuid.UUID(ticket.run), cause="operator", by=staff)


def _not_valid(request: HttpRequest, error: BadTicket) -> HttpResponse:
    text = f"{error} Press the button on the stimulator."
    if wants_json(request):
        return JsonResponse({"off": False, "text": text}, status=400)
    context = {
        "off": False,
        "heading": "STOP was not sent",
        "lines": [text],
        "ticket": "",
    }
    return render(request, "stopped.jinja", context, status=400)


def _lines(ticket: Ticket, off: bool, sent: bool) -> tuple[str, list[str]]:
    where = f"{ticket.label}, {ticket.place}"
    if off:
        now = timezone.localtime().strftime("%H:%M:%S")
        return f"Output off {now}", [f"{where} reports that no current flows."]
    if sent:
        return "Stopping", [f"{where} has the STOP and ramps down. It is sent again."]
    return "Stop NOT confirmed", [
        f"Press the button on {ticket.label}.",
        f"Still current: switch {ticket.label} off.",
        "Do not let the patient pull out of the water.",
    ]


@csrf_exempt
@login_not_required
@require_POST
async def stop(request: HttpRequest) -> HttpResponse:
    """Send the stop; repeat it behind the answer until the output is off."""
    text = request.POST.get("ticket", "")
    try:
        ticket = ticket_read(text)
    except BadTicket as error:
        return _not_valid(request, error)
    _start(_note(ticket))
    off = sent = False
    try:
        answer = await stop_now(ticket=ticket)
        sent, off = True, is_off(answer)
    except DriverError as error:
        log.warning("stop of run %s not confirmed at once: %s", ticket.run, error)
    if not off:
        _start(stop_until_off(ticket=ticket))
    if wants_json(request):
        body: dict[str, Any] = {"off": off, "sent": sent}
        if off:
            body["off_at"] = timezone.now().isoformat()
        return JsonResponse(body)
    heading, lines = _lines(ticket, off, sent)
    context = {"off": off, "heading": heading, "lines": lines, "ticket": text}
    return render(request, "stopped.jinja", context)
