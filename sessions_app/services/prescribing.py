"""Prescriptions from draft to signature."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Site, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from devices.protocol.canonical import canonical_json
from sessions_app.models import (
    ElectrodeType,
    Prescription,
    PrescriptionLeg,
    ProtocolAdoption,
)
from sessions_app.services.evaluating import leg_require_sound


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOrder:
    """One place to treat: what lies under the active and the return electrode.

    Regions and sides are words of `domain.places`; `body_site` and `side` name
    the place as people say it. `wetted_mm2` and `tooth` as in PrescriptionLeg.
    """

    body_site: str
    side: str
    active_region: str
    active_side: str
    active_place: str
    active_electrode: ElectrodeType
    return_region: str
    return_side: str
    return_place: str
    return_electrode: ElectrodeType
    drug_pole: str = ""
    wetted_mm2: int | None = None
    tooth: str = ""
    split_places: Sequence[str] = ()

    def columns(self) -> dict[str, Any]:
        """The columns of its row."""
        plain = {name: getattr(self, name) for name in LegOrder.__slots__}
        return {**plain, "split_places": list(self.split_places)}


def prescription_write(
    *,
    patient: Patient,
    adoption: ProtocolAdoption,
    legs: Sequence[LegOrder],
    indication: str,
    sessions_planned: int,
    expires_on: dt.date,
    by: Staff,
    max_ua: int | None = None,
    replaces: Prescription | None = None,
) -> Prescription:
    """Write a draft; every leg is checked against every limit that is known now.

    Raises Refusal for a wrong pole, a limit, or a protocol that the site has
    not adopted; Conflict when `replaces` has been replaced already.
    """
    require(by, "prescription.write", patient.site)
    _require_adopted(adoption, patient.site)
    if not legs:
        raise Refusal("no_leg", "A prescription needs at least one place to treat.")
    if replaces is not None and Prescription.objects.filter(replaces=replaces).exists():
        raise Conflict("replaced", "That version has been replaced already; reload.")
    with transaction.atomic():
        order = Prescription.objects.create(
            number=uuid.uuid4() if replaces is None else replaces.number,
            version=1 if replaces is None else replaces.version + 1,
            site=patient.site,
            patient=patient,
            adoption=adoption,
            indication=indication,
            sessions_planned=sessions_planned,
            max_ua=max_ua,
            written_by=by,
            expires_on=expires_on,
            replaces=replaces,
        )
        for number, leg in enumerate(legs, start=1):
            row = PrescriptionLeg.objects.create(
                prescription=order,
                order=number,
                **leg.columns(),
            )
            leg_require_sound(leg=row, day=timezone.localdate())
        audit_record(
            action="prescription.write", subject=order, by=by, site=patient.site
        )
    return order


def _require_adopted(adoption: ProtocolAdoption, site: Site) -> None:
    if adoption.site_id != site.pk or not adoption.in_force:
        raise Refusal(
            "not_adopted",
            f"{site.name} has not adopted {adoption.protocol}; a prescriber of the "
            "site must adopt it first.",
        )


def prescription_sign(*, prescription: Prescription, by: Staff) -> Prescription:
    """Sign a draft: from now on it is replaced, never changed.

    Raises Conflict when it is signed already; Refusal when a limit has moved
    since it was written.
    """
    require(by, "prescription.sign", prescription.site)
    with transaction.atomic():
        order = Prescription.objects.select_for_update().get(pk=prescription.pk)
        if order.signed_at is not None:
            raise Conflict("signed", "This prescription is signed already.")
        _require_adopted(order.adoption, order.site)
        for leg in order.legs.all():
            leg_require_sound(leg=leg, day=timezone.localdate())
        order.signed_by, order.signed_at = by, timezone.now()
        order.signature = hashlib.sha256(
            canonical_json(signed_content(order))
        ).hexdigest()
        order.save(update_fields=["signed_by", "signed_at", "signature"])
        audit_record(
            action="prescription.sign",
            subject=order,
            by=by,
            site=order.site,
            data={"signature": order.signature},
        )
    return order


def signed_content(order: Prescription) -> dict[str, Any]:
    """What a signature covers, as plain data."""
    return {
        "prescription": str(order.pk),
        "number": str(order.number),
        "version": order.version,
        "patient": str(order.patient_id),
        "protocol": str(order.adoption.protocol),
        "spec": order.adoption.spec,
        "indication": order.indication,
        "sessions_planned": order.sessions_planned,
        "max_ua": order.max_ua,
        "expires_on": order.expires_on.isoformat(),
        "signed_by": str(order.signed_by_id),
        "signed_at": order.signed_at.isoformat() if order.signed_at else None,
        "legs": [
            {
                "order": leg.order,
                "body_site": leg.body_site,
                "side": leg.side,
                "active_place": leg.active_place,
                "active_electrode": str(leg.active_electrode_id),
                "return_place": leg.return_place,
                "return_electrode": str(leg.return_electrode_id),
                "drug_pole": leg.drug_pole,
            }
            for leg in order.legs.all()
        ],
    }


def prescription_stop(*, prescription: Prescription, by: Staff, reason: str) -> None:
    """Stop a prescription: no session may be prepared by it any more."""
    require(by, "prescription.sign", prescription.site)
    if not reason.strip():
        raise Refusal("no_reason", "Write why the prescription is stopped.")
    with transaction.atomic():
        stopped = Prescription.objects.filter(
            pk=prescription.pk, stopped_at__isnull=True
        ).update(stopped_at=timezone.now(), stop_reason=reason.strip())
        if not stopped:
            raise Conflict("stopped", "This prescription is stopped already.")
        audit_record(
            action="prescription.stop",
            subject=prescription,
            by=by,
            site=prescription.site,
            data={"reason": reason.strip()},
        )
