"""Choosing or scanning the lots for one place, on any form that needs them."""

import uuid
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from clinic.errors import Refusal
from clinic.jinja import date_text
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import ElectrodeType, Leg, Lot
from sessions_app.selectors.lots import drug_lots, electrode_lots, lot_read
from sessions_app.services.lots import LotsChosen


def lot_fields(leg: Leg, typed: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """A field for each drug of the place, and for electrodes of which lots stand."""
    typed, day, site = typed or {}, timezone.localdate(), leg.session.site
    fields = []
    for drug in _spec(leg).drugs:
        lots = drug_lots(site=site, drug=drug.code, day=day)
        fields.append(_field(drug.code, f"Lot of {drug.text}", lots, typed))
    for key, name, kind in _electrodes(leg):
        lots = electrode_lots(site=site, electrode=kind, day=day)
        if lots:
            label = f"Lot of {name}: {kind.name} (optional)"
            fields.append(_field(key, label, lots, typed))
    return fields


def lots_from(request: HttpRequest, leg: Leg) -> LotsChosen:
    """The lots that a form names, by choice or by scan; raises Refusal."""
    drugs = (_lot(request, leg, drug.code) for drug in _spec(leg).drugs)
    return LotsChosen(
        tuple(lot for lot in drugs if lot is not None),
        _lot(request, leg, "active"),
        _lot(request, leg, "return"),
    )


def typed_lots(request: HttpRequest) -> dict[str, str]:
    """What was chosen and scanned, to show it again."""
    return {
        name: text
        for name, text in request.POST.items()
        if name.startswith(("lot-", "scan-"))
    }


def _spec(leg: Leg) -> ProtocolSpec:
    return ProtocolSpec.from_dict(leg.session.prescription.adoption.spec)


def _electrodes(leg: Leg) -> list[tuple[str, str, ElectrodeType]]:
    prescribed = leg.prescribed
    return [
        ("active", "active electrode", prescribed.active_electrode),
        ("return", "return electrode", prescribed.return_electrode),
    ]


def _field(
    key: str, label: str, lots: list[Lot], typed: dict[str, str]
) -> dict[str, Any]:
    chosen = typed.get(f"lot-{key}", "")
    return {
        "key": key,
        "label": label,
        "scan": typed.get(f"scan-{key}", ""),
        "choices": [
            {
                "id": str(lot.pk),
                "text": f"{lot.number} · {lot.concentration or lot.name}"
                f" · expires {date_text(lot.expires_on)}",
                "chosen": str(lot.pk) == chosen,
            }
            for lot in lots
        ],
    }


def _lot(request: HttpRequest, leg: Leg, key: str) -> Lot | None:
    chosen = request.POST.get(f"lot-{key}", "")
    scan = request.POST.get(f"scan-{key}", "")
    rows = Lot.objects.filter(site=leg.session.site_id)
    picked = rows.filter(pk=_key(chosen)).first() if chosen else None
    if not scan.strip():
        return picked
    try:
        scanned = lot_read(
            site=leg.session.site, text=scan, today=timezone.localdate(), among=rows
        )
    except Refusal as refusal:
        refusal.extra["field"] = f"scan-{key}"
        raise
    if picked is not None and picked != scanned:
        raise Refusal(
            "lot_two",
            f"{picked} is chosen and {scanned} was scanned; keep the one at hand.",
            field=f"scan-{key}",
        )
    return scanned


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
