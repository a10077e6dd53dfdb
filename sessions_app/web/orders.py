"""`/prescriptions/<uuid>/`: the page of an order, and the acts on it."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Refusal
from clinic.permissions import allowed
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import Prescription
from sessions_app.selectors.prescribing import (
    course_sessions,
    sessions_pending,
    sessions_used,
    successor_of,
    versions_of,
)
from sessions_app.services import prescribing, scheduling
from sessions_app.services.weighing import earliest_day, order_weigh
from sessions_app.web import order_form as forms
from sessions_app.web import order_view as view
from sessions_app.web.check_pages import consent_of
from sessions_app.web.parsing import time_of
from sessions_app.web.prescribing import order_for
from sessions_app.web.words import SESSION


@require_GET
def order(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    return _page(request, order_for(request, order_id))


def _page(
    request: HttpRequest,
    found: Prescription,
    refusal: Refusal | None = None,
    **typed: Any,
) -> HttpResponse:
    """The page of an order; `typed` keeps what was entered when it was refused."""
    newer = successor_of(found)
    legs = list(found.legs.all())
    weighed = order_weigh(found, legs, site_day(found.site))
    spec = ProtocolSpec.from_dict(found.adoption.spec)
    versions = versions_of(found.number)
    context = {
        "order": found,
        "patient": found.patient,
        "protocol": found.adoption.protocol,
        "state": view.standing(found, newer),
        "newer": newer,
        "facts": view.order_facts(found),
        "places": [view.leg_facts(leg) for leg in legs],
        "limits": view.weighed_parts(weighed, legs),
        "faults": [text for _, text in forms.errors_of_faults(weighed.all_faults)],
        "protocol_facts": view.protocol_facts(spec),
        "versions": view.version_rows(versions, found.pk) if versions[1:] else [],
        "draft_after": next(
            (one for one in versions if one.replaces_id == found.pk), None
        ),
        "simulated": found.patient.is_simulated,
        "back": {
            "href": reverse("patient", args=[found.patient_id]),
            "text": found.patient.banner_name,
        },
        **_course(found),
        **consent_of(found),
        **_may(request, found, newer),
        "open": typed.pop("open", ""),
        "typed": typed,
        **errors_of(*(forms.errors_by_field(refusal) if refusal else ())),
    }
    status = 422 if refusal else 200
    return page(request, "prescribing/order.jinja", context, status=status)


def _course(found: Prescription) -> dict[str, Any]:
    sessions = course_sessions(found.number).select_related("prescription")
    rows = view.session_rows(sessions.order_by("due_on", "number"))
    stand = sessions_used(found.number) + sessions_pending(found.number)
    return {
        "sessions": [{**row, "state": SESSION[row["state"]]} for row in rows],
        "left": max(found.sessions_planned - stand, 0),
        "stand": stand,
    }


def _may(
    request: HttpRequest, found: Prescription, newer: Prescription | None
) -> dict[str, Any]:
    """Which acts the page offers: by right, and by what the order is now."""
    writes = allowed(request.user, "prescription.write", found.site_id)
    signs = allowed(request.user, "prescription.sign", found.site_id)
    plans = allowed(request.user, "session.treat", found.site_id)
    draft = found.signed_at is None
    runs = not draft and found.stopped_at is None and newer is None
    is_open = runs and found.open_on(site_day(found.site))
    return {
        "may_change": writes and draft,
        "may_sign": signs and draft,
        "may_revise": writes and runs,
        "may_stop": signs and runs,
        "may_plan": plans and is_open and found.adoption.withdrawn_at is None,
        "earliest": earliest_day(found) if is_open else None,
    }


@require_POST
def sign(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    found = order_for(request, order_id)
    try:
        prescribing.prescription_sign(prescription=found, by=request.user)
    except Refusal as refusal:
        return _again(request, found, refusal)
    return redirect("prescription", order_id=found.pk)


@require_POST
def stop(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    found = order_for(request, order_id)
    reason = forms.typed_of(request.POST, ["reason"])["reason"][:200]
    try:
        prescribing.prescription_stop(
            prescription=found, by=request.user, reason=reason
        )
    except Refusal as refusal:
        refusal.extra.setdefault("reasons", [{"field": "reason", "text": refusal.text}])
        return _again(request, found, refusal, open="stop", reason=reason)
    return redirect("prescription", order_id=found.pk)


@require_POST
def discard(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    found = order_for(request, order_id)
    prescribing.prescription_discard(draft=found, by=request.user)
    return redirect("patient", patient_id=found.patient_id)


@require_POST
def plan(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """Put the next session on a day."""
    found = order_for(request, order_id)
    typed = forms.typed_of(request.POST, ["due_on", "due_at"])
    try:
        scheduling.session_schedule(
            prescription=found,
            due_on=_day(typed["due_on"]),
            due_at=time_of(typed["due_at"]),
            by=request.user,
        )
    except Refusal as refusal:
        reasons = refusal.extra.get("reasons") or [{"text": refusal.text}]
        refusal.extra["reasons"] = [
            {"field": refusal.extra.get("field", "due_on"), "text": one["text"]}
            for one in reasons
        ]
        return _again(request, found, refusal, **typed)
    return redirect(reverse("prescription", args=[found.pk]) + "#sessions")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            "no_day", "Give the day of the session, for example 2027-04-30."
        ) from error


def _again(
    request: HttpRequest, found: Prescription, refusal: Refusal, **typed: Any
) -> HttpResponse:
    if refusal.status != 422:
        raise refusal
    return _page(request, found, refusal, **typed)
