"""Prescriptions from draft to signature."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from devices.protocol.canonical import canonical_json
from sessions_app.domain.ordering import Spot, spoken
from sessions_app.models import (
    ElectrodeType,
    Prescription,
    PrescriptionLeg,
    ProtocolAdoption,
)
from sessions_app.selectors.ledger import spot_of
from sessions_app.services.evaluating import refuse
from sessions_app.services.gates import require_consent
from sessions_app.services.halting import runs_of_course, runs_stop
from sessions_app.services.proposing import course_open
from sessions_app.services.scheduling import sessions_carry
from sessions_app.services.weighing import OrderWeighed, order_weigh


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOrder:
    """One place to treat: what lies under the active and the return electrode.

    Regions and sides are words of `domain.places`; `body_site` and `side` name
    the place as people say it, and follow from those when left out. `wetted_mm2`
    and `tooth` as in PrescriptionLeg.
    """

    body_site: str = ""
    side: str = ""
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


class Terms(TypedDict):
    """What an order says. `overrides` is `{layer: {"reason": ...}}` for soft limits,
    `stimulator_profile` the kind of stimulator, None for any."""

    adoption: ProtocolAdoption
    legs: Sequence[LegOrder]
    indication: str
    sessions_planned: int
    expires_on: dt.date
    max_ua: NotRequired[int | None]
    diagnosis: NotRequired[str]
    overrides: NotRequired[dict[str, Any]]
    stimulator_profile: NotRequired[dict[str, Any] | None]
    notes: NotRequired[str]


def prescription_check(
    *,
    patient: Patient,
    by: Staff,
    replaces: Prescription | None = None,
    **terms: Unpack[Terms],
) -> tuple[OrderWeighed, list[PrescriptionLeg]]:
    """What `prescription_write` would say, with every limit, and the legs as they
    would be written; nothing is."""
    require(by, "prescription.write", patient.site)
    _require_adopted(terms["adoption"], patient)
    order, legs = _drafted(patient, by, replaces, terms)
    return order_weigh(order, legs, site_day(patient.site)), legs


def prescription_write(
    *,
    patient: Patient,
    by: Staff,
    replaces: Prescription | None = None,
    **terms: Unpack[Terms],
) -> Prescription:
    """Write a draft; every leg is checked against every limit that is known now.

    Raises Refusal with all that is wrong: a pole, a path, a limit, a protocol
    that the site has not adopted; Conflict when `replaces` cannot be replaced.
    """
    require(by, "prescription.write", patient.site)
    _require_adopted(terms["adoption"], patient)
    if not terms["legs"]:
        raise Refusal("no_leg", "A prescription needs at least one place to treat.")
    if replaces is not None:
        _require_replaceable(replaces, patient)
    with transaction.atomic():
        order, legs = _drafted(patient, by, replaces, terms)
        refuse(order_weigh(order, legs, site_day(patient.site)).all_faults)
        order.save()
        PrescriptionLeg.objects.bulk_create(legs)
        audit_record(
            action="prescription.write", subject=order, by=by, site=patient.site
        )
    return order


def prescription_change(
    *, draft: Prescription, by: Staff, **terms: Unpack[Terms]
) -> Prescription:
    """Write a draft anew under its own number, checked like the first time.

    Raises Conflict when it was signed meanwhile.
    """
    require(by, "prescription.write", draft.site)
    _require_adopted(terms["adoption"], draft.patient)
    if not terms["legs"]:
        raise Refusal("no_leg", "A prescription needs at least one place to treat.")
    with transaction.atomic():
        row = _draft_locked(draft)
        order, legs = _drafted(row.patient, by, row.replaces, terms)
        order.pk, order.number, order.version = row.pk, row.number, row.version
        order.written_at = row.written_at
        for leg in legs:
            leg.prescription = order
        refuse(order_weigh(order, legs, site_day(row.site)).all_faults)
        row.legs.all().delete()
        order.save(force_update=True)
        PrescriptionLeg.objects.bulk_create(legs)
        audit_record(action="prescription.change", subject=order, by=by, site=row.site)
    return order


def prescription_discard(*, draft: Prescription, by: Staff) -> None:
    """Throw a draft away. Raises Conflict when it was signed meanwhile."""
    require(by, "prescription.write", draft.site)
    with transaction.atomic():
        row = _draft_locked(draft)
        audit_record(action="prescription.discard", subject=row, by=by, site=row.site)
        row.legs.all().delete()
        row.delete()


def _draft_locked(draft: Prescription) -> Prescription:
    row = (
        Prescription.objects.select_for_update(of=("self",))
        .select_related("patient", "site", "replaces")
        .filter(pk=draft.pk)
        .first()
    )
    if row is None:
        raise Conflict("discarded", "This draft was thrown away; write a new one.")
    if row.signed_at is not None:
        raise Conflict(
            "signed", "This prescription is signed; revise it as a new version."
        )
    return row


def _drafted(
    patient: Patient, by: Staff, replaces: Prescription | None, terms: Terms
) -> tuple[Prescription, list[PrescriptionLeg]]:
    """The rows of an order, not saved."""
    columns = {name: value for name, value in terms.items() if name != "legs"}
    order = Prescription(
        number=uuid.uuid4() if replaces is None else replaces.number,
        version=1 if replaces is None else replaces.version + 1,
        site=patient.site,
        patient=patient,
        written_by=by,
        replaces=replaces,
        **columns,
    )
    legs = [
        PrescriptionLeg(prescription=order, order=number, **leg.columns())
        for number, leg in enumerate(terms["legs"], start=1)
    ]
    known = {} if replaces is None else _names_of(replaces)
    for leg in legs:
        if not leg.body_site and leg.active_region:
            spot = spot_of(leg)
            leg.body_site, leg.side = known.get(spot) or spoken(spot)
    return order, legs


def _names_of(order: Prescription) -> dict[Spot, tuple[str, str]]:
    """What each place is called: its course goes on by the name."""
    return {spot_of(leg): (leg.body_site, leg.side) for leg in order.legs.all()}


def _require_replaceable(old: Prescription, patient: Patient) -> None:
    if old.patient_id != patient.pk:
        raise Conflict("other_patient", "That version belongs to another patient.")
    if old.signed_at is None:
        raise Conflict("draft", "That version is a draft still; change it instead.")
    if old.stopped_at is not None:
        raise Conflict("stopped", "That course was stopped; write a new prescription.")
    if Prescription.objects.filter(replaces=old).exists():
        raise Conflict("replaced", "That version has been replaced already; reload.")


def _require_adopted(adoption: ProtocolAdoption, patient: Patient) -> None:
    site = patient.site
    if adoption.is_demo and not patient.is_simulated:
        raise Refusal(
            "demo_adoption",
            f"{adoption.protocol} is adopted for simulated patients only; a prescriber"
            f" of {site.name} must adopt it with values of the site.",
        )
    if adoption.site_id != site.pk or not adoption.in_force:
        raise Refusal(
            "not_adopted",
            f"{site.name} has not adopted {adoption.protocol}, or not by everybody who"
            " must sign; a prescriber of the site must adopt it first.",
        )


def prescription_sign(*, prescription: Prescription, by: Staff) -> Prescription:
    """Sign a draft: from now on it is replaced, never changed.

    The planned sessions of the version that it replaces move to it. Raises
    Conflict when it is signed already; Refusal when a limit has moved since it
    was written, and when a consent does not stand.
    """
    require(by, "prescription.sign", prescription.site)
    with transaction.atomic():
        order = Prescription.objects.select_for_update().get(pk=prescription.pk)
        if order.signed_at is not None:
            raise Conflict("signed", "This prescription is signed already.")
        _require_adopted(order.adoption, order.patient)
        _require_runs_still(order.replaces_id)
        legs = list(order.legs.select_related("active_electrode", "return_electrode"))
        day = site_day(order.site)
        refuse(order_weigh(order, legs, day).all_faults)
        require_consent(order, day)
        _seal(order, by)
        if order.replaces is not None:
            sessions_carry(old=order.replaces, new=order, by=by)
        course_open(order=order, by=by)
    return order


def _require_runs_still(replaced: uuid.UUID | None) -> None:
    """A draft never brings back a course that was stopped after it was written."""
    if replaced is None:
        return
    old = Prescription.objects.select_for_update(no_key=True).get(pk=replaced)
    if old.stopped_at is not None:
        raise Conflict(
            "stopped",
            f"The course was stopped: {old.stop_reason}. Throw this draft away and "
            "write a new prescription.",
        )


def _seal(order: Prescription, by: Staff) -> None:
    order.signed_by, order.signed_at = by, timezone.now()
    order.signature = hashlib.sha256(canonical_json(signed_content(order))).hexdigest()
    order.save(update_fields=["signed_by", "signed_at", "signature"])
    audit_record(
        action="prescription.sign",
        subject=order,
        by=by,
        site=order.site,
        data={"signature": order.signature},
    )


def signed_content(order: Prescription) -> dict[str, Any]:
    """What a signature covers, as plain data."""
    return {
        "prescription": str(order.pk),
        "number": str(order.number),
        "version": order.version,
        "patient": str(order.patient_id),
        "protocol": str(order.adoption.protocol),
        "spec": order.adoption.spec,
        "replaces": str(order.replaces_id) if order.replaces_id else None,
        "indication": order.indication,
        "diagnosis": order.diagnosis,
        "sessions_planned": order.sessions_planned,
        "max_ua": order.max_ua,
        "overrides": order.overrides,
        "stimulator_profile": order.stimulator_profile,
        "notes": order.notes,
        "expires_on": order.expires_on.isoformat(),
        "signed_by": str(order.signed_by_id),
        "signed_at": order.signed_at.isoformat() if order.signed_at else None,
        "legs": [_signed_leg(leg) for leg in order.legs.all()],
    }


def _signed_leg(leg: PrescriptionLeg) -> dict[str, Any]:
    plain = {name: getattr(leg, name) for name in LegOrder.__slots__}
    return {
        **plain,
        "order": leg.order,
        "active_electrode": str(leg.active_electrode_id),
        "return_electrode": str(leg.return_electrode_id),
    }


def prescription_stop(*, prescription: Prescription, by: Staff, reason: str) -> None:
    """Stop a prescription: no session is prepared by it, and what runs is stopped."""
    require(by, "prescription.sign", prescription.site)
    if not reason.strip():
        raise Refusal("no_reason", "Write why the prescription is stopped.")
    with transaction.atomic():
        stopped = Prescription.objects.filter(
            pk=prescription.pk, stopped_at__isnull=True
        ).update(stopped_at=timezone.now(), stop_reason=reason.strip())
        if not stopped:
            raise Conflict("stopped", "This prescription is stopped already.")
        runs_stop(
            runs_of_course(prescription.number), cause="prescription stopped", by=by
        )
        audit_record(
            action="prescription.stop",
            subject=prescription,
            by=by,
            site=prescription.site,
            data={"reason": reason.strip()},
        )
