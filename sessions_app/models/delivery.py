import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Patient, Site, Staff
from clinic.models.protection import append_only
from devices.models import Run
from sessions_app.models.lots import Lot
from sessions_app.models.prescribing import Prescription
from sessions_app.models.session import Leg


class PoleConfirmation(models.Model):
    """Somebody looked at the leads before a drug: who, and what they saw."""

    run = models.OneToOneField(
        Run, on_delete=models.PROTECT, related_name="pole_confirmation"
    )
    drug_lead = models.CharField(max_length=5)
    drug_place = models.CharField(max_length=80)
    return_lead = models.CharField(max_length=5)
    return_place = models.CharField(max_length=80)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    second_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(second_by__isnull=True)
                | ~models.Q(second_by=models.F("by")),
                name="second_checker_is_another",
            )
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"poles of {self.run_id}"


class HomeDevice(models.Model):
    """A stimulator that the clinic lends to patients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="home_devices"
    )
    asset = models.CharField("asset number", max_length=40)
    serial = models.CharField(max_length=40)
    model = models.CharField(max_length=80)
    max_ua = models.PositiveIntegerField()
    service_due_on = models.DateField()
    recalled_at = models.DateTimeField(null=True, blank=True)
    recall_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["asset"]
        constraints = [
            models.UniqueConstraint(fields=["site", "asset"], name="asset_per_site")
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.model}"


class Loan(models.Model):
    """A home device with a patient: taught current and caps, out and in.

    Currents µA, times ms. `return_check` is what was found when it came back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(
        HomeDevice, on_delete=models.PROTECT, related_name="loans"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="loans")
    prescription = models.ForeignKey(
        Prescription, on_delete=models.PROTECT, related_name="loans"
    )
    out_on = models.DateField()
    due_back_on = models.DateField()
    taught_ua = models.PositiveIntegerField()
    cap_ua = models.PositiveIntegerField()
    cap_flow_ms = models.PositiveIntegerField()
    sessions_per_week = models.PositiveSmallIntegerField()
    accessories = models.CharField(max_length=200, blank=True)
    deposit = models.CharField(max_length=40, blank=True)
    trained_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    trained_at = models.DateTimeField(auto_now_add=True)
    trained_person = models.CharField(max_length=120)
    returned_on = models.DateField(null=True, blank=True)
    returned_to = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_check = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_back_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                condition=models.Q(returned_on__isnull=True),
                name="device_lent_once",
            ),
            models.CheckConstraint(
                condition=models.Q(taught_ua__lte=models.F("cap_ua")),
                name="taught_within_cap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} with {self.patient}"


class Delivery(models.Model):
    """A treatment of a leg that no networked stimulator reported; never changed.

    `readings` are `[{"minute", "ua"}]` off the meter, `counter_nc` a device's
    own total. `happened_at` is when it was given, `at` when it was entered.
    """

    class Source(models.TextChoices):
        DEVICE = "device", "Device log"
        COUNTER = "counter", "Device total only"
        HAND = "hand", "Meter read by hand"
        HOME = "home", "Home diary or log"
        WORN = "worn", "Worn patch"

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="deliveries")
    source = models.CharField(max_length=8, choices=Source)
    loan = models.ForeignKey(
        Loan, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    serial = models.CharField(max_length=40, blank=True)
    why = models.CharField(max_length=200)
    happened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    readings = models.JSONField(default=list)
    counter_nc = models.BigIntegerField(null=True)
    rating_nc = models.BigIntegerField(null=True)
    lot = models.ForeignKey(
        Lot, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.get_source_display()} of {self.leg_id}"
