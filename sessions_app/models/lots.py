import datetime as dt
import uuid
from typing import ClassVar

from django.db import models

from clinic.models import Site, Staff
from clinic.models.protection import append_only
from sessions_app.models.catalogue import ElectrodeType
from sessions_app.models.session import Leg


class Lot(models.Model):
    """A batch of a drug or of an electrode type at a site.

    `drug` is a code of the drug table; exactly one of drug and electrode is set.
    `gtin` is the GS1 number of the article, empty where the label has none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="lots")
    drug = models.CharField(max_length=40, blank=True)
    electrode = models.ForeignKey(
        ElectrodeType,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lots",
    )
    name = models.CharField(max_length=120)
    concentration = models.CharField(max_length=60, blank=True)
    gtin = models.CharField("GTIN", max_length=14, blank=True)
    number = models.CharField("lot number", max_length=20)
    expires_on = models.DateField()
    received_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)
    recalled_at = models.DateTimeField(null=True, blank=True)
    recall_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["expires_on", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "drug", "electrode", "gtin", "number"],
                nulls_distinct=False,
                name="lot_once_per_site",
            ),
            models.CheckConstraint(
                condition=models.Q(drug="", electrode__isnull=False)
                | (~models.Q(drug="") & models.Q(electrode__isnull=True)),
                name="lot_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} lot {self.number}"

    def usable_on(self, day: dt.date) -> bool:
        """Neither expired nor recalled on a day."""
        return self.recalled_at is None and day <= self.expires_on


class LotUse(models.Model):
    """A lot that was put on a place of a session; never changed."""

    class Role(models.TextChoices):
        DRUG = "drug", "Drug"
        ACTIVE = "active", "Active electrode"
        RETURN = "return", "Return electrode"

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="lot_uses")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses")
    role = models.CharField(max_length=6, choices=Role)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.lot} as {self.role}"
