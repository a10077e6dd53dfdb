"""`GET /sessions/<uuid>/`: the page that the state of the session asks for."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from clinic.errors import Refusal
from clinic.permissions import allowed
from clinic.web.pages import errors_of
from devices.core.run_lifecycle import RunState
from devices.models import Run
from devices.web.page import page
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import TreatmentSession
from sessions_app.selectors.sessions import newest_run
from sessions_app.web import after, at_chair, before
from sessions_app.web.check_pages import check_page
from sessions_app.web.course_view import next_step
from sessions_app.web.diagnostic_view import diagnostic_view
from sessions_app.web.lookup import session_for
from sessions_app.web.words import places_of, state_of

Page = tuple[str, dict[str, Any]]

_BY_STATE: dict[str, Callable[[TreatmentSession], Page]] = {
    SessionState.PLANNED: before.check_in_page,
    SessionState.CHECKED_IN: check_page,
    SessionState.CLEARED: before.prepare_page,
    SessionState.TO_SIGN: after.record_page,
    SessionState.COMPLETED: after.record_page,
    SessionState.PARTIAL: after.record_page,
}
_BY_RUN: dict[str, Callable[[TreatmentSession, Run], Page]] = {
    RunState.QUEUED: at_chair.verifying_page,
    RunState.VERIFYING: at_chair.verifying_page,
    RunState.READY: at_chair.start_page,
    RunState.ARMED: at_chair.console_page,
    RunState.RUNNING: at_chair.console_page,
    RunState.HELD: at_chair.console_page,
    RunState.ENDING: at_chair.console_page,
}


def _page(session: TreatmentSession, run: Run | None) -> Page:
    if session.state != SessionState.TREATING:
        return _BY_STATE.get(session.state, after.closed_page)(session)
    if run is not None and run.state in _BY_RUN:
        return _BY_RUN[run.state](session, run)
    return after.record_page(session)


def render_stage(
    request: HttpRequest,
    session: TreatmentSession,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the session's state; `extra` adds errors and what was typed."""
    run = newest_run(session)
    template, context = _page(session, run)
    base = {
        "session": session,
        "patient": session.patient,
        "simulated": session.is_simulated,
        "state": state_of(session, run),
        "what": places_of(session),
        "planned": session.prescription.sessions_planned,
        "here": request.path if request.method == "GET" else "",
        "ticked": set(),
        "may_harm": allowed(request.user, "harm.record", session.site_id),
        "may_measure": allowed(request.user, "outcome.record", session.site_id),
        "next_step": next_step(session, request.user),
        "may_treat": allowed(request.user, "session.treat", session.site_id),
        "test": diagnostic_view(session, request.user),
    }
    shown = run if run is not None and run.is_live else None
    return page(
        request,
        template,
        {**base, **context, **(extra or {})},
        run=shown,
        status=status,
    )


@require_GET
def session(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    found = session_for(request, session_id)
    run = newest_run(found)
    if run is not None and run.state == RunState.UNCERTAIN:
        return redirect("run-settle", run_id=run.pk)
    return render_stage(request, found)


def again(
    request: HttpRequest,
    session: TreatmentSession,
    refusal: Refusal,
    field: str = "",
    **typed: Any,
) -> HttpResponse:
    """The same page once more with what was refused; conflicts go further up."""
    return again_at(request, session, refusal, [(field, refusal.text)], **typed)


def again_at(
    request: HttpRequest,
    session: TreatmentSession,
    refusal: Refusal,
    faults: list[tuple[str, str]],
    **typed: Any,
) -> HttpResponse:
    """The same with a line for each (field, text); no field is ``""``."""
    if refusal.status != 422:
        raise refusal
    # What was refused may have moved this object on; its row was rolled back.
    session.refresh_from_db()
    return render_stage(request, session, {**errors_of(*faults), **typed}, status=422)
