import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from clinic.models import Site, Staff
from clinic.models.protection import append_only


class Protocol(models.Model):
    """A version of a catalogue entry; `entry` is `domain.entry.Entry`."""

    code = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=160)
    entry = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_version")
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class ProtocolAdoption(models.Model):
    """A prescriber's signature that a site treats by this version of a protocol.

    `spec` is the whole `domain.protocol.ProtocolSpec` that the site treats by,
    `entered` the values that the prescriber gave for open fields, each with the
    source relied on: `{field: {"value": ..., "source": ...}}`. A restricted path
    is in force only once a second prescriber has signed too.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="adoptions")
    protocol = models.ForeignKey(
        Protocol, on_delete=models.PROTECT, related_name="adoptions"
    )
    spec = models.JSONField()
    entered = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=400, blank=True)
    needs_second = models.BooleanField(default=False)
    adopted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(auto_now_add=True)
    second_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdraw_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "protocol"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="adopted_once_per_site",
            ),
            models.CheckConstraint(
                condition=models.Q(second_by__isnull=True)
                | ~models.Q(second_by=models.F("adopted_by")),
                name="second_prescriber_is_another",
            ),
            models.CheckConstraint(
                condition=models.Q(needs_second=False) | ~models.Q(source=""),
                name="restricted_path_has_a_source",
            ),
        ]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(
                name="adoption_is_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR OLD.second_at IS NOT NULL AND"
                    " OLD.second_by_id IS DISTINCT FROM NEW.second_by_id OR"
                    " (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' -"
                    " 'withdraw_reason' - 'second_by_id' - 'second_at') IS DISTINCT"
                    " FROM (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' -"
                    " 'withdraw_reason' - 'second_by_id' - 'second_at')"
                ),
            ),
            pgtrigger.Protect(name="adoption_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.protocol} at {self.site}"

    @property
    def in_force(self) -> bool:
        """Signed by everybody who must sign, and not withdrawn."""
        whole = self.second_by_id is not None or not self.needs_second
        return whole and self.withdrawn_at is None


def both_waveforms() -> list[str]:
    """What an electrode takes unless its maker says otherwise."""
    return ["dc", "pulsed"]


class ElectrodeType(models.Model):
    """An electrode as bought: area that works, limits of density, rating.

    `area_mm2` is what touches skin or drug: the conductive area of a pad, the
    skin that a tray wets, the mouth of a cup; never foil or tray. `size_mm2` is
    the whole plate. `rating_nc` is the largest charge that the pad buffers, None
    when unlimited. `waveforms` are those that its maker allows.
    """

    class Kind(models.TextChoices):
        PAD = "pad", "Pad"
        TRAY = "tray", "Tray"
        POCKET = "pocket", "Sponge pocket"
        PATCH = "patch", "Worn patch"
        CAVITY = "cavity", "Cavity electrode"
        CUP = "cup", "Cup or bath"

    class Material(models.TextChoices):
        METAL = "metal", "Metal"
        RUBBER = "rubber", "Conductive rubber"
        CARBON = "carbon", "Carbon"
        SILVER = "ag_agcl", "Ag/AgCl"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    material = models.CharField(
        max_length=10, choices=Material, default=Material.RUBBER
    )
    area_mm2 = models.PositiveIntegerField()
    size_mm2 = models.PositiveIntegerField(null=True, blank=True)
    anode_limit_ua_cm2 = models.PositiveIntegerField()
    cathode_limit_ua_cm2 = models.PositiveIntegerField()
    rating_nc = models.BigIntegerField(null=True, blank=True)
    waveforms = models.JSONField(default=both_waveforms)
    is_buffered = models.BooleanField(default=False)
    is_reusable = models.BooleanField(default=False)
    decontamination = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_reusable=False) | ~models.Q(decontamination=""),
                name="reusable_electrode_is_cleaned",
            ),
            models.CheckConstraint(
                condition=models.Q(area_mm2__gt=0), name="electrode_has_area"
            ),
        ]
        triggers: ClassVar[list[object]] = [
            pgtrigger.Protect(name="in_use_forever", operation=pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.name
