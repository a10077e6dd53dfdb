"""A planned visit that is not held: not come, called off, moved to another day."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clinic.errors import Refusal
from devices.web.run_acts import whole
from sessions_app.models import TreatmentSession
from sessions_app.services.visits import session_cancel, session_move, session_no_show
from sessions_app.web.lookup import session_for
from sessions_app.web.parsing import day_of, time_of
from sessions_app.web.session import again_at


@require_POST
def no_show(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    def act(session: TreatmentSession) -> None:
        session_no_show(
            session=session, by=request.user, version=whole(request, "version")
        )

    return _done(request, session_id, "no-show", act)


@require_POST
def cancel(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    def act(session: TreatmentSession) -> None:
        session_cancel(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            reason=request.POST.get("reason", ""),
            whose=request.POST.get("whose", ""),
        )

    return _done(request, session_id, "cancel", act)


@require_POST
def move(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    def act(session: TreatmentSession) -> None:
        session_move(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            due_on=day_of(request, "due_on", "New day"),
            due_at=time_of(request.POST.get("due_at", "")),
            reason=request.POST.get("reason", ""),
        )

    return _done(request, session_id, "move", act)


def _done(
    request: HttpRequest,
    session_id: uuid.UUID,
    form: str,
    act: Callable[[TreatmentSession], None],
) -> HttpResponse:
    session = session_for(request, session_id)
    try:
        act(session)
    except Refusal as refusal:
        usual = {"no-show": "", "cancel": "reason", "move": "due_on"}[form]
        field = str(refusal.extra.get("field", usual))
        told = refusal.extra.get("reasons") or [{"text": refusal.text}]
        faults = [(f"{field}-{form}" if field else "", one["text"]) for one in told]
        names = ("due_on", "due_at", "reason", "whose")
        typed = {name: request.POST.get(name, "") for name in names}
        extra = {"visit_form": form, "visit_typed": typed}
        return again_at(request, session, refusal, faults, **extra)
    return redirect("session", session_id=session.pk)
