"""Stock: lots of drugs and electrodes, by scan or by hand, and where each went."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.errors import Forbidden, Refusal
from clinic.jinja import date_text
from clinic.models import Site
from clinic.permissions import allowed, sites_of
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.gs1 import Gs1Error, parse
from sessions_app.models import ElectrodeType, Lot
from sessions_app.selectors.lots import (
    Used,
    drug_names,
    lot_history,
    lot_visible,
    lots_visible,
)
from sessions_app.services.lots import lot_recall, lot_register
from sessions_app.web.parsing import day_of
from sessions_app.web.words import SESSION, Word, place_name

_TYPED = ("site", "scan", "what", "concentration", "gtin", "number", "expires_on")


@require_http_methods(["GET", "POST"])
def stock(request: HttpRequest) -> HttpResponse:
    """The lots of the person's sites; a POST reads a label or registers a lot."""
    if not sites_of(request.user, "lot.view"):
        raise Forbidden("not_allowed", "Your role does not see the stock.")
    if request.method == "GET":
        return _stock_page(request)
    typed = {name: request.POST.get(name, "") for name in _TYPED}
    try:
        if request.POST.get("act") == "read":
            return _stock_page(request, typed | _read(typed["scan"]))
        lot = _register(request, typed)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        field = refusal.extra.get("field", "")
        return _stock_page(request, typed, errors_of((field, refusal.text)), 422)
    return redirect("lot", lot_id=lot.pk)


def _read(scan: str) -> dict[str, str]:
    """The fields that a label fills."""
    try:
        label = parse(scan, timezone.localdate())
    except Gs1Error as error:
        raise Refusal(
            "label", f"The label cannot be read: {error}.", field="scan"
        ) from error
    expires = label.expires_on.isoformat() if label.expires_on else ""
    found = {"gtin": label.gtin, "number": label.lot, "expires_on": expires}
    known = Lot.objects.filter(gtin=label.gtin).first() if label.gtin else None
    if known is not None:
        found["what"] = known.drug or str(known.electrode_id)
        found["concentration"] = known.concentration
    return found


def _register(request: HttpRequest, typed: dict[str, str]) -> Lot:
    site = get_object_or_404(
        Site, pk=_uuid(typed["site"]), pk__in=sites_of(request.user, "lot.view")
    )
    kind = _uuid(typed["what"])
    if not typed["what"]:
        raise Refusal("lot_of_what", "Choose what the lot is of.", field="what")
    return lot_register(
        site=site,
        by=request.user,
        drug="" if kind else typed["what"],
        electrode=get_object_or_404(ElectrodeType, pk=kind) if kind else None,
        concentration=typed["concentration"],
        gtin=typed["gtin"],
        number=typed["number"],
        expires_on=day_of(request, "expires_on", "Expiry"),
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _stock_page(
    request: HttpRequest,
    typed: dict[str, str] | None = None,
    errors: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    editable = Site.objects.filter(pk__in=sites_of(request.user, "lot.edit"))
    lots = list(lots_visible(staff=request.user))
    context = {
        "lots": [_row(lot) for lot in lots],
        "sites": [{"id": str(site.pk), "name": site.name} for site in editable],
        "several": len({lot.site_id for lot in lots}) > 1,
        "drugs": sorted(drug_names().items(), key=lambda pair: pair[1]),
        "electrodes": [
            (str(kind.pk), kind.name) for kind in ElectrodeType.objects.order_by("name")
        ],
        "typed": dict.fromkeys(_TYPED, "") | (typed or {}),
        **(errors or {}),
    }
    return page(request, "stock/list.jinja", context, status=status)


def _standing(lot: Lot) -> Word:
    if lot.recalled_at is not None:
        return Word("Recalled", "red")
    if lot.expires_on < timezone.localdate():
        return Word("Expired", "orange")
    return Word("Usable", "green")


def _row(lot: Lot) -> dict[str, Any]:
    return {
        "id": lot.pk,
        "name": lot.name,
        "concentration": lot.concentration or "–",
        "number": lot.number,
        "gtin": lot.gtin or "–",
        "expires_on": lot.expires_on,
        "site": lot.site.name,
        "times": lot.times,
        "state": _standing(lot),
    }


@require_GET
def lot(request: HttpRequest, lot_id: uuid.UUID) -> HttpResponse:
    return _lot_page(request, _lot_for(request, lot_id))


@require_POST
def recall(request: HttpRequest, lot_id: uuid.UUID) -> HttpResponse:
    found = _lot_for(request, lot_id)
    reason = request.POST.get("reason", "")
    try:
        lot_recall(lot=found, by=request.user, reason=reason)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        errors = errors_of(("reason", refusal.text))
        return _lot_page(request, found, errors, 422)
    return redirect("lot", lot_id=found.pk)


def _lot_for(request: HttpRequest, lot_id: uuid.UUID) -> Lot:
    found = lot_visible(staff=request.user, lot_id=lot_id)
    if found is None:
        raise Http404(f"no lot {lot_id}")
    return found


def _lot_page(
    request: HttpRequest,
    found: Lot,
    errors: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    sees_patients = allowed(request.user, "session.view", found.site_id)
    context = {
        "lot": _row(found),
        "facts": _facts(found),
        "uses": [_use(used) for used in lot_history(lot=found)]
        if sees_patients
        else [],
        "sees_patients": sees_patients,
        "may_recall": found.recalled_at is None
        and allowed(request.user, "lot.edit", found.site_id),
        "back": {"href": "/stock/", "text": "Stock"},
        **(errors or {}),
    }
    return page(request, "stock/lot.jinja", context, status=status)


def _facts(found: Lot) -> list[tuple[str, str]]:
    facts = [
        ("Strength", found.concentration or "not stated"),
        ("GTIN", found.gtin or "none on the label"),
        ("Expires", date_text(found.expires_on)),
        ("Taken in", f"{date_text(found.received_at)}, {found.received_by.name}"),
        ("Site", found.site.name),
    ]
    if found.recalled_at is not None:
        facts.append(
            ("Recalled", f"{date_text(found.recalled_at)}: {found.recall_reason}")
        )
    return facts


def _use(used: Used) -> dict[str, Any]:
    leg = used.use.leg
    session = leg.session
    return {
        "session": session.pk,
        "patient": session.patient.banner_name,
        "patient_id": session.patient_id,
        "what": f"{session.prescription.adoption.protocol.code}, "
        f"{place_name(leg.prescribed)}",
        "role": used.use.get_role_display(),
        "at": used.use.at,
        "state": SESSION[session.state],
        "skin": [_skin(check) for check in used.skin],
        "events": [f"{event.code} grade {event.grade}" for event in used.events],
    }


def _skin(check: Any) -> str:
    found = ", ".join(
        f"{one.get('code')} grade {one.get('grade')}" for one in check.findings
    )
    return f"{check.get_moment_display()}, {check.place}: {found or 'nothing seen'}"
