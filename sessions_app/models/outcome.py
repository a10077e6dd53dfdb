import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Patient, Site, Staff
from clinic.models.protection import append_only
from sessions_app.models.session import Leg, TreatmentSession


class Measurement(models.Model):
    """One outcome of a patient, as measured; a correction supersedes, with `reason`.

    `measure` is a code of `domain.outcomes`, `value` exact decimal text in `unit`.
    No session means that it was asked between visits, by telephone for example.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="measurements"
    )
    course = models.UUIDField(null=True)
    session = models.ForeignKey(
        TreatmentSession,
        null=True,
        on_delete=models.PROTECT,
        related_name="measurements",
    )
    measure = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    body_site = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=20)
    unit = models.CharField(max_length=20, blank=True)
    measured_on = models.DateField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["measured_on", "at"]
        indexes = [
            models.Index(fields=["patient", "measure"], name="measurement_of_patient")
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.measure} {self.value}"


class Collection(models.Model):
    """Sweat of one place after its current; a leg of a diagnostic session.

    Volume µL or mass mg in thousandths. `limit_ms` bounds the collecting. Nothing
    to see is a result, as is a quantity that does not suffice; `note` says why
    nothing could be collected.
    """

    class Result(models.TextChoices):
        SUFFICIENT = "enough", "Enough for the laboratory"
        QNS = "qns", "Quantity not sufficient"
        NO_SWEAT = "none", "No sweat seen"

    class Container(models.TextChoices):
        COIL = "coil", "Coil (volume)"
        PAPER = "paper", "Filter paper or gauze (mass)"

    leg = models.OneToOneField(Leg, on_delete=models.PROTECT, related_name="collection")
    container = models.CharField(max_length=5, choices=Container)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    limit_ms = models.PositiveIntegerField()
    minimum_milli = models.PositiveIntegerField()
    ended_at = models.DateTimeField(null=True)
    amount_milli = models.PositiveIntegerField(null=True)
    result = models.CharField(max_length=6, choices=Result, blank=True)
    label = models.CharField("specimen label", max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True)
    ended_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, result="")
                | models.Q(
                    ~models.Q(result=""),
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                    amount_milli__isnull=False,
                ),
                name="collection_has_a_result",
            )
        ]

    def __str__(self) -> str:
        return f"collection of {self.leg_id}"


class LabResult(models.Model):
    """What a laboratory found in one specimen; a correction supersedes.

    Chloride in thousandths of mmol/L. `interpretation` is a prescriber's word.
    """

    collection = models.ForeignKey(
        Collection, on_delete=models.PROTECT, related_name="results"
    )
    chloride_milli = models.PositiveIntegerField()
    laboratory = models.CharField(max_length=120)
    method = models.CharField(max_length=80)
    measured_on = models.DateField()
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"chloride of {self.collection_id}"


class Interpretation(models.Model):
    """A prescriber's reading of a diagnostic session; never changed."""

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="interpretations"
    )
    text = models.CharField(max_length=600)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"interpretation of {self.session_id}"


class AdjunctDone(models.Model):
    """A step beside the current, done with its figures or not done and why; never
    changed. The newest row of a name holds."""

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="adjuncts_done"
    )
    name = models.CharField(max_length=80)
    done = models.BooleanField(default=True)
    figures = models.JSONField(default=dict)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.name} of {self.session_id}"


class AttendedTime(models.Model):
    """Minutes that somebody was with the patient, by billing code; a correction
    supersedes. Device time is not attended time."""

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="attended"
    )
    code = models.CharField(max_length=10)
    minutes = models.PositiveSmallIntegerField()
    from_acts = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.minutes} min {self.code}"
