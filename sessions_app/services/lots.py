"""Lots: taken into stock, recalled, put on a place of a session."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import date_text
from clinic.models import Site, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from devices.models import Run
from sessions_app.domain.gs1 import check_digit
from sessions_app.domain.protocol import Drug, ProtocolSpec
from sessions_app.models import ElectrodeType, Leg, Lot, LotUse
from sessions_app.selectors.lots import drug_names
from sessions_app.services.halting import runs_stop

NUMBER_CHARS = 20
GTIN_DIGITS = 14


def lot_register(
    *,
    site: Site,
    by: Staff,
    number: str,
    expires_on: dt.date,
    drug: str = "",
    electrode: ElectrodeType | None = None,
    concentration: str = "",
    gtin: str = "",
) -> Lot:
    """Take a lot of a drug or of an electrode type into the stock of a site.

    Raises Refusal for an unknown drug, a wrong GTIN or an expired lot, Conflict
    when it stands there already.
    """
    require(by, "lot.edit", site)
    if bool(drug) is (electrode is not None):
        raise Refusal(
            "lot_of_what", "Say which drug or which electrode this lot is of."
        )
    name = _drug_name(drug) if electrode is None else electrode.name
    number, gtin = number.strip(), gtin.strip()
    _require_label(number, gtin, expires_on)
    try:
        with transaction.atomic():
            lot = Lot.objects.create(
                site=site,
                drug=drug,
                electrode=electrode,
                name=name,
                concentration=concentration.strip() if drug else "",
                gtin=gtin,
                number=number,
                expires_on=expires_on,
                received_by=by,
            )
            audit_record(action="lot.register", subject=lot, by=by, site=site)
    except IntegrityError as error:
        raise Conflict(
            "lot_known",
            f"{name} lot {number} stands in the stock of {site.name} already.",
        ) from error
    return lot


def _drug_name(code: str) -> str:
    try:
        return drug_names()[code]
    except KeyError as error:
        raise Refusal(
            "drug_unknown",
            f"“{code}” is no drug of the catalogue; choose one.",
            field="drug",
        ) from error


def _require_label(number: str, gtin: str, expires_on: dt.date) -> None:
    if not number or len(number) > NUMBER_CHARS:
        raise Refusal(
            "lot_number",
            f"Type the lot number as printed, 1 to {NUMBER_CHARS} characters.",
            field="number",
        )
    if gtin and not (gtin.isascii() and gtin.isdigit() and len(gtin) == GTIN_DIGITS):
        raise Refusal(
            "gtin", f"A GTIN has {GTIN_DIGITS} digits, not “{gtin}”.", field="gtin"
        )
    if gtin and check_digit(gtin[:-1]) != int(gtin[-1]):
        raise Refusal(
            "gtin",
            f"GTIN {gtin} should end in {check_digit(gtin[:-1])}; compare it again.",
            field="gtin",
        )
    if expires_on < timezone.localdate():
        raise Refusal(
            "lot_expired",
            f"Lot {number} expired on {date_text(expires_on)}; it cannot be used.",
            field="expires_on",
        )


def lot_recall(*, lot: Lot, by: Staff, reason: str) -> None:
    """Take a lot out of use, and stop each run of a place that it was put on.

    Raises Refusal without a reason, Conflict when it is recalled already.
    """
    require(by, "lot.edit", lot.site)
    if not reason.strip():
        raise Refusal("no_reason", "Write who recalled it and why.", field="reason")
    with transaction.atomic():
        recalled = Lot.objects.filter(pk=lot.pk, recalled_at=None).update(
            recalled_at=timezone.now(), recall_reason=reason.strip()[:200]
        )
        if not recalled:
            raise Conflict("recalled", f"{lot} has been recalled already.")
        runs_stop(
            Run.objects.filter(leg_run__leg__lot_uses__lot=lot),
            cause="lot recalled",
            by=by,
        )
        audit_record(
            action="lot.recall",
            subject=lot,
            by=by,
            site=lot.site,
            data={"reason": reason.strip()},
        )
    lot.refresh_from_db()


@dataclass(frozen=True, slots=True)
class LotsChosen:
    """Lots for one place: one for each drug; those of electrodes may be left out."""

    drugs: tuple[Lot, ...] = ()
    active: Lot | None = None
    back: Lot | None = None


Use = tuple[Lot, str]


def lots_check(
    *, leg: Leg, chosen: LotsChosen, day: dt.date, fit: bool = True
) -> list[Use]:
    """The lots of a place with their roles, each fit for use on the day.

    Raises Refusal for a drug without a lot, for a lot of another thing or site,
    and, unless not asked to be `fit`, for one that is expired, recalled or of
    another strength.
    """
    spec = ProtocolSpec.from_dict(leg.session.prescription.adoption.spec)
    uses = [*_drug_uses(spec, chosen.drugs), *_electrode_uses(leg, chosen)]
    for lot, role in uses:
        drug = next((drug for drug in spec.drugs if drug.code == lot.drug), None)
        field = f"lot-{role if drug is None else drug.code}"
        if lot.site_id != leg.session.site_id:
            raise Refusal("lot_unknown", f"{lot} is not in stock here.", field=field)
        if fit:
            _require_fit(lot, day, field)
            _require_strength(lot, drug, field)
    return uses


def lots_use(*, leg: Leg, uses: list[Use], by: Staff) -> None:
    """Note once each lot that is put on a place."""
    for lot, role in uses:
        if not leg.lot_uses.filter(lot=lot, role=role).exists():
            LotUse.objects.create(leg=leg, lot=lot, role=role, by=by)


def lots_require_fit(*, leg: Leg, day: dt.date) -> None:
    """Raise Refusal for a lot on a place that is expired or was recalled since."""
    newest = {
        (use.role, use.lot.drug): use.lot
        for use in leg.lot_uses.select_related("lot").order_by("id")
    }
    for lot in newest.values():
        _require_fit(lot, day, "")


def _drug_uses(spec: ProtocolSpec, lots: tuple[Lot, ...]) -> Iterator[Use]:
    known = {drug.code for drug in spec.drugs}
    for lot in lots:
        if lot.drug not in known:
            wanted = ", ".join(drug.name for drug in spec.drugs) or "no drug"
            raise Refusal(
                "lot_wrong_drug",
                f"{lot} is not what is prescribed: {wanted}. Put it back.",
                field=f"lot-{spec.drugs[0].code}" if spec.drugs else "",
            )
    for drug in spec.drugs:
        found = next((lot for lot in lots if lot.drug == drug.code), None)
        if found is None:
            raise Refusal(
                "lot_missing",
                f"Choose or scan the lot of {drug.text}.",
                field=f"lot-{drug.code}",
            )
        yield found, LotUse.Role.DRUG


def _require_strength(lot: Lot, drug: Drug | None, field: str) -> None:
    """A strength that the label states must be the one prescribed."""
    if drug is None:
        return
    stated, asked = (
        "".join(text.split()).casefold()
        for text in (lot.concentration, drug.concentration)
    )
    if stated and asked and stated != asked:
        raise Refusal(
            "lot_strength",
            f"{lot} is {lot.concentration}, prescribed is {drug.concentration}. "
            "Take the strength that is prescribed.",
            field=field,
        )


def _electrode_uses(leg: Leg, chosen: LotsChosen) -> Iterator[Use]:
    for lot, role, kind in (
        (chosen.active, LotUse.Role.ACTIVE, leg.prescribed.active_electrode),
        (chosen.back, LotUse.Role.RETURN, leg.prescribed.return_electrode),
    ):
        if lot is None:
            continue
        if lot.electrode_id != kind.pk:
            raise Refusal(
                "lot_wrong_electrode",
                f"{lot} is not the prescribed electrode, {kind.name}. Put it back.",
                field=f"lot-{role}",
            )
        yield lot, role


def _require_fit(lot: Lot, day: dt.date, field: str) -> None:
    if lot.recalled_at is not None:
        raise Refusal(
            "lot_recalled",
            f"{lot} was recalled on {date_text(lot.recalled_at)}: {lot.recall_reason}. "
            "Take it out of the room.",
            field=field,
        )
    if day > lot.expires_on:
        raise Refusal(
            "lot_expired",
            f"{lot} expired on {date_text(lot.expires_on)}, it is {date_text(day)}. "
            "Take another lot.",
            field=field,
        )
