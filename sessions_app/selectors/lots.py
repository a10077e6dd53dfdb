"""Lots of drugs and electrodes, and what became of them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet

from clinic.errors import Refusal
from clinic.models import Site, Staff
from clinic.permissions import sites_of
from sessions_app.catalogue import published_drugs
from sessions_app.domain.gs1 import Gs1Error, is_scan, parse
from sessions_app.models import (
    AdverseEvent,
    ElectrodeType,
    Leg,
    Lot,
    LotUse,
    SkinCheck,
)


def drug_names() -> dict[str, str]:
    """Name of every drug of the catalogue by its code."""
    return {code: facts.name for code, facts in published_drugs().items()}


def lots_visible(*, staff: Staff) -> QuerySet[Lot]:
    """Lots at the sites of `staff`, the first to expire first."""
    rows = Lot.objects.filter(site__in=sites_of(staff, "lot.view"))
    return rows.select_related("site", "electrode", "received_by").annotate(
        times=Count("uses")
    )


def lot_visible(*, staff: Staff, lot_id: uuid.UUID) -> Lot | None:
    """The lot when it is at a site of `staff`, else None."""
    return lots_visible(staff=staff).filter(pk=lot_id).first()


def drug_lots(*, site: Site, drug: str, day: dt.date) -> list[Lot]:
    """Lots of a drug that may be used at a site on a day."""
    rows = Lot.objects.filter(site=site, drug=drug, recalled_at=None)
    return list(rows.filter(expires_on__gte=day))


def electrode_lots(*, site: Site, electrode: ElectrodeType, day: dt.date) -> list[Lot]:
    """Lots of an electrode type that may be used at a site on a day."""
    rows = Lot.objects.filter(site=site, electrode=electrode, recalled_at=None)
    return list(rows.filter(expires_on__gte=day))


def lot_read(*, site: Site, text: str, today: dt.date, among: QuerySet[Lot]) -> Lot:
    """The lot of a site that a scanned label, or a typed lot number, names.

    Raises Refusal when the label cannot be read, when no such lot is in stock,
    or when a bare number fits several.
    """
    rows = among.filter(site=site)
    try:
        label = parse(text, today) if is_scan(text) else None
    except Gs1Error as error:
        raise Refusal("label", f"The label cannot be read: {error}.") from error
    number = text.strip() if label is None else label.lot
    if not number:
        raise Refusal("label_lot", "The label has no lot number, field (10); type it.")
    found = list(rows.filter(number=number))
    if label is not None and label.gtin:
        found = [lot for lot in found if lot.gtin in {"", label.gtin}]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refusal(
            "lot_several",
            f"Lot {number} fits {len(found)} articles; choose from the list.",
        )
    raise Refusal(
        "lot_unknown",
        f"Lot {number} is not in stock at {site.name}; register it first.",
    )


@dataclass(frozen=True, slots=True)
class Used:
    """One use of a lot, with what was seen on the skin and what went wrong."""

    use: LotUse
    skin: Sequence[SkinCheck]
    events: Sequence[AdverseEvent]


def lot_history(*, lot: Lot) -> list[Used]:
    """From a lot to the sessions that had it, their skin checks and adverse events.

    Four statements however many sessions there are; the newest first.
    """
    events = AdverseEvent.objects.filter(superseded_by__isnull=True).order_by(
        "onset_at"
    )
    legs = Leg.objects.select_related(
        "session__patient", "session__prescription__adoption__protocol", "prescribed"
    ).prefetch_related(
        Prefetch("skin_checks", queryset=SkinCheck.objects.select_related("by")),
        Prefetch("session__adverse_events", queryset=events),
    )
    uses = lot.uses.select_related("by").prefetch_related(
        Prefetch("leg", queryset=legs)
    )
    return [
        Used(
            use,
            list(use.leg.skin_checks.all()),
            [
                event
                for event in use.leg.session.adverse_events.all()
                if event.leg_id in {None, use.leg_id}
            ],
        )
        for use in uses.order_by("-id")
    ]
