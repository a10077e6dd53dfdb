"""Presses and pages of a test: collecting, label, result, interpretation, repeat."""

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.errors import Refusal
from clinic.jinja import date_text
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.models import Leg, Proposal, TreatmentSession
from sessions_app.selectors.diagnostics import (
    PlaceOfTest,
    label_name,
    laboratories_of,
    places_of_test,
)
from sessions_app.services import collecting, repeats
from sessions_app.services.results import result_enter, session_interpret
from sessions_app.web.diagnostic_view import norms_of
from sessions_app.web.lookup import session_for
from sessions_app.web.parsing import day_of, digits, milli_of
from sessions_app.web.session import again
from sessions_app.web.skin import session_frame


def _leg(session: TreatmentSession, place: int) -> Leg:
    return get_object_or_404(session.legs.select_related("session__site"), order=place)


def _place(session: TreatmentSession, place: int) -> PlaceOfTest:
    for one in places_of_test(session):
        if one.leg.order == place:
            return one
    raise Http404(f"no place {place} of a test")


def _refused(
    request: HttpRequest, session: TreatmentSession, refusal: Refusal
) -> HttpResponse:
    """The page of the session again with what was typed in the test's forms."""
    field = str(refusal.extra.get("field", ""))
    return again(request, session, refusal, field, told=request.POST.dict())


def _back(session: TreatmentSession) -> HttpResponse:
    return redirect("session", session_id=session.pk)


@require_POST
def begin(request: HttpRequest, session_id: uuid.UUID, place: int) -> HttpResponse:
    session = session_for(request, session_id)
    leg = _leg(session, place)
    kind = request.POST.get(f"container-{place}", "")
    try:
        collecting.collection_start(leg=leg, container=kind, by=request.user)
    except Refusal as refusal:
        return _refused(request, session, refusal)
    return _back(session)


@require_POST
def end(request: HttpRequest, session_id: uuid.UUID, place: int) -> HttpResponse:
    session = session_for(request, session_id)
    leg = _leg(session, place)
    try:
        collecting.collection_end(
            leg=leg,
            amount_milli=_amount(request, session, place),
            by=request.user,
            ended_at=_ended_at(request, session, place),
        )
    except Refusal as refusal:
        return _refused(request, session, refusal)
    return _back(session)


@require_POST
def missed(request: HttpRequest, session_id: uuid.UUID, place: int) -> HttpResponse:
    session = session_for(request, session_id)
    leg = _leg(session, place)
    note = request.POST.get(f"note-{place}", "")
    try:
        collecting.collection_missed(leg=leg, note=note, by=request.user)
    except Refusal as refusal:
        return _refused(request, session, refusal)
    return _back(session)


def _amount(request: HttpRequest, session: TreatmentSession, place: int) -> int:
    """What was typed, or nothing where no sweat is seen; never both."""
    field = f"amount-{place}"
    container = _place(session, place).container
    unit = container.unit if container else ""
    dry = request.POST.get(f"dry-{place}") == "yes"
    if dry and not request.POST.get(field, "").strip():
        return 0
    amount = milli_of(request, field, "Amount", unit)
    if dry and amount:
        raise Refusal(
            "contradiction",
            "No sweat is ticked and an amount is entered as well.",
            field=field,
        )
    if not amount and not dry:
        raise Refusal(
            "zero",
            "0 is entered: tick that no sweat is seen, it is a finding of its own.",
            field=f"dry-{place}",
        )
    return amount


def _ended_at(
    request: HttpRequest, session: TreatmentSession, place: int
) -> dt.datetime | None:
    """The wall time at which the container came off; None for just now."""
    field = f"ended-{place}"
    text = request.POST.get(field, "").strip()
    row = _place(session, place).collection
    if not text or row is None:
        return None
    try:
        clock = dt.time.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            "no_time", "Off at: give a time, for example 09:30.", field=field
        ) from error
    zone = timezone.get_current_timezone()
    begun = row.started_at.astimezone(zone)
    moment = dt.datetime.combine(begun.date(), clock, zone)
    if clock.second == 0 and moment < begun < moment + dt.timedelta(minutes=1):
        return row.started_at
    if moment < begun:
        moment += dt.timedelta(days=1)
    return moment


@require_GET
def label(request: HttpRequest, session_id: uuid.UUID, place: int) -> HttpResponse:
    """The specimen label, to print."""
    session = session_for(request, session_id)
    one = _place(session, place)
    row = one.collection
    if row is None or not row.label:
        raise Http404("nothing is collected here")
    context = {
        "place": one,
        "row": row,
        "container": one.container,
        "who": label_name(session.patient),
        "protocol": session.prescription.adoption.protocol.code,
    }
    return _page(request, session, "diagnostic/label.jinja", context)


@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, session_id: uuid.UUID, place: int) -> HttpResponse:
    """What the laboratory found at one place, entered or corrected."""
    session = session_for(request, session_id)
    require(request.user, "result.enter", session.site)
    one = _place(session, place)
    if one.test.analyte is None:
        raise Http404("no laboratory follows this test")
    if request.method == "GET":
        return _page(request, session, "diagnostic/result.jinja", _result(one))
    try:
        _enter(request, one)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        faults = errors_of((str(refusal.extra.get("field", "")), refusal.text))
        context = _result(one, request.POST.dict(), doubt=refusal.code == "unlikely")
        return _page(request, session, "diagnostic/result.jinja", {**context, **faults})
    return _back(session)


def _enter(request: HttpRequest, place: PlaceOfTest) -> None:
    old = request.POST.get("supersedes", "")
    unit = place.test.analyte.unit if place.test.analyte else ""
    result_enter(
        leg=place.leg,
        chloride_milli=milli_of(request, "chloride", "Chloride", unit),
        laboratory=request.POST.get("laboratory", ""),
        method=request.POST.get("method", ""),
        measured_on=day_of(request, "measured_on", "Measured on"),
        by=request.user,
        confirmed=request.POST.get("confirmed") == "yes",
        supersedes=int(old) if digits(old) else None,
    )


def _result(
    place: PlaceOfTest, typed: dict[str, str] | None = None, *, doubt: bool = False
) -> dict[str, Any]:
    session, known = place.leg.session, laboratories_of(place.leg.session)
    plain = {"laboratory": known[0] if known else ""}
    return {
        "place": place,
        "row": place.collection,
        "container": place.container,
        "old": place.result,
        "laboratories": known,
        "methods": place.test.methods,
        "norms": norms_of(place.test),
        "typed": typed or plain,
        "doubt": doubt or (typed or {}).get("confirmed") == "yes",
        "latest": site_day(session.site).isoformat(),
    }


@require_POST
def interpret(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    try:
        session_interpret(
            session=session,
            text=request.POST.get("interpretation", ""),
            by=request.user,
            despite=request.POST.get("despite") == "yes",
        )
    except Refusal as refusal:
        return _refused(request, session, refusal)
    return _back(session)


@require_POST
def repeat(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """The answer to the proposal to do a test again."""
    session = session_for(request, session_id)
    try:
        _decide(request, session)
    except Refusal as refusal:
        return _refused(request, session, refusal)
    return _back(session)


def _decide(request: HttpRequest, session: TreatmentSession) -> None:
    rows = Proposal.objects.filter(session=session, kind=Proposal.Kind.REPEAT)
    try:
        wanted = uuid.UUID(request.POST.get("proposal", ""))
    except ValueError as error:
        raise Refusal("no_proposal", "Reload the page and decide again.") from error
    proposal = get_object_or_404(rows.select_related("course__site"), pk=wanted)
    said, reason = (request.POST.get(name, "") for name in ("repeat", "repeat_reason"))
    if said == "no":
        repeats.repeat_reject(proposal=proposal, by=request.user, reason=reason)
        return
    if said not in ("yes", "other"):
        raise Refusal("no_answer", "Choose what is to be done.", field="repeat-yes")
    proposed = dt.date.fromisoformat(proposal.result["due_on"])
    day = proposed if said == "yes" else day_of(request, "repeat_on", "Day")
    if said == "other" and day == proposed:
        raise Refusal(
            "same_day",
            f"{date_text(day)} is the day proposed; choose another one.",
            field="repeat_on",
        )
    repeats.repeat_book(proposal=proposal, by=request.user, due_on=day, reason=reason)


def _page(
    request: HttpRequest,
    session: TreatmentSession,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    status = 422 if context.get("errors") else 200
    whole = {**session_frame(session), **context}
    return page(request, template, whole, status=status)
