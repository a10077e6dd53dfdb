"""Presses from the check-in to the clearance: people, answers, the two ways out."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from devices.web.run_acts import whole
from sessions_app.domain.precheck import NO, YES, Answer
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import TreatmentSession, VisitPeople
from sessions_app.selectors import checks
from sessions_app.selectors.checks import Step
from sessions_app.services import checking, requesting
from sessions_app.web.check_pages import request_facts
from sessions_app.web.lookup import session_for
from sessions_app.web.parsing import day_of
from sessions_app.web.session import again, again_at

PEOPLE = (
    "interpreter",
    "interpreter_name",
    "escort_name",
    "escort_relation",
    "chaperone",
    "chaperone_name",
)


def _back(session: TreatmentSession) -> HttpResponse:
    return redirect("session", session_id=session.pk)


def _people(request: HttpRequest, session: TreatmentSession) -> checking.People:
    said = {name: request.POST.get(name, "") for name in PEOPLE}
    if not checks.chaperone_needed(session):
        said["chaperone"] = VisitPeople.Chaperone.NOT_ASKED
    return checking.People(**said)


def _typed_people(request: HttpRequest) -> dict[str, Any]:
    return {"people": {name: request.POST.get(name, "") for name in PEOPLE}}


@require_POST
def check_in(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    try:
        checking.session_arrive(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            people=_people(request, session),
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "")
        return again(request, session, refusal, field, **_typed_people(request))
    return _back(session)


@require_POST
def people(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Who came along, once more: the newest answer holds."""
    session = session_for(request, session_id)
    try:
        checking.people_record(
            session=session, by=request.user, people=_people(request, session)
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "")
        return again(request, session, refusal, field, **_typed_people(request))
    return _back(session)


@require_POST
def check(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """The answers of a tier; only what was sent with this form counts."""
    session = session_for(request, session_id)
    tier = request.POST.get("tier", "")
    said = {
        key.removeprefix("q-"): request.POST[key]
        for key in request.POST
        if key.startswith("q-")
    }
    notes = {name: request.POST.get(f"note-{name}", "") for name in said}
    answers = {
        name: Answer(word, notes[name].strip())
        for name, word in said.items()
        if word in (YES, NO)
    }
    try:
        checking.check_record(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            tier=tier,
            answers=answers,
        )
    except Refusal as refusal:
        rows = _faults(refusal, session, tier)
        return again_at(request, session, refusal, rows, said=said, notes=notes)
    return _back(session)


def _faults(
    refusal: Refusal, session: TreatmentSession, tier: str
) -> list[tuple[str, str]]:
    """One line for each question that is not answered, or not explained."""
    missing = refusal.extra.get("missing")
    if refusal.code not in {"unanswered", "no_note", "long"} or not missing:
        return [(refusal.extra.get("field", ""), refusal.text)]
    asked = checks.questions_of(session, tier, site_day(session.site))
    texts = {one.name: one.text for one in asked}
    if refusal.code == "unanswered":
        return [(f"q-{name}", f"Not answered: {texts[name]}") for name in missing]
    what = "Write what it is" if refusal.code == "no_note" else "Too long"
    return [(f"note-{name}", f"{what}: {texts[name]}") for name in missing]


@require_POST
def clear(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    checking.session_clear(
        session=session, by=request.user, version=whole(request, "version")
    )
    return _back(session)


@require_POST
def not_treated(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    typed = {name: request.POST.get(name, "") for name in ("because", "reason")}
    book = request.POST.get("book") == "yes"
    try:
        requesting.session_not_today(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            because=typed["because"],
            words=typed["reason"],
            next_on=_next_on(request, book),
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "next_on" if book else "")
        if next_on := request.POST.get("next_on"):
            typed["next_on"] = next_on
        return again(
            request, session, refusal, field, open_not_treated=True, book=book, **typed
        )
    return _back(session)


def _next_on(request: HttpRequest, book: bool) -> dt.date | None:
    return day_of(request, "next_on", "Next visit") if book else None


@require_POST
def ask(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    question = request.POST.get("question", "")
    try:
        requesting.request_ask(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            question=question,
        )
    except Refusal as refusal:
        field = refusal.extra.get("field", "")
        return again(request, session, refusal, field, question=question)
    return _back(session)


@require_GET
def waiting(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """The open question again; once it is decided, the page itself reloads."""
    session = session_for(request, session_id)
    now = checks.standing_of(session, site_day(session.site))
    if session.state != SessionState.CHECKED_IN or now.step is not Step.WAITING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"session": session, **request_facts(now.request)}
    return render(request, "checks/waiting_fragment.jinja", context)
