"""`/electrodes/`: the electrode types that orders choose from."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clinic.errors import Forbidden, Refusal
from clinic.jinja import dose_text
from clinic.permissions import sites_of
from clinic.quantities import NC_PER_MA_MIN, cm2_text, density_text
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.models import ElectrodeType
from sessions_app.services.electrodes import (
    WAVEFORMS,
    ElectrodeDetails,
    electrode_add,
)
from sessions_app.web.order_form import typed_of

FIELDS = (
    "name",
    "kind",
    "material",
    "area",
    "size",
    "anode_limit",
    "cathode_limit",
    "rating",
    "is_buffered",
    "is_reusable",
    "decontamination",
    "source",
    *(f"waveform-{name}" for name in WAVEFORMS),
)
LENGTHS = {"name": 80, "decontamination": 200, "source": 200}


@require_GET
def electrodes(request: HttpRequest) -> HttpResponse:
    if not sites_of(request.user, "protocol.view"):
        raise Forbidden("not_allowed", "Ask an administrator for access.")
    rows = ElectrodeType.objects.order_by("kind", "name")
    context = {
        "rows": [_row(kind) for kind in rows],
        "may_add": bool(sites_of(request.user, "electrode.edit")),
        "back": None,
    }
    return page(request, "prescribing/electrodes.jinja", context)


def _row(kind: ElectrodeType) -> dict[str, Any]:
    cleaned = kind.decontamination if kind.is_reusable else "single use"
    parts = [
        kind.get_material_display(),
        " and ".join(kind.waveforms).replace("dc", "DC"),
    ]
    parts += ["buffered"] if kind.is_buffered else []
    return {
        "id": kind.pk,
        "name": kind.name,
        "kind": kind.get_kind_display(),
        "area": cm2_text(kind.area_mm2),
        "limits": f"{density_text(kind.anode_limit_ua_cm2)} anode,"
        f" {density_text(kind.cathode_limit_ua_cm2)} cathode",
        "rating": dose_text(kind.rating_nc, 0) if kind.rating_nc else "none",
        "about": ", ".join(parts),
        "cleaned": cleaned,
        "source": kind.source,
    }


@require_http_methods(["GET", "POST"])
def electrode_new(request: HttpRequest) -> HttpResponse:
    if not sites_of(request.user, "electrode.edit"):
        raise Forbidden(
            "not_allowed",
            f"{request.user.name} may not add electrodes. Ask an engineer or"
            " administrator.",
        )
    if request.method == "GET":
        return _form(request, {"waveform-dc": "yes"})
    typed = typed_of(request.POST, FIELDS)
    try:
        electrode_add(details=_details(typed), by=request.user)
    except Refusal as refusal:
        field = refusal.extra.get("field", "name")
        return _form(request, typed, (field, refusal.text))
    return redirect("electrodes")


def _form(
    request: HttpRequest, typed: dict[str, str], error: tuple[str, str] | None = None
) -> HttpResponse:
    context = {
        "typed": {**dict.fromkeys(FIELDS, ""), **typed},
        "kinds": ElectrodeType.Kind.choices,
        "materials": ElectrodeType.Material.choices,
        "back": {"href": "/electrodes/", "text": "Electrodes"},
        **errors_of(*([error] if error else [])),
    }
    status = 422 if error else 200
    return page(request, "prescribing/electrode_new.jinja", context, status=status)


def _details(typed: dict[str, str]) -> ElectrodeDetails:
    for name, most in LENGTHS.items():
        if len(typed[name]) > most:
            text = f"{len(typed[name])} characters; {most} fit."
            raise Refusal("too_long", text, field=name)
    return ElectrodeDetails(
        name=typed["name"],
        kind=typed["kind"],
        material=typed["material"],
        area_mm2=_number(typed, "area", 100, "area in cm²") or 0,
        size_mm2=_number(typed, "size", 100, "size in cm²"),
        anode_limit_ua_cm2=_number(typed, "anode_limit", 1000, "density") or 0,
        cathode_limit_ua_cm2=_number(typed, "cathode_limit", 1000, "density") or 0,
        rating_nc=_number(typed, "rating", NC_PER_MA_MIN, "rating in mA·min"),
        waveforms=[name for name in WAVEFORMS if typed[f"waveform-{name}"] == "yes"],
        is_buffered=typed["is_buffered"] == "yes",
        is_reusable=typed["is_reusable"] == "yes",
        decontamination=typed["decontamination"],
        source=typed["source"],
    )


def _number(typed: dict[str, str], name: str, scale: int, what: str) -> int | None:
    """A typed number as our integer, None for nothing typed."""
    text = typed[name].replace(",", ".")
    if not text:
        return None
    try:
        value = Decimal(text) * scale
    except InvalidOperation as error:
        text = f"“{typed[name]}” is no {what}."
        raise Refusal("number", text, field=name) from error
    if not value.is_finite() or abs(value) > 10**12 or value != int(value):
        raise Refusal("number", f"“{typed[name]}” is no {what}.", field=name)
    return int(value)
