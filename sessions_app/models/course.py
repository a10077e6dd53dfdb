import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from clinic.models import Patient, Site, Staff
from clinic.models.protection import append_only
from sessions_app.models.session import TreatmentSession


class Ladder(models.Model):
    """A version of the rungs that courses go down; a site edits it as a new one.

    `spec` is `domain.course.LadderSpec`; `site` is None for what comes with the
    product.
    """

    site = models.ForeignKey(
        Site, null=True, on_delete=models.PROTECT, related_name="ladders"
    )
    code = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    spec = models.JSONField()
    published_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code", "version"],
                nulls_distinct=False,
                name="ladder_version",
            )
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Course(models.Model):
    """The weeks and months of one prescription, over all its versions.

    The key is the number of the prescription. `ladder` is None for what has no
    rhythm of its own, a test for example. `state` says what the last decision led
    to; where each place stands is told by its history.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        ON_HOLD = "on_hold", "On hold"
        COMPLETED = "completed", "Completed"
        DISCONTINUED = "discontinued", "Discontinued"

    number = models.UUIDField(primary_key=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="courses")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="courses"
    )
    ladder = models.ForeignKey(
        Ladder, null=True, on_delete=models.PROTECT, related_name="courses"
    )
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    state_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    started_on = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_on"]

    def __str__(self) -> str:
        return f"course {self.number}"


class Proposal(models.Model):
    """What the engine proposed, by which rule and from what; a person decides once.

    `inputs` replays to `result` under `engine`. `after` names the last event that it
    rests on (`session:…`, `measured:…`, `event:…`, empty before the first).
    `decided` is what holds in the end, the result itself or what the person put in
    its place. One that newer facts replaced before anybody decided is superseded.
    """

    class Kind(models.TextChoices):
        STEP = "step", "Next step of the course"
        CURRENT = "current", "Current of today"
        DATE = "date", "Next date"
        REPEAT = "repeat", "Repeat of a test"

    class Decision(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        CHANGED = "changed", "Changed"
        REJECTED = "rejected", "Rejected"
        SUPERSEDED = "superseded", "Superseded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="proposals"
    )
    session = models.ForeignKey(
        TreatmentSession,
        null=True,
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    body_site = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=Kind)
    after = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=40)
    engine = models.CharField(max_length=20)
    ladder = models.ForeignKey(
        Ladder, null=True, on_delete=models.PROTECT, related_name="+"
    )
    inputs = models.JSONField()
    result = models.JSONField()
    why = models.CharField(max_length=400)
    made_at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    decided = models.JSONField(null=True)
    decided_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "body_site", "kind"],
                condition=models.Q(decision="open"),
                name="one_open_proposal",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    decision__in=["open", "superseded"], decided_by__isnull=True
                )
                | models.Q(
                    decision__in=["accepted", "changed", "rejected"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="proposal_decided_by_a_person",
            ),
        ]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.decision <> 'open' OR (to_jsonb(OLD) - 'decision' - 'decided'"
                    " - 'decided_by_id' - 'decided_at' - 'reason') IS DISTINCT FROM"
                    " (to_jsonb(NEW) - 'decision' - 'decided' - 'decided_by_id' -"
                    " 'decided_at' - 'reason')"
                ),
            ),
            pgtrigger.Protect(name="proposal_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.rule}"


class CourseEvent(models.Model):
    """A person's hold, resumption or end of a course; never changed.

    `body_site` is empty for every place of the course.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", "Held"
        RESUME = "resume", "Resumed"
        STOP = "stop", "Ended"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="events")
    body_site = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=6, choices=Kind)
    on = models.DateField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.kind} of {self.course_id}"


class Closure(models.Model):
    """A day on which a site does not treat."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="closures")
    day = models.DateField()
    name = models.CharField(max_length=80)
    made_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["site", "day"], name="closed_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
