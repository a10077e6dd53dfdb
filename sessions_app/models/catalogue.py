import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from clinic.models import Site, Staff
from clinic.models.protection import append_only


class Protocol(models.Model):
    """A version of a catalogue entry; `spec` is `domain.protocol.ProtocolSpec`."""

    code = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=160)
    spec = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_version")
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class ProtocolAdoption(models.Model):
    """A prescriber's signature that a site treats by this version of a protocol."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="adoptions")
    protocol = models.ForeignKey(
        Protocol, on_delete=models.PROTECT, related_name="adoptions"
    )
    adopted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(auto_now_add=True)
    is_demo = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "protocol"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="adopted_once_per_site",
            )
        ]

    def __str__(self) -> str:
        return f"{self.protocol} at {self.site}"


class ElectrodeType(models.Model):
    """An electrode as bought: conductive area, limits of density, rating.

    `rating_nc` is the largest charge that the pad buffers, None when unlimited.
    """

    class Kind(models.TextChoices):
        PAD = "pad", "Pad"
        TRAY = "tray", "Tray"
        POCKET = "pocket", "Sponge pocket"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    area_mm2 = models.PositiveIntegerField()
    anode_limit_ua_cm2 = models.PositiveIntegerField()
    cathode_limit_ua_cm2 = models.PositiveIntegerField()
    rating_nc = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(area_mm2__gt=0), name="electrode_has_area"
            )
        ]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(name="in_use_forever", operation=pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.name
