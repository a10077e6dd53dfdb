"""`/patients/`: find a patient, or register a new one."""

import datetime as dt
from typing import Any

from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from clinic.errors import Forbidden, Refusal
from clinic.jinja import date_text
from clinic.models import Patient, Site
from clinic.permissions import sites_of
from clinic.services.patients import PatientDetails, patient_register
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.selectors.prescribing import codes_prescribed, patients_visible
from sessions_app.web.order_form import typed_of

SHOWN = 50
FIELDS = (
    "family_name",
    "given_name",
    "preferred_name",
    "title",
    "born_on",
    "gender",
    "mrn",
    "nhs_number",
    "site",
    "simulated",
    "allergies",
    "allergy_list",
    "contraindications",
)
LENGTHS = {
    "family_name": 80,
    "given_name": 80,
    "preferred_name": 80,
    "title": 20,
    "mrn": 20,
}


@require_GET
def patients(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    found = patients_visible(staff=request.user, words=words)
    coming = Q(
        sessions__due_on__gte=timezone.localdate(),
        sessions__state=SessionState.PLANNED.value,
    )
    shown = list(found.annotate(next=Min("sessions__due_on", filter=coming))[:SHOWN])
    codes = codes_prescribed(patients=shown)
    context = {
        "rows": [_row(patient, codes.get(patient.pk, [])) for patient in shown],
        "total": found.count(),
        "q": words,
        "several_sites": len({patient.site_id for patient in shown}) > 1,
        "simulated": any(patient.is_simulated for patient in shown),
        "may_register": bool(sites_of(request.user, "patient.edit")),
        "back": None,
    }
    return page(request, "prescribing/patients.jinja", context)


def _row(patient: Any, codes: list[str]) -> dict[str, Any]:
    return {
        "id": patient.pk,
        "name": f"{patient.family_name.upper()}, {patient.given_name}",
        "born_on": patient.born_on,
        "age": patient.age_on(timezone.localdate()),
        "mrn": patient.mrn,
        "site": patient.site.name,
        "prescribed": ", ".join(codes) or "–",
        "next": date_text(patient.next) if patient.next else "–",
    }


@require_http_methods(["GET", "POST"])
def patient_new(request: HttpRequest) -> HttpResponse:
    sites = list(
        Site.objects.filter(pk__in=sites_of(request.user, "patient.edit")).order_by(
            "name"
        )
    )
    if not sites:
        raise Forbidden(
            "not_allowed",
            f"{request.user.name} may not register patients. Ask an administrator.",
        )
    if request.method == "GET":
        return _form(request, sites, {"gender": Patient.Gender.UNKNOWN})
    typed = typed_of(request.POST, FIELDS)
    try:
        _require_fitting(typed)
        patient = _register(request, sites, typed)
    except Refusal as refusal:
        field = refusal.extra.get("field") or _FIELD_OF.get(refusal.code, "")
        return _form(request, sites, typed, (field, refusal.text))
    return redirect("patient", patient_id=patient.pk)


_FIELD_OF = {"mrn_taken": "mrn", "demo_site": "site"}


def _form(
    request: HttpRequest,
    sites: list[Site],
    typed: dict[str, str],
    error: tuple[str, str] | None = None,
) -> HttpResponse:
    context = {
        "typed": {**dict.fromkeys(FIELDS, ""), **typed},
        "genders": Patient.Gender.choices,
        "sites": [(str(site.pk), site.name) for site in sites],
        "ask_simulated": any(not site.is_demo for site in sites),
        "back": {"href": "/patients/", "text": "Patients"},
        **errors_of(*([error] if error else [])),
    }
    status = 422 if error else 200
    return page(request, "prescribing/patient_new.jinja", context, status=status)


def _register(
    request: HttpRequest, sites: list[Site], typed: dict[str, str]
) -> Patient:
    site = sites[0]
    if len(sites) > 1:
        chosen = [one for one in sites if str(one.pk) == typed["site"]]
        if not chosen:
            raise Refusal("no_site", "Choose the site.", field="site")
        site = chosen[0]
    details = PatientDetails(
        family_name=typed["family_name"],
        given_name=typed["given_name"],
        born_on=_born_on(typed["born_on"]),
        mrn=typed["mrn"],
        gender=typed["gender"],
        title=typed["title"],
        preferred_name=typed["preferred_name"],
        nhs_number=typed["nhs_number"].replace(" ", ""),
        allergies=_allergies(typed),
        contraindications=_listed(typed["contraindications"]),
    )
    return patient_register(
        site=site,
        details=details,
        is_simulated=site.is_demo or typed["simulated"] == "yes",
        by=request.user,
    )


def _require_fitting(typed: dict[str, str]) -> None:
    for name, most in LENGTHS.items():
        if len(typed[name]) > most:
            words = name.replace("_", " ")
            raise Refusal(
                "too_long",
                f"The {words} has {len(typed[name])} characters; {most} fit.",
                field=name,
            )
    if typed["gender"] not in Patient.Gender.values:
        raise Refusal("gender", "Choose one of the genders listed.", field="gender")


def _born_on(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            "born_on",
            "Enter the date of birth, for example 1990-01-31.",
            field="born_on",
        ) from error


def _allergies(typed: dict[str, str]) -> list[str] | None:
    """None while not asked, an empty list for none known."""
    listed = _listed(typed["allergy_list"])
    answer = typed["allergies"]
    if answer not in ("none", "known", "unknown"):
        raise Refusal(
            "allergies", "Say whether there are known allergies.", field="allergies"
        )
    if answer == "known" and not listed:
        raise Refusal(
            "allergies", "Write which allergies are known.", field="allergy_list"
        )
    if answer != "known" and listed:
        raise Refusal(
            "allergies",
            f"{listed[0]} is listed: choose “Known, listed below” or clear the list.",
            field="allergies",
        )
    return None if answer == "unknown" else listed


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
