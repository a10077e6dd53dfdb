import datetime as dt
import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from clinic.models import Patient, Site, Staff
from sessions_app.models.catalogue import ElectrodeType, ProtocolAdoption


class Prescription(models.Model):
    """A prescriber's order; once signed it is replaced, never changed.

    `number` stays over all versions: it is the number of the course. `max_ua` is
    the patient's own ceiling, None when the protocol's stands. `overrides` holds
    for each soft limit that is overridden `{layer: {"reason": ...}}`;
    `stimulator_profile` is the profile of the kind of stimulator that it is
    written for, None for any. `signature` is the SHA-256 of the signed
    content in canonical form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.UUIDField(default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="prescriptions"
    )
    adoption = models.ForeignKey(
        ProtocolAdoption, on_delete=models.PROTECT, related_name="prescriptions"
    )
    indication = models.CharField(max_length=120)
    diagnosis = models.CharField(max_length=12, blank=True)
    sessions_planned = models.PositiveIntegerField()
    max_ua = models.PositiveIntegerField(null=True, blank=True)
    overrides = models.JSONField(default=dict, blank=True)
    stimulator_profile = models.JSONField(null=True, blank=True)
    notes = models.CharField(max_length=400, blank=True)
    written_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)
    signed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    signature = models.CharField(max_length=64, blank=True)
    expires_on = models.DateField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-written_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "version"], name="prescription_version"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at__isnull=True, signature="")
                | (models.Q(signed_at__isnull=False) & ~models.Q(signature="")),
                name="signed_means_signature",
            ),
        ]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(
                name="signed_is_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.signed_at IS NOT NULL AND (to_jsonb(OLD) - 'stopped_at' -"
                    " 'stop_reason') IS DISTINCT FROM (to_jsonb(NEW) - 'stopped_at' -"
                    " 'stop_reason')"
                ),
            ),
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adoption.protocol.code} for {self.patient} v{self.version}"

    def open_on(self, day: dt.date) -> bool:
        """Signed, not stopped and not expired on a day."""
        return (
            self.signed_at is not None
            and self.stopped_at is None
            and day <= self.expires_on
        )


class PrescriptionLeg(models.Model):
    """One place treated in each session: where, with which electrodes.

    `drug_pole` is the pole of the active electrode: `anode` or `cathode` for a
    drug, empty for tap water. The places name in words what lies under the
    active and the return electrode; region and side of each decide the path.
    `wetted_mm2` is the skin that is wetted where it is less than the electrode,
    `tooth` an FDI number, `split_places` what a split active lead ends in.
    """

    prescription = models.ForeignKey(
        Prescription, on_delete=models.PROTECT, related_name="legs"
    )
    order = models.PositiveSmallIntegerField(default=1)
    body_site = models.CharField(max_length=60)
    side = models.CharField(max_length=10, blank=True)
    active_place = models.CharField(max_length=80)
    active_electrode = models.ForeignKey(
        ElectrodeType, on_delete=models.PROTECT, related_name="+"
    )
    return_place = models.CharField(max_length=80)
    return_electrode = models.ForeignKey(
        ElectrodeType, on_delete=models.PROTECT, related_name="+"
    )
    drug_pole = models.CharField(max_length=8, blank=True)
    active_region = models.CharField(max_length=20, blank=True)
    active_side = models.CharField(max_length=5, blank=True)
    return_region = models.CharField(max_length=20, blank=True)
    return_side = models.CharField(max_length=5, blank=True)
    wetted_mm2 = models.PositiveIntegerField(null=True, blank=True)
    tooth = models.CharField(max_length=2, blank=True)
    split_places = models.JSONField(default=list, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["prescription", "order"], name="prescription_leg_order"
            )
        ]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Trigger(
                name="signed_legs_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("signed", "timestamptz")],
                func="""
                    SELECT signed_at INTO signed FROM sessions_app_prescription
                    WHERE id = COALESCE(NEW.prescription_id, OLD.prescription_id);
                    IF signed IS NOT NULL THEN
                        RAISE EXCEPTION 'pgtrigger: a signed prescription is immutable';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.body_site} {self.side}".strip()
