"""Results at a visit, by telephone, and their correction."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clinic.errors import Forbidden, Refusal
from clinic.permissions import allowed
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.outcomes import measure_of
from sessions_app.models import Measurement, Prescription, TreatmentSession
from sessions_app.selectors.outcomes import (
    Need,
    measurement_visible,
    needs_of_call,
    needs_of_session,
    newest_order,
)
from sessions_app.services.outcomes import measurement_record, measurements_record
from sessions_app.web.lookup import session_for
from sessions_app.web.parsing import day_of
from sessions_app.web.result_fields import (
    Field,
    fields_of,
    hint_of,
    names_of,
    said,
    typed_in,
)


def results_of_visit(session: TreatmentSession) -> dict[str, Any]:
    """What the page of a session shows: results of the day, and what is missing."""
    needs = needs_of_session(session)
    return {
        "results": _shown(needs, names_of(session.prescription)),
        "result_fields": _fields(session.prescription, needs, {})[0],
    }


def _shown(needs: list[Need], names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": need.row.pk,
            "what": f"{need.measure.title}, {names[need.place]}",
            "said": said(need.row),
        }
        for need in needs
        if need.row is not None
    ]


def _fields(
    order: Prescription, needs: list[Need], typed: dict[str, str]
) -> tuple[list[Field], list[Field]]:
    return fields_of(needs, names_of(order), typed)


@require_http_methods(["GET", "POST"])
def at_visit(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Results of a visit: several at once, all or none."""
    session = session_for(request, session_id)
    day = min(session.due_on, site_day(session.site))
    return _form(
        request,
        session.prescription,
        needs_of_session(session),
        lambda: day,
        session=session,
    )


@require_http_methods(["GET", "POST"])
def by_telephone(request: HttpRequest, course: uuid.UUID) -> HttpResponse:
    """Results of a course between its visits."""
    order = newest_order(staff=request.user, number=course)
    if order is None:
        raise Http404(f"no course {course}")
    needs = needs_of_call(order, site_day(order.site))
    return _form(
        request, order, needs, lambda: day_of(request, "measured_on", "Measured on")
    )


def _form(
    request: HttpRequest,
    order: Prescription,
    needs: list[Need],
    day: Callable[[], dt.date],
    session: TreatmentSession | None = None,
) -> HttpResponse:
    typed = request.POST.dict()
    needed, further = _fields(order, needs, typed)
    errors, status = errors_of(), 200
    if request.method == "POST":
        try:
            _record(request, order, [*needed, *further], day(), session)
            return redirect(_back(order, session)["href"])
        except Refusal as refusal:
            if isinstance(refusal, Forbidden):
                raise
            errors = _errors(refusal, [*needed, *further])
            status = refusal.status
    context = {
        **errors,
        "patient": order.patient,
        "simulated": order.patient.is_simulated,
        "order": order,
        "session": session,
        "results": _shown(needs, names_of(order)),
        "needed": needed,
        "further": further,
        "unfold": any(one.value for one in further) or not needed,
        "day": typed.get("measured_on", site_day(order.site).isoformat()),
        "may_record": allowed(request.user, "outcome.record", order.site_id),
        "back": _back(order, session),
    }
    return page(request, "outcome/form.jinja", context, status=status)


def _record(
    request: HttpRequest,
    order: Prescription,
    fields: list[Field],
    day: dt.date,
    session: TreatmentSession | None,
) -> None:
    measurements_record(
        patient=order.patient,
        typed=[one.typed() for one in typed_in(fields)],
        measured_on=day,
        by=request.user,
        session=session,
        course=order.number,
    )


def _errors(refusal: Refusal, fields: list[Field]) -> dict[str, Any]:
    """The refusal at the field that it is about."""
    field, index = refusal.extra.get("field", ""), refusal.extra.get("index")
    if index is not None:
        filled = [one for one in fields if one.value]
        field = f"value-{filled[index].key}"
    return errors_of((str(field), refusal.text))


def _back(order: Prescription, session: TreatmentSession | None) -> dict[str, str]:
    if session is not None:
        href = reverse("session", args=[session.pk])
        return {"href": href, "text": f"Session {session.number}"}
    return {
        "href": reverse("course-summary", args=[order.number]),
        "text": "Course summary",
    }


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, measurement_id: uuid.UUID) -> HttpResponse:
    """A further row in the place of a result, with its reason."""
    row = measurement_visible(staff=request.user, measurement_id=measurement_id)
    if row is None:
        raise Http404(f"no result {measurement_id}")
    href = _after_correction(row)
    typed = {"value": row.value, "unit": row.unit, "reason": ""}
    typed["measured_on"] = row.measured_on.isoformat()
    errors, status = errors_of(), 200
    if request.method == "POST":
        typed |= request.POST.dict()
        try:
            _correct(request, row, typed)
            return redirect(href)
        except Refusal as refusal:
            if isinstance(refusal, Forbidden):
                raise
            errors = errors_of((str(refusal.extra.get("field", "")), refusal.text))
            status = refusal.status
    measure = measure_of(row.measure)
    context = {
        **errors,
        "patient": row.patient,
        "simulated": row.patient.is_simulated,
        "row": row,
        "stands": said(row),
        "measure": measure,
        "hint": hint_of(measure),
        "typed": typed,
        "may_record": allowed(request.user, "outcome.record", row.site_id),
        "back": {"href": href, "text": "Back"},
    }
    return page(request, "outcome/correct.jinja", context, status=status)


def _correct(request: HttpRequest, row: Measurement, typed: dict[str, str]) -> None:
    measurement_record(
        patient=row.patient,
        measure=row.measure,
        value=typed["value"].replace(",", "."),
        unit=typed["unit"],
        place=row.body_site,
        measured_on=day_of(request, "measured_on", "Measured on"),
        by=request.user,
        supersedes=row,
        reason=typed["reason"],
    )


def _after_correction(row: Measurement) -> str:
    if row.course is not None:
        return reverse("course-summary", args=[row.course])
    return reverse("patient", args=[row.patient_id])
