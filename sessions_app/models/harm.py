import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from clinic.models import Patient, Site, Staff
from clinic.models.protection import append_only
from devices.models import Run, Stimulator
from sessions_app.models.prescribing import Prescription
from sessions_app.models.session import Leg, TreatmentSession


class SkinCheck(models.Model):
    """The skin under one electrode, looked at by a person; never changed.

    `findings` is `[{"code", "grade"}]` of the vocabulary of adverse events.
    """

    class Moment(models.TextChoices):
        BEFORE = "before", "Before"
        DURING = "during", "After 2 to 5 min"
        AFTER = "after", "After"
        CALL_BACK = "call_back", "Call-back"

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="skin_checks")
    run = models.ForeignKey(
        Run, null=True, on_delete=models.PROTECT, related_name="skin_checks"
    )
    moment = models.CharField(max_length=10, choices=Moment)
    lead = models.CharField(max_length=5, choices=[("red", "Red"), ("black", "Black")])
    place = models.CharField(max_length=80)
    findings = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"skin {self.moment} at {self.place}"


class AdverseEvent(models.Model):
    """Something unwanted, with its grade; a correction supersedes, never changes."""

    class Noticed(models.TextChoices):
        AT_CHAIR = "at_chair", "At the chair"
        AT_VISIT = "at_visit", "At a later visit"
        PHONE = "phone", "By phone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="adverse_events"
    )
    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="adverse_events"
    )
    leg = models.ForeignKey(
        Leg, null=True, on_delete=models.PROTECT, related_name="adverse_events"
    )
    lead = models.CharField(max_length=5, blank=True)
    code = models.CharField(max_length=3)
    grade = models.PositiveSmallIntegerField()
    onset_at = models.DateTimeField()
    noticed = models.CharField(max_length=8, choices=Noticed)
    text = models.CharField(max_length=600, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(grade__lte=4), name="grade_is_0_to_4"
            )
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.code} grade {self.grade}"


class Incident(models.Model):
    """A harm that stops the course and takes the stimulator out of use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="incidents")
    event = models.OneToOneField(
        AdverseEvent, on_delete=models.PROTECT, related_name="incident"
    )
    prescription = models.ForeignKey(
        Prescription, on_delete=models.PROTECT, related_name="incidents"
    )
    stimulator = models.ForeignKey(
        Stimulator, null=True, on_delete=models.PROTECT, related_name="incidents"
    )
    device_log = models.JSONField(default=dict)
    device_log_sha256 = models.CharField(max_length=64, blank=True)
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    reportable = models.BooleanField(null=True)
    decided_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at"]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(name="incident_stays", operation=pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"incident {self.event}"


class Task(models.Model):
    """Something that a person has to do by a time: call back, decide, look."""

    class Kind(models.TextChoices):
        CALL_BACK = "call_back", "Call back"
        INCIDENT = "incident", "Incident"
        REQUEST = "request", "Question to the prescriber"
        CATALOGUE = "catalogue", "Catalogue change"
        LOAN = "loan", "Loan"
        COURSE = "course", "Course to decide"
        RESULT = "result", "Result of a test"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=10, choices=Kind)
    for_role = models.CharField(max_length=20, blank=True)
    patient = models.ForeignKey(
        Patient, null=True, on_delete=models.PROTECT, related_name="tasks"
    )
    session = models.ForeignKey(
        TreatmentSession, null=True, on_delete=models.PROTECT, related_name="tasks"
    )
    text = models.CharField(max_length=300)
    link = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at"]
        indexes = [
            models.Index(
                fields=["site", "due_at"],
                condition=models.Q(done_at__isnull=True),
                name="task_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"
