import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Chair, Room, Site
from clinic.models.protection import FIXED_IS_SIMULATED


class Gateway(models.Model):
    """A box in the clinic that speaks for stimulators without a network."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="gateways")
    name = models.CharField(max_length=60)
    is_simulated = models.BooleanField(default=False)

    class Meta:
        triggers: ClassVar[list[object]] = [FIXED_IS_SIMULATED]

    def __str__(self) -> str:
        return self.name


class Stimulator(models.Model):
    """A networked constant-current stimulator.

    `chair_code` stands on its label: whoever types it stands before it.
    `profile` is `devices.core.profile.Profile` as a dict. A quarantined
    stimulator treats nobody until an engineer releases it.
    """

    class Driver(models.TextChoices):
        TCP = "tcp", "TCP"
        GATEWAY = "gateway", "Gateway"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="stimulators")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="stimulators")
    chair = models.ForeignKey(
        Chair, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    label = models.CharField(max_length=20)
    serial = models.CharField(max_length=40, unique=True)
    driver = models.CharField(max_length=10, choices=Driver, default=Driver.TCP)
    gateway = models.ForeignKey(
        Gateway, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    host = models.CharField(max_length=120, default="127.0.0.1")
    port = models.PositiveIntegerField(default=0)
    chair_code = models.CharField(max_length=8)
    profile = models.JSONField()
    is_simulated = models.BooleanField(default=False)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "label"], name="stimulator_label_per_site"
            ),
            models.UniqueConstraint(
                fields=["id", "is_simulated"], name="stimulator_is_simulated"
            ),
        ]
        triggers: ClassVar[list[object]] = [FIXED_IS_SIMULATED]

    def __str__(self) -> str:
        return self.label

    @property
    def place(self) -> str:
        """Where a person finds it: its chair, else its room."""
        return str(self.chair or self.room)


class Lease(models.Model):
    """Who leads a stimulator now. `fence` only ever rises, across all runs."""

    stimulator = models.OneToOneField(
        Stimulator, primary_key=True, on_delete=models.CASCADE, related_name="lease"
    )
    owner = models.CharField(max_length=80, blank=True)
    until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    seen_fence = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.stimulator} fence {self.fence}"


class Supervisor(models.Model):
    """A living supervision loop; rows older than a lease are dead."""

    owner = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    runs = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.owner
