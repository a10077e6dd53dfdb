import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from clinic.models.patient import Patient
from clinic.models.protection import append_only
from clinic.models.site import Site
from clinic.models.staff import Staff


class ConsentKind(models.TextChoices):
    TREATMENT = "treatment", "Treatment"
    OFF_LABEL = "off_label", "Use outside the label"
    PHOTO = "photo", "Photographs"


class ConsentText(models.Model):
    """A version of the text that people consent to; never changed."""

    kind = models.CharField(max_length=10, choices=ConsentKind)
    version = models.PositiveIntegerField()
    body = models.TextField()
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"], name="consent_text_version"
            )
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"


class Consent(models.Model):
    """Consent to one course, by the patient or somebody for them.

    `course` is the number of the prescription over all its versions. Drug, body
    site and device kind are what was consented to: a change asks again. Only a
    withdrawal is ever added to a row.
    """

    class By(models.TextChoices):
        PATIENT = "patient", "The patient"
        GUARDIAN = "guardian", "A guardian"
        MINOR_COMPETENT = "minor_competent", "A minor judged competent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="consents"
    )
    course = models.UUIDField()
    kind = models.CharField(max_length=10, choices=ConsentKind)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    given_by = models.CharField(max_length=16, choices=By)
    giver_name = models.CharField(max_length=120)
    relation = models.CharField(max_length=60, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    judged_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    drug = models.CharField(max_length=200, blank=True)
    body_site = models.CharField(max_length=200)
    device_kind = models.CharField(max_length=40)
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdraw_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        indexes = [models.Index(fields=["patient", "course"], name="consent_course")]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(
                name="only_withdrawn",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (to_jsonb(OLD) - 'withdrawn_at'"
                    " - 'withdrawn_by_id' - 'withdraw_reason') IS DISTINCT FROM"
                    " (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' -"
                    " 'withdraw_reason')"
                ),
            ),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.giver_name}"


class PatientFact(models.Model):
    """A recorded, dated fact that spares a question, for example that a pregnancy
    is ruled out; it is ended, never changed."""

    class Kind(models.TextChoices):
        PREGNANCY_RULED_OUT = "pregnancy_ruled_out", "Pregnancy is ruled out"
        IMPLANT = "implant", "Has an electrical implant"
        METAL = "metal", "Has metal in the body"
        SENSATION = "sensation", "Cannot report pain or sensation"
        CONDITION = "condition", "Condition"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=24, choices=Kind)
    says = models.CharField(max_length=200)
    dated_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-dated_on", "-id"]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(
                name="only_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.ended_at IS NOT NULL OR (to_jsonb(OLD) - 'ended_at' -"
                    " 'ended_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'ended_at' -"
                    " 'ended_by_id')"
                ),
            ),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.says}"
