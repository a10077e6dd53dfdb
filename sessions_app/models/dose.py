from typing import ClassVar

from django.db import models

from clinic.models import Staff
from clinic.models.protection import append_only
from devices.models import Run
from sessions_app.models.delivery import Delivery
from sessions_app.models.session import Leg


class DoseRecord(models.Model):
    """What one run, or one delivery without a network, gave to a leg; append-only.

    A correction is a new row that `supersedes` the older one. Charges are nC;
    `credit_nc` is None without a drug, where no ion is to be driven in; `credits`
    has it drug by drug. `pole_evidence` says whether anybody looked at the leads;
    `swapped` holds the stretches `[start_ms, end_ms]` with the leads the wrong way
    round. `is_estimate` marks what nobody measured.
    """

    class Evidence(models.TextChoices):
        TRACE = "trace", "Measured trace"
        COUNTER = "counter", "Device counter"
        HAND = "hand", "Named statement"
        DIARY = "diary", "Home diary or log"
        PATCH = "patch", "Worn patch"
        NONE = "none", "None"

    class PoleEvidence(models.TextChoices):
        COMMANDED = "commanded", "Commanded, nobody looked"
        CONFIRMED = "confirmed", "Confirmed at the chair"
        CORRECTED = "corrected", "Corrected later"

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="doses")
    run = models.ForeignKey(
        Run, null=True, on_delete=models.PROTECT, related_name="doses"
    )
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="doses"
    )
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    evidence = models.CharField(max_length=8, choices=Evidence)
    basis = models.CharField(max_length=8)
    prescribed_nc = models.BigIntegerField()
    confirmed_nc = models.BigIntegerField()
    upper_nc = models.BigIntegerField()
    red_anode_nc = models.BigIntegerField()
    black_anode_nc = models.BigIntegerField()
    credit_nc = models.BigIntegerField(null=True)
    device_counter_nc = models.BigIntegerField(null=True)
    counter_agrees = models.BooleanField(null=True)
    planned_flow_ms = models.PositiveBigIntegerField()
    flow_ms = models.PositiveBigIntegerField()
    tolerated_ua = models.PositiveIntegerField()
    completeness = models.CharField(max_length=10)
    counts = models.BooleanField()
    is_over = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    credits = models.JSONField(default=list)
    pole_evidence = models.CharField(
        max_length=10, choices=PoleEvidence, default=PoleEvidence.COMMANDED
    )
    swapped = models.JSONField(default=list)
    is_estimate = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(upper_nc__gte=models.F("confirmed_nc")),
                name="upper_bound_holds",
            ),
            models.CheckConstraint(
                condition=models.Q(run__isnull=False, delivery__isnull=True)
                | models.Q(run__isnull=True, delivery__isnull=False),
                name="dose_of_one_delivery",
            ),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=models.Q(supersedes__isnull=True),
                name="one_first_dose_per_delivery",
            ),
            models.UniqueConstraint(
                fields=["run", "leg"],
                condition=models.Q(supersedes__isnull=True),
                name="one_first_dose_per_run",
            ),
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"dose of {self.run_id or self.delivery_id}"
