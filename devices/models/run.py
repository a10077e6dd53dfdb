import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Patient, Site, Staff
from clinic.models.protection import append_only
from devices.core.run_lifecycle import LIVE, EndReason, RunState
from devices.models.stimulator import Stimulator

LIVE_STATES = sorted(state.value for state in LIVE)


class Run(models.Model):
    """One try at energising one patient through one stimulator.

    The programme is frozen at creation. Requests from people are columns
    here or `RunCommand` rows; the supervisor that holds the stimulator's
    fence carries them out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="runs")
    stimulator = models.ForeignKey(
        Stimulator, on_delete=models.PROTECT, related_name="runs"
    )
    is_simulated = models.BooleanField()
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.value) for state in RunState],
        default=RunState.QUEUED.value,
    )
    version = models.PositiveIntegerField(default=1)
    programme = models.JSONField()
    programme_hash = models.CharField(max_length=64)
    read_back_hash = models.CharField(max_length=64, blank=True)
    responsible = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    start_command = models.UUIDField(null=True)
    start_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    start_requested_at = models.DateTimeField(null=True)
    start_valid_until = models.DateTimeField(null=True)
    kickoff_sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    stop_command = models.UUIDField(null=True)
    stop_requested_at = models.DateTimeField(null=True)
    stop_cause = models.CharField(max_length=40, blank=True)
    uncertain_at = models.DateTimeField(null=True)
    made_safe_at = models.DateTimeField(null=True)
    made_safe_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(
        max_length=14,
        blank=True,
        choices=[(reason.value, reason.value) for reason in EndReason],
    )
    reject_reason = models.CharField(max_length=300, blank=True)
    device_counter_nc = models.BigIntegerField(null=True)
    device_last_seq = models.PositiveIntegerField(null=True)
    settled_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_reason = models.CharField(max_length=300, blank=True)
    settled_charge_nc = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(state__in=LIVE_STATES),
                name="one_live_run_per_patient",
            ),
            models.UniqueConstraint(
                fields=["stimulator"],
                condition=models.Q(state__in=LIVE_STATES),
                name="one_live_run_per_stimulator",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ended") | models.Q(end_reason=""),
                name="only_ended_runs_have_an_end_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(started_at__isnull=True)
                | models.Q(kickoff_sent_at__isnull=False),
                name="no_start_without_kickoff",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "created_at"], name="run_patient_created")
        ]

    def __str__(self) -> str:
        return f"{self.stimulator} {self.state} {self.id}"

    @property
    def is_live(self) -> bool:
        return RunState(self.state) in LIVE


class RunChannel(models.Model):
    """One output of a run: where it goes, through what, with which drug.

    `red_drug` and `black_drug` say what lies under each lead, empty without a
    drug; `drug_lead` is the lead colour of the leading drug. Positive current
    makes the red lead the anode.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="channels")
    index = models.PositiveSmallIntegerField(default=0)
    red_place = models.CharField(max_length=80)
    red_electrode = models.CharField(max_length=80)
    red_mm2 = models.PositiveIntegerField()
    black_place = models.CharField(max_length=80)
    black_electrode = models.CharField(max_length=80)
    black_mm2 = models.PositiveIntegerField()
    red_drug = models.CharField(max_length=200, blank=True)
    black_drug = models.CharField(max_length=200, blank=True)
    drug_lead = models.CharField(max_length=5, blank=True)
    device_counter_nc = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "index"], name="channel_once")
        ]

    def __str__(self) -> str:
        return f"channel {self.index} of {self.run_id}"

    @property
    def drugs(self) -> str:
        """All that is driven in, `dexamethasone 0.4 % + lidocaine 4 %`."""
        return " + ".join(drug for drug in (self.red_drug, self.black_drug) if drug)


class RunEvent(models.Model):
    """What happened to a run, in the order of the rows; never changed."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, blank=True)
    t_ms = models.PositiveBigIntegerField(null=True)
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.kind} {self.run_id}"


class RunCommand(models.Model):
    """What a person asked of a running stimulator; the id is the command id.

    Whatever raises current has `valid_until`: it is refused late and never
    sent again after that.
    """

    class Kind(models.TextChoices):
        ADJUST = "adjust"
        HOLD = "hold"
        RESUME = "resume"

    class State(models.TextChoices):
        ASKED = "asked"
        SENT = "sent"
        DONE = "done"
        REFUSED = "refused"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="commands")
    kind = models.CharField(max_length=10, choices=Kind)
    data = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    answer = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        indexes = [
            models.Index(
                fields=["run"],
                condition=models.Q(state__in=["asked", "sent"]),
                name="command_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.id}"


class Presence(models.Model):
    """Proof that someone stood before the stimulator."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="presences")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=20, default="chair_code")

    class Meta:
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.staff} at {self.run_id}"
