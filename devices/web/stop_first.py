"""Middleware that answers `POST /stop` before any other looks at it.

First in the stack: no session, no CSRF token, no query and no queue of another
middleware stands between the press and the command, or before its answer.
"""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from devices.web.stop import stop

PATH = "/stop"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class StopFirst:
    """ASGI only: the clinic plane has no other road."""

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
        response: HttpResponse = await stop(request)
        for name, value in HEADERS.items():
            response[name] = value
        return response
