"""Consent to a course, and dated facts of a patient."""

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from clinic.errors import Refusal
from clinic.models import Consent, ConsentKind, Patient, PatientFact
from clinic.permissions import allowed, sites_of
from clinic.selectors.consent import consents_of, judges_of, minor_under
from clinic.selectors.site_time import site_day
from clinic.services.consent import Giving
from clinic.services.consent_texts import TEXTS
from clinic.services.facts import fact_end
from clinic.web.pages import errors_of
from devices.web.page import page
from devices.web.run_acts import whole
from sessions_app.domain.consenting import OFF_LABEL
from sessions_app.models import Prescription
from sessions_app.selectors import checks
from sessions_app.selectors.sessions import patient_visible
from sessions_app.services.consenting import (
    course_consent,
    course_consent_withdraw,
    patient_fact_record,
)
from sessions_app.web.parsing import day_of

SAID = ("kind", "given_by", "giver_name", "relation", "evidence", "judged_by")


def _order(request: HttpRequest, patient_id: uuid.UUID, course: Any) -> Prescription:
    """The newest version of a course at a site of the person, or Http404."""
    found = (
        Prescription.objects.filter(
            patient=patient_id,
            number=course,
            site__in=sites_of(request.user, "patient.view"),
        )
        .select_related("patient__site", "site", "adoption__protocol")
        .order_by("-version")
        .first()
    )
    if found is None:
        raise Http404(f"no course {course}")
    return found


@require_http_methods(["GET", "POST"])
def consent(
    request: HttpRequest, patient_id: uuid.UUID, course: uuid.UUID
) -> HttpResponse:
    """What has to be consented to, what stands, and the form for one more."""
    order = _order(request, patient_id, course)
    if request.method == "GET":
        return _consent_page(request, order)
    try:
        course_consent(
            order=order,
            by=request.user,
            kind=_kind(request),
            text_version=whole(request, "text_version"),
            giving=_giving(request, order),
        )
    except Refusal as refusal:
        return _refused(request, order, refusal)
    return redirect("consent", patient_id=patient_id, course=course)


def _kind(request: HttpRequest) -> str:
    kind = request.POST.get("kind", "")
    if kind not in ConsentKind.values:
        raise Refusal("no_kind", "Choose what is consented to.", field="kind")
    return kind


def _giving(request: HttpRequest, order: Prescription) -> Giving:
    judges = {str(one.pk): one for one in judges_of(order.site)}
    names = ("given_by", "giver_name", "relation", "evidence")
    said = {name: request.POST.get(name, "") for name in names}
    return Giving(judged_by=judges.get(request.POST.get("judged_by", "")), **said)


def _refused(
    request: HttpRequest, order: Prescription, refusal: Refusal
) -> HttpResponse:
    if refusal.status != 422:
        raise refusal
    field = refusal.extra.get("field", "")
    kind = request.POST.get("kind", "")
    if field and kind:
        field = f"{kind}-{field}"
    said = {name: request.POST.get(name, "") for name in SAID}
    context = {**errors_of((field, refusal.text)), "said": said}
    return _consent_page(request, order, context, status=422)


def _consent_page(
    request: HttpRequest,
    order: Prescription,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    patient, today = order.patient, site_day(order.site)
    context = {
        "patient": patient,
        "simulated": patient.is_simulated,
        "order": order,
        "terms": checks.terms_of(order),
        "kinds": _kinds(order, today),
        "givers": _givers(patient, today),
        "judges": judges_of(order.site),
        "may_record": allowed(request.user, "consent.record", order.site_id),
        "said": {},
        "back": {"href": f"/patients/{patient.pk}/", "text": patient.banner_name},
    }
    return page(request, "consent/course.jinja", context | (extra or {}), status=status)


def _kinds(order: Prescription, today: dt.date) -> list[dict[str, Any]]:
    """Each kind with its text, its rows and what keeps it from standing."""
    needed = checks.kinds_of(order)
    missing = {one.kind: one.why for one in checks.consents_missing(order, today)}
    given = consents_of(patient=order.patient, course=order.number)
    rows = []
    for kind in ConsentKind:
        if kind == OFF_LABEL and kind not in needed:
            continue
        version, body = TEXTS[kind]
        of_kind = [row for row in given if row.kind == kind]
        rows.append(
            {
                "kind": kind.value,
                "label": kind.label,
                "version": version,
                "paragraphs": body.split("\n\n"),
                "needed": kind in needed,
                "why": missing.get(kind.value, ""),
                "stands": _stands(kind, needed, missing, of_kind),
                "given": of_kind[::-1],
            }
        )
    return rows


def _stands(
    kind: str, needed: tuple[str, ...], missing: dict[str, str], given: list[Consent]
) -> bool:
    if kind in needed:
        return kind not in missing
    return any(row.withdrawn_at is None for row in given)


def _givers(patient: Patient, today: dt.date) -> list[tuple[str, str]]:
    """Who may consent, at the age of the patient."""
    By = Consent.By
    minor = patient.age_on(today) < minor_under(patient.site)
    offered = (By.GUARDIAN, By.MINOR_COMPETENT) if minor else (By.PATIENT, By.GUARDIAN)
    return [(by.value, str(by.label)) for by in offered]


@require_POST
def withdraw(request: HttpRequest, consent_id: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(
        Consent.objects.select_related("site"),
        pk=consent_id,
        site__in=sites_of(request.user, "patient.view"),
    )
    reason = request.POST.get("reason", "")
    try:
        course_consent_withdraw(consent=row, by=request.user, reason=reason)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        order = _order(request, row.patient_id, row.course)
        errors = errors_of((f"reason-{row.pk}", refusal.text))
        return _consent_page(request, order, errors, status=422)
    return redirect("consent", patient_id=row.patient_id, course=row.course)


# -- dated facts -------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def facts(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Dated facts of a patient, and the form for one more."""
    patient = patient_visible(staff=request.user, patient_id=patient_id)
    if patient is None:
        raise Http404(f"no patient {patient_id}")
    if request.method == "GET":
        return _facts_page(request, patient)
    try:
        patient_fact_record(
            patient=patient,
            kind=_fact_kind(request),
            says=request.POST.get("says", ""),
            dated_on=day_of(request, "dated_on", "Dated"),
            valid_until=_until(request),
            by=request.user,
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        said = {key: request.POST[key] for key in request.POST}
        errors = errors_of((refusal.extra.get("field", ""), refusal.text))
        return _facts_page(request, patient, {**errors, "said": said}, status=422)
    return redirect("patient-facts", patient_id=patient_id)


def _fact_kind(request: HttpRequest) -> str:
    kind = request.POST.get("kind", "")
    if kind not in PatientFact.Kind.values:
        raise Refusal("no_kind", "Choose what is known.", field="kind")
    return kind


def _until(request: HttpRequest) -> dt.date | None:
    typed = request.POST.get("valid_until", "").strip()
    return day_of(request, "valid_until", "Holds until") if typed else None


def _facts_page(
    request: HttpRequest,
    patient: Patient,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = patient.facts.select_related("recorded_by", "ended_by")
    day = site_day(patient.site)
    context = {
        "patient": patient,
        "simulated": patient.is_simulated,
        "facts": [(row, _fact_word(row, day)) for row in rows],
        "kinds": PatientFact.Kind.choices,
        "day": day.isoformat(),
        "may_record": allowed(request.user, "session.treat", patient.site_id),
        "said": {},
        "back": {"href": f"/patients/{patient.pk}/", "text": patient.banner_name},
    }
    return page(request, "consent/facts.jinja", context | (extra or {}), status=status)


def _fact_word(row: PatientFact, day: dt.date) -> tuple[str, str]:
    if row.ended_at is not None:
        return "Ended", "grey"
    if row.valid_until is not None and row.valid_until < day:
        return "Expired", "yellow"
    return "Holds", "green"


@require_POST
def end_fact(request: HttpRequest, fact_id: int) -> HttpResponse:
    fact = get_object_or_404(
        PatientFact.objects.select_related("site"),
        pk=fact_id,
        site__in=sites_of(request.user, "patient.view"),
    )
    fact_end(fact=fact, by=request.user)
    return redirect("patient-facts", patient_id=fact.patient_id)
