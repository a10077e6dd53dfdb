import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Patient, Site, Staff
from clinic.models.protection import append_only
from devices.models import Run
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models.prescribing import Prescription, PrescriptionLeg


class TreatmentSession(models.Model):
    """One visit's treatment under one version of a prescription."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="sessions"
    )
    prescription = models.ForeignKey(
        Prescription, on_delete=models.PROTECT, related_name="sessions"
    )
    number = models.PositiveIntegerField()
    due_on = models.DateField()
    due_at = models.TimeField(null=True, blank=True)
    is_simulated = models.BooleanField()
    state = models.CharField(
        max_length=16,
        choices=[(state.value, state.value) for state in SessionState],
        default=SessionState.PLANNED.value,
    )
    version = models.PositiveIntegerField(default=1)
    not_treated_reason = models.CharField(max_length=200, blank=True)
    signed_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True)
    skin_note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["prescription", "number"], name="session_number"
            )
        ]
        indexes = [models.Index(fields=["site", "due_on"], name="session_site_due")]

    def __str__(self) -> str:
        return f"session {self.number} of {self.prescription_id}"


class Leg(models.Model):
    """One place treated in a session, with its runs."""

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="legs"
    )
    order = models.PositiveSmallIntegerField(default=1)
    prescribed = models.ForeignKey(
        PrescriptionLeg, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["session", "order"], name="leg_order")
        ]

    def __str__(self) -> str:
        return f"leg {self.order} of {self.session_id}"


class LegRun(models.Model):
    """Ties a run to the leg it treats; the plan says why it was allowed.

    `plan` keeps the limit verdicts and the layout as shown before the start.
    """

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="leg_runs")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="leg_run")
    ordinal = models.PositiveSmallIntegerField(default=1)
    plan = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["leg", "ordinal"], name="leg_run_ordinal")
        ]

    def __str__(self) -> str:
        return f"run {self.ordinal} of leg {self.leg_id}"


class SessionEvent(models.Model):
    """A change of a session's state, with who made it; never changed."""

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="events"
    )
    at = models.DateTimeField(auto_now_add=True)
    from_state = models.CharField(max_length=16)
    to_state = models.CharField(max_length=16)
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"
