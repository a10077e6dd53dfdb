"""Refusals and faults as pages, or as JSON for a page's own scripts."""

from http import HTTPStatus

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.decorators import sync_and_async_middleware

from clinic.errors import Refusal

_TITLES = {
    403: "You may not do this here",
    404: "There is no such page",
    409: "This page is out of date",
    422: "This was refused",
    500: "Something broke here",
}

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of the page asks, and not the browser itself."""
    return request.headers.get("Accept", "").startswith("application/json")


def _page(
    request: HttpRequest, status: int, text: str, code: str = "", hint: str = ""
) -> HttpResponse:
    context = {
        "title": _TITLES.get(status, HTTPStatus(status).phrase),
        "text": text,
        "hint": hint,
        "code": code,
        "status": status,
        "onward": _came_from(request) if request.method == "POST" else "/",
        "onward_text": "Look again" if request.method == "POST" else "Go to Today",
    }
    return render(request, "errors/refused.jinja", context, status=status)


def _came_from(request: HttpRequest) -> str:
    """The page of ours that a form was sent from, else the home page."""
    here = f"{request.scheme}://{request.get_host()}"
    referer = request.headers.get("Referer", "")
    return referer if referer.startswith(f"{here}/") else "/"


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as the asker can use it."""
    if wants_json(request):
        return JsonResponse(
            {"code": refusal.code, "text": refusal.text, **refusal.extra},
            status=refusal.status,
        )
    return _page(
        request, refusal.status, refusal.text, refusal.code, "Nothing was changed."
    )


def _unstorable(request: HttpRequest) -> Refusal | None:
    """A NUL, which no text of the database can have and no person types."""
    if request.method != "POST" or request.content_type not in _FORMS:
        return None
    for name, values in request.POST.lists():
        if any("\x00" in one for one in (name, *values)):
            return Refusal(
                "no_text",
                f"“{name[:40]}” has a character that cannot be kept (NUL)."
                " Type it anew.",
            )
    return None


@sync_and_async_middleware
def refusal_middleware(get_response):  # type: ignore[no-untyped-def]
    """Answer a Refusal that a view lets through."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            return await get_response(request)
    else:

        def middleware(request: HttpRequest) -> HttpResponse:
            return get_response(request)

    def process_exception(
        request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        return refused(request, exception) if isinstance(exception, Refusal) else None

    def process_view(request: HttpRequest, *view: object) -> HttpResponse | None:
        refusal = _unstorable(request)
        return None if refusal is None else refused(request, refusal)

    middleware.process_exception = process_exception
    middleware.process_view = process_view
    return middleware


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, str(exception) or "Your role does not allow it.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        404,
        "The address is wrong, or what it names is not at your site.",
    )


def broken(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        "The server met an error that nobody expected; it has been logged.",
        hint="A stimulator that runs goes on under supervision. "
        "To stop it now, press the button on the stimulator.",
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        "The form was sent from a page that is no longer yours: you signed in or out "
        "since it was opened.",
        code="csrf",
    )
