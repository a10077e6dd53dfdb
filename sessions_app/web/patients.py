"""`/patients/`: find a patient, or register a new one."""

import datetime as dt
from collections.abc import Iterator
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
    if faults := [*_faults(typed, sites)]:
        return _form(request, sites, typed, *faults)
    try:
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
    *errors: tuple[str, str],
) -> HttpResponse:
    context = {
        "typed": {**dict.fromkeys(FIELDS, ""), **typed},
        "genders": Patient.Gender.choices,
        "sites": [(str(site.pk), site.name) for site in sites],
        "ask_simulated": any(not site.is_demo for site in sites),
        "back": {"href": "/patients/", "text": "Patients"},
        **errors_of(*errors),
    }
    status = 422 if errors else 200
    return page(request, "prescribing/patient_new.jinja", context, status=status)


def _register(
    request: HttpRequest, sites: list[Site], typed: dict[str, str]
) -> Patient:
    site = _site(sites, typed) or sites[0]
    listed = _listed(typed["allergy_list"])
    details = PatientDetails(
        family_name=typed["family_name"],
        given_name=typed["given_name"],
        born_on=dt.date.fromisoformat(typed["born_on"]),
        mrn=typed["mrn"],
        gender=typed["gender"],
        title=typed["title"],
        preferred_name=typed["preferred_name"],
        nhs_number=typed["nhs_number"].replace(" ", ""),
        # None while nobody has asked, an empty list for none known.
        allergies=None if typed["allergies"] == "unknown" else listed,
        contraindications=_listed(typed["contraindications"]),
    )
    return patient_register(
        site=site,
        details=details,
        is_simulated=site.is_demo or typed["simulated"] == "yes",
        by=request.user,
    )


def _site(sites: list[Site], typed: dict[str, str]) -> Site | None:
    """The chosen site; the only one needs no choice."""
    chosen = [site for site in sites if str(site.pk) == typed["site"]]
    return sites[0] if len(sites) == 1 else next(iter(chosen), None)


def _faults(typed: dict[str, str], sites: list[Site]) -> Iterator[tuple[str, str]]:
    """(field, text) of all that cannot be read or is missing, at once."""
    for name in ("family_name", "given_name", "mrn"):
        if not typed[name]:
            yield name, f"Enter the {_words(name)}."
    for name, most in LENGTHS.items():
        if len(typed[name]) > most:
            found = len(typed[name])
            yield name, f"The {_words(name)} has {found} characters; {most} fit."
    if not _is_day(typed["born_on"]):
        yield "born_on", "Enter the date of birth, for example 1990-01-31."
    if typed["gender"] not in Patient.Gender.values:
        yield "gender", "Choose one of the genders listed."
    if _site(sites, typed) is None:
        yield "site", "Choose the site."
    yield from _allergy_faults(typed)


def _words(name: str) -> str:
    return "MRN" if name == "mrn" else name.replace("_", " ")


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _allergy_faults(typed: dict[str, str]) -> Iterator[tuple[str, str]]:
    listed, answer = _listed(typed["allergy_list"]), typed["allergies"]
    if answer not in ("none", "known", "unknown"):
        yield "allergies", "Say whether there are known allergies."
    elif answer == "known" and not listed:
        yield "allergy_list", "Write which allergies are known."
    elif answer != "known" and listed:
        text = f"{listed[0]} is listed: choose “Known, listed below” or clear the list."
        yield "allergies", text


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
