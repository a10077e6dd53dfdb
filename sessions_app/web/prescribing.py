"""Writing an order: choose the protocol, fill in one form, check, save."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from clinic.errors import Conflict, Refusal
from clinic.models import Patient
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.ordering import SOFT_LAYERS, last_day
from sessions_app.domain.places import Region
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import PathClass, ProtocolSpec
from sessions_app.models import Prescription, ProtocolAdoption
from sessions_app.selectors.prescribing import (
    adoptions_in_force,
    electrodes_offered,
    last_leg_of,
    prescription_visible,
    profiles_of,
)
from sessions_app.selectors.sessions import patient_visible
from sessions_app.services import prescribing
from sessions_app.services.weighing import OrderWeighed
from sessions_app.web import order_form as forms
from sessions_app.web import order_view as view

VALID = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Job:
    """What is being written: a new order, a draft anew, or a version that replaces."""

    patient: Patient
    adoption: ProtocolAdoption
    title: str
    action: str
    draft: Prescription | None = None
    replaces: Prescription | None = None


def patient_for(request: HttpRequest, patient_id: uuid.UUID) -> Patient:
    found = patient_visible(staff=request.user, patient_id=patient_id)
    if found is None:
        raise Http404(f"no patient {patient_id}")
    return found


def order_for(request: HttpRequest, order_id: uuid.UUID) -> Prescription:
    found = prescription_visible(staff=request.user, prescription_id=order_id)
    if found is None:
        raise Http404(f"no prescription {order_id}")
    return found


@require_GET
def choose(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Step 1: which of the protocols that the site treats by."""
    patient = patient_for(request, patient_id)
    require(request.user, "prescription.write", patient.site)
    words = request.GET.get("q", "").strip()
    groups: dict[str, list[dict[str, Any]]] = {}
    for adoption in adoptions_in_force(site=patient.site, words=words):
        spec = ProtocolSpec.from_dict(adoption.spec)
        drugs = ", ".join(drug.text for drug in spec.drugs)
        row = {
            "id": adoption.pk,
            "code": spec.code,
            "title": spec.title,
            "places": ", ".join(spec.body_sites),
            "drugs": drugs or "tap water, no drug",
            "demo": adoption.is_demo,
        }
        groups.setdefault(_group(adoption), []).append(row)
    context = {
        **_around(patient),
        "groups": groups,
        "q": words,
        "any": bool(groups) or bool(adoptions_in_force(site=patient.site)),
    }
    return page(request, "prescribing/choose.jinja", context)


def _group(adoption: ProtocolAdoption) -> str:
    return str(adoption.protocol.entry.get("group", "protocols")).replace("_", " ")


def _around(patient: Patient) -> dict[str, Any]:
    return {
        "patient": patient,
        "simulated": patient.is_simulated,
        "back": {
            "href": reverse("patient", args=[patient.pk]),
            "text": patient.banner_name,
        },
    }


@require_http_methods(["GET", "POST"])
def write(
    request: HttpRequest, patient_id: uuid.UUID, adoption_id: int
) -> HttpResponse:
    """Step 2: one form for everything."""
    patient = patient_for(request, patient_id)
    require(request.user, "prescription.write", patient.site)
    found = [
        one for one in adoptions_in_force(site=patient.site) if one.pk == adoption_id
    ]
    if not found:
        raise Http404(f"no protocol in force {adoption_id}")
    job = Job(
        patient=patient,
        adoption=found[0],
        title="New prescription",
        action=reverse("prescription-new", args=[patient.pk, adoption_id]),
    )
    return _work(request, job, lambda: fresh(job))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """A draft once more."""
    order = order_for(request, order_id)
    require(request.user, "prescription.write", order.site)
    if order.signed_at is not None:
        raise Conflict("signed", "This prescription is signed; revise it instead.")
    job = Job(
        patient=order.patient,
        adoption=order.adoption,
        title="Change the draft",
        action=reverse("prescription-change", args=[order.pk]),
        draft=order,
        replaces=order.replaces,
    )
    return _work(request, job, lambda: _as_written(job, order))


@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """A new version of a signed order, by the protocol as it is in force now."""
    order = order_for(request, order_id)
    require(request.user, "prescription.write", order.site)
    code = order.adoption.protocol.code
    found = [
        one for one in adoptions_in_force(site=order.site) if one.protocol.code == code
    ]
    if not found:
        raise Conflict(
            "not_adopted",
            f"{order.site.name} no longer treats by {code}; have it adopted again, or"
            " write a prescription by another protocol.",
        )
    job = Job(
        patient=order.patient,
        adoption=found[0],
        title=f"Revise version {order.version}",
        action=reverse("prescription-revise", args=[order.pk]),
        replaces=order,
    )
    return _work(request, job, lambda: _as_written(job, order))


def _as_written(job: Job, order: Prescription) -> forms.OrderForm:
    return forms.of_order(order, list(order.legs.all()), dict(_profiles(job)))


def fresh(job: Job) -> forms.OrderForm:
    """What the protocol and the last order of the site propose."""
    spec = ProtocolSpec.from_dict(job.adoption.spec)
    codes = [one for one in spec.indications if "-" not in one and "x" not in one]
    today = site_day(job.patient.site)
    whole = {
        **dict.fromkeys(forms.WHOLE, ""),
        "indication": spec.title.partition(",")[0],
        "diagnosis": codes[0] if len(codes) == len(spec.indications) == 1 else "",
        "sessions_planned": str(spec.schedule.sessions),
        "expires_on": min(today + VALID, last_day(today)).isoformat(),
    }
    return forms.OrderForm(whole, [_proposed_leg(job, spec)])


def _proposed_leg(job: Job, spec: ProtocolSpec) -> dict[str, str]:
    leg = dict.fromkeys(forms.OF_LEG, "")
    last = last_leg_of(site=job.patient.site, code=spec.code)
    if last is not None:
        leg["active_electrode"] = str(last.active_electrode_id)
        leg["return_electrode"] = str(last.return_electrode_id)
    across = spec.path in (PathClass.LIMB_TO_LIMB, PathClass.AXILLA_TO_AXILLA)
    text = " ".join(spec.body_sites)
    named = [region for region in Region if region.label[:4] in text and region.paired]
    if across and named and not spec.drugs:
        leg["active"] = forms.place_key(named[0], "left")
        leg["return"] = forms.place_key(named[0], "right")
    return leg


def _work(
    request: HttpRequest, job: Job, start: Callable[[], forms.OrderForm]
) -> HttpResponse:
    if request.method == "GET":
        return _form_page(request, job, start())
    form = forms.OrderForm.posted(request.POST)
    act = request.POST.get("do", "save")
    if act == "add":
        return _form_page(request, job, form.with_leg())
    if act.startswith("remove-") and act[7:].isdigit():
        return _form_page(request, job, form.without_leg(int(act[7:])))
    try:
        terms = forms.terms_of(form, job.adoption, dict(_profiles(job)))
        if act == "check":
            found = _check(request, job, terms)
            return _form_page(request, job, form, weighed=found)
        order = _save(request, job, terms)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return _form_page(request, job, form, refusal=refusal)
    return redirect("prescription", order_id=order.pk)


def _check(
    request: HttpRequest, job: Job, terms: prescribing.Terms
) -> tuple[OrderWeighed, list[Any]]:
    found, legs = prescribing.prescription_check(
        patient=job.patient, by=request.user, replaces=job.replaces, **terms
    )
    return found, legs


def _save(request: HttpRequest, job: Job, terms: prescribing.Terms) -> Prescription:
    if job.draft is not None:
        return prescribing.prescription_change(
            draft=job.draft, by=request.user, **terms
        )
    return prescribing.prescription_write(
        patient=job.patient, by=request.user, replaces=job.replaces, **terms
    )


def _profiles(job: Job) -> list[tuple[str, dict[str, Any]]]:
    return profiles_of(site=job.patient.site, is_simulated=job.patient.is_simulated)


def _form_page(
    request: HttpRequest,
    job: Job,
    form: forms.OrderForm,
    *,
    refusal: Refusal | None = None,
    weighed: tuple[OrderWeighed, list[Any]] | None = None,
) -> HttpResponse:
    spec = ProtocolSpec.from_dict(job.adoption.spec)
    pairs: list[tuple[str, str]] = []
    if refusal is not None:
        pairs = forms.errors_by_field(refusal)
    if weighed is not None:
        pairs = forms.errors_of_faults(weighed[0].all_faults)
    errors = errors_of(*pairs)
    context = {
        **_around(job.patient),
        **_choices(job, form),
        **errors,
        "job": job,
        "spec": spec,
        "protocol": job.adoption.protocol,
        "facts": view.protocol_facts(spec),
        "typed": form.whole,
        "legs": form.legs,
        "oral": spec.path is PathClass.ORAL,
        "drugs": [view.drug_text(drug) for drug in spec.drugs],
        "poles": _poles(spec),
        "overridable": [
            (f"override-{layer}", view.LAYER_WORDS[layer])
            for layer in SOFT_LAYERS
            if f"override-{layer}" in errors["wrong"] or form.whole[f"override-{layer}"]
        ],
        "checked": view.weighed_parts(*weighed) if weighed else [],
        "most_legs": forms.MOST_LEGS,
    }
    return page(
        request, "prescribing/form.jinja", context, status=422 if refusal else 200
    )


def _choices(job: Job, form: forms.OrderForm) -> Mapping[str, Any]:
    return {
        "places": forms.place_choices(),
        "electrodes": [
            (str(kind.pk), view.electrode_text(kind)) for kind in electrodes_offered()
        ],
        "stimulators": [(labels, labels) for labels, _ in _profiles(job)],
    }


def _poles(spec: ProtocolSpec) -> list[tuple[str, str, str]]:
    """The two poles to choose from, the proposed one first with its reason."""
    if spec.drug is None:
        return []
    right = spec.drug.pole
    why = f"proposed: {spec.drug.name} is a {spec.drug.sign}".replace("a an", "an an")
    return [
        (pole.value, view.pole_text(pole).capitalize(), why if pole is right else "")
        for pole in (right, Pole(right).other)
    ]
