"""POST /stop: first in the middleware stack, so that nothing comes before it.

No session, no CSRF token, no query and no queue stands between the press and
the command. The page answers with what the device said; the repetition and the
row for the supervisor go on beside it.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import render

from clinic.models import Staff
from clinic.web.off_loop import off_loop
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

PATH = "/stop"
NOTE_TRIES = 60
NOT_CONFIRMED = (
    "Stop NOT confirmed. Press the button on {label}. Still current: switch {label} "
    "off. Do not let the patient pull out of the water."
)
# Tasks that outlive their request; the set keeps them from being collected.
_beside: set[asyncio.Task[None]] = set()


class StopFirst:
    """Middleware that answers `POST /stop` before any other looks at it."""

    async_capable = True
    sync_capable = False

    def __init__(
        self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]
    ) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH or request.method != "POST":
            return await self._get_response(request)
        response = await stop(request)
        response["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        response["Referrer-Policy"] = "same-origin"
        return response


async def stop(request: HttpRequest) -> HttpResponse:
    """Stop the run of the signed ticket; nothing else is needed."""
    text = request.POST.get("ticket", "")
    try:
        ticket = ticket_read(text)
    except BadTicket as error:
        log.warning("stop refused: %s", error)
        return _not_valid(request, f"{error} Press the button on the stimulator.")
    beside(_repeat(ticket))
    beside(_note(ticket))
    try:
        answer = await stop_now(ticket=ticket)
    except DriverError as error:
        log.warning("stop of run %s not confirmed yet: %s", ticket.run, error)
        return _reply(request, ticket, text, confirmed=False, off=False)
    return _reply(request, ticket, text, confirmed=True, off=is_off(answer))


def _not_valid(request: HttpRequest, text: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"off": False, "error": text}, status=400)
    page = {
        "heading": "STOP was not sent",
        "lines": [text],
        "off": False,
        "ticket": "",
    }
    return render(request, "stopped.jinja", page, status=400, using="jinja2")


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


@login_not_required
def press_only(request: HttpRequest) -> HttpResponse:
    """Whoever opens the address by hand is told that STOP is a press."""
    return HttpResponseNotAllowed(["POST"], b"STOP is a button on the session page.")


def beside(work: Awaitable[None]) -> None:
    """Let work go on after the answer."""
    task = asyncio.ensure_future(work)
    _beside.add(task)
    task.add_done_callback(_beside.discard)


async def _repeat(ticket: Ticket) -> None:
    await asyncio.sleep(REPEAT_S)
    await stop_until_off(ticket=ticket)


async def _note(ticket: Ticket) -> None:
    """Write the stop where the supervisor reads it, as soon as there is a database."""
    for _ in range(NOTE_TRIES):
        try:
            await off_loop(_note_now, ticket)
        except DatabaseError as error:
            log.warning("stop of run %s not noted yet: %s", ticket.run, error)
            await asyncio.sleep(REPEAT_S)
        else:
            return


def _note_now(ticket: Ticket) -> None:
    staff = Staff.objects.filter(pk=ticket.by).first() if ticket.by else None
    run_stop_request(run_id=uuid.UUID(ticket.run), cause="operator", by=staff)


def _reply(
    request: HttpRequest, ticket: Ticket, text: str, *, confirmed: bool, off: bool
) -> HttpResponse:
    warning = "" if confirmed else NOT_CONFIRMED.format(label=ticket.label)
    if _wants_json(request):
        return JsonResponse({"confirmed": confirmed, "off": off, "warning": warning})
    heading = f"{ticket.place}: output off" if off else f"{ticket.place}: stopping"
    told = f"{ticket.label} was told to stop {ticket.patient}."
    page = {
        "heading": heading,
        "lines": [warning or told],
        "off": off,
        "ticket": text,
    }
    return render(request, "stopped.jinja", page, using="jinja2")
