import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Staff
from clinic.models.protection import append_only
from sessions_app.models.session import TreatmentSession


class PreCheck(models.Model):
    """Answers asked before the current, by tier; never changed.

    `answers` is `{question: {"answer": ..., "note": ...}}` as the person gave
    them, `findings` what follows: `[{"code", "level", "text"}]`.
    """

    class Tier(models.TextChoices):
        VISIT = "visit", "Each visit"
        COURSE = "course", "Start of a course, or something changed"

    class Outcome(models.TextChoices):
        CLEAR = "clear", "Nothing bars treatment"
        CHANGED = "changed", "Something changed"
        NOTED = "noted", "Precautions acknowledged"
        BARRED = "barred", "Barred"

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="prechecks"
    )
    tier = models.CharField(max_length=6, choices=Tier)
    outcome = models.CharField(max_length=8, choices=Outcome)
    answers = models.JSONField()
    findings = models.JSONField(default=list)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.tier} check of {self.session_id}"


class VisitPeople(models.Model):
    """Who was with the patient at a visit; the newest row holds."""

    class Interpreter(models.TextChoices):
        NOT_NEEDED = "not_needed", "Not needed"
        PRESENT = "present", "Present"
        PHONE = "phone", "By phone"
        MISSING = "missing", "Needed, not there"

    class Chaperone(models.TextChoices):
        NOT_ASKED = "not_asked", "Not an intimate place"
        PRESENT = "present", "Present"
        DECLINED = "declined", "Offered and declined"

    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="people"
    )
    escort_name = models.CharField(max_length=120, blank=True)
    escort_relation = models.CharField(max_length=60, blank=True)
    interpreter = models.CharField(max_length=10, choices=Interpreter)
    interpreter_name = models.CharField(max_length=120, blank=True)
    chaperone = models.CharField(
        max_length=10, choices=Chaperone, default=Chaperone.NOT_ASKED
    )
    chaperone_name = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"people at {self.session_id}"


class PrescriberRequest(models.Model):
    """A clinician asks a prescriber whether treatment may go on despite a finding.

    It expires at the day's end; decided once, by the prescriber's signature.
    """

    class Decision(models.TextChoices):
        OPEN = "open", "Open"
        ALLOWED = "allowed", "Allowed"
        DECLINED = "declined", "Declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="requests"
    )
    check_row = models.ForeignKey(
        PreCheck, on_delete=models.PROTECT, related_name="requests"
    )
    findings = models.JSONField()
    question = models.CharField(max_length=400)
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.OPEN)
    decided_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    max_ua = models.PositiveIntegerField(null=True, blank=True)
    seconded_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision="open", decided_by__isnull=True)
                | (~models.Q(decision="open") & models.Q(decided_by__isnull=False)),
                name="decision_has_a_name",
            ),
            models.UniqueConstraint(
                fields=["session"],
                condition=models.Q(decision="open"),
                name="one_open_request_per_session",
            ),
        ]

    def __str__(self) -> str:
        return f"request for {self.session_id}: {self.decision}"
