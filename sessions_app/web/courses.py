"""`/courses/<uuid>/`: where a course stands, and the next step to decide."""

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.models import Course, Proposal
from sessions_app.selectors.courses import course_view, course_visible
from sessions_app.selectors.ladders import ladders_of
from sessions_app.services import courses as services
from sessions_app.services.ladders import course_ladder_change
from sessions_app.services.visit_accept import visit_accept
from sessions_app.web.course_view import course_context
from sessions_app.web.parsing import time_of

_TYPED = ("due_on", "due_at", "reason", "change", "act", "place", "ladder")
# The field of a form by the name that services give it.
_FIELD = {name: name for name in _TYPED} | {"rung": "change"}


def course_for(request: HttpRequest, number: uuid.UUID) -> Course:
    """The course at a site of the person. Raises Http404 elsewhere."""
    found = course_visible(staff=request.user, number=number)
    if found is None:
        raise Http404(f"no course {number}")
    return found


@require_GET
def course(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    return _page(request, course_for(request, number))


def _page(
    request: HttpRequest,
    found: Course,
    refusal: Refusal | None = None,
    form: str = "",
    **typed: str,
) -> HttpResponse:
    """The page; `form` names the one that was refused, `typed` what stood in it."""
    errors = []
    if refusal:
        usual = "due_on" if form.startswith("accept") else "reason"
        field = _FIELD.get(refusal.extra.get("field", usual), usual)
        told = refusal.extra.get("reasons") or [{"text": refusal.text}]
        errors = [(f"{field}-{form}", one["text"]) for one in told]
    view = course_view(found, site_day(found.site))
    context = {
        **course_context(view, request.user),
        "back": {
            "href": reverse("patient", args=[found.patient_id]),
            "text": found.patient.banner_name,
        },
        "form": form,
        "typed": typed,
        **errors_of(*errors),
    }
    status = 422 if refusal else 200
    return page(request, "course/course.jinja", context, status=status)


# Decisions


def _proposals(request: HttpRequest, found: Course) -> list[Proposal]:
    """What a form names, at least one of the course. Raises Http404 for others."""
    try:
        keys = [uuid.UUID(key) for key in request.POST.getlist("proposal")]
    except ValueError as error:
        raise Http404("no such proposal") from error
    rows = [get_object_or_404(found.proposals, pk=key) for key in keys]
    if not rows:
        raise Http404("no proposal")
    return rows


def _booking(request: HttpRequest) -> services.Booking | None:
    """The day and time of the next visit, when one is asked for."""
    if request.POST.get("book") != "yes":
        return None
    return services.Booking(_day(request), time_of(request.POST.get("due_at", "")))


def _day(request: HttpRequest) -> dt.date:
    text = request.POST.get("due_on", "").strip()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        said = "Give the day of the visit, for example 2027-04-30."
        raise Refusal("no_day", said, field="due_on") from error


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "")[:300] for name in _TYPED}


def _again(
    request: HttpRequest, found: Course, refusal: Refusal, form: str
) -> HttpResponse:
    if refusal.status != 422:
        raise refusal
    found.refresh_from_db()
    return _page(request, found, refusal, form, **_typed(request))


@require_POST
def accept(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    found = course_for(request, number)
    chosen = _proposals(request, found)
    try:
        visit_accept(proposals=chosen, by=request.user, book=_booking(request))
    except Refusal as refusal:
        name = str(chosen[0].pk) if len(chosen) == 1 else "all"
        return _again(request, found, refusal, f"accept-{name}")
    return redirect("course", number=number)


@require_POST
def change(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    found = course_for(request, number)
    proposal = _proposals(request, found)[0]
    said = request.POST.get("change", "")
    kind, _, rung = said.partition(":")
    try:
        if kind not in ("rung", "hold", "stop"):
            raise Refusal("no_change", "Choose what to do instead.", field="change")
        services.proposal_change(
            proposal=proposal,
            by=request.user,
            reason=request.POST.get("reason", "").strip(),
            rung=rung or None,
            act=None if rung else kind,
        )
    except Refusal as refusal:
        return _again(request, found, refusal, f"change-{proposal.pk}")
    return redirect("course", number=number)


@require_POST
def reject(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    found = course_for(request, number)
    proposal = _proposals(request, found)[0]
    try:
        services.proposal_reject(
            proposal=proposal,
            by=request.user,
            reason=request.POST.get("reason", "").strip(),
        )
    except Refusal as refusal:
        return _again(request, found, refusal, f"reject-{proposal.pk}")
    return redirect("course", number=number)


# Hold, resume, end

_ACTS: dict[str, Any] = {
    "hold": services.course_hold,
    "resume": services.course_resume,
    "stop": services.course_stop,
}


@require_POST
def act(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Hold, resume or end the course or one place of it."""
    found = course_for(request, number)
    try:
        chosen = _ACTS.get(request.POST.get("act", ""))
        if chosen is None:
            said = "Choose: hold, resume or end."
            raise Refusal("no_act", said, field="act")
        chosen(
            course=found,
            place=request.POST.get("place", ""),
            reason=request.POST.get("reason", "").strip(),
            by=request.user,
        )
    except Refusal as refusal:
        return _again(request, found, refusal, "act")
    return redirect("course", number=number)


@require_POST
def ladder(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Follow another version of the ladder from now on."""
    found = course_for(request, number)
    code = found.ladder.code if found.ladder else ""
    offered = {str(row.pk): row for row in ladders_of(site=found.site, code=code)}
    try:
        chosen = offered.get(request.POST.get("ladder", ""))
        if chosen is None:
            raise Refusal("no_ladder", "Choose the version.", field="ladder")
        course_ladder_change(
            course=found,
            ladder=chosen,
            by=request.user,
            reason=request.POST.get("reason", ""),
        )
    except Refusal as refusal:
        return _again(request, found, refusal, "ladder")
    return redirect("course", number=number)
