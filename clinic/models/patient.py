import datetime as dt
import uuid
from typing import ClassVar

from django.db import models

from clinic.models.protection import FIXED_IS_SIMULATED
from clinic.models.site import Site
from clinic.quantities import age_on


class Patient(models.Model):
    """A person treated at a site.

    `allergies` is None while not recorded, an empty list when there are none
    known. `contraindications` are free entries shown on every page.
    """

    class Gender(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Not specified"
        UNKNOWN = "unknown", "Not known"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    title = models.CharField(max_length=20, blank=True)
    preferred_name = models.CharField(max_length=80, blank=True)
    born_on = models.DateField()
    gender = models.CharField(max_length=10, choices=Gender, default=Gender.UNKNOWN)
    mrn = models.CharField("MRN", max_length=20)
    nhs_number = models.CharField("NHS number", max_length=10, blank=True)
    allergies = models.JSONField(null=True, blank=True, default=None)
    contraindications = models.JSONField(default=list, blank=True)
    is_simulated = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["family_name", "given_name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "mrn"], name="mrn_per_site"),
            # What the composite foreign key of a run points at.
            models.UniqueConstraint(
                fields=["id", "is_simulated"], name="patient_is_simulated"
            ),
        ]
        triggers: ClassVar[list[object]] = [FIXED_IS_SIMULATED]

    def __str__(self) -> str:
        return self.banner_name

    @property
    def banner_name(self) -> str:
        """`KHAN, Amina (Ms)`, as a banner shows it."""
        title = f" ({self.title})" if self.title else ""
        return f"{self.family_name.upper()}, {self.given_name}{title}"

    def age_on(self, day: dt.date) -> int:
        """Age in whole years on a calendar day."""
        return age_on(self.born_on, day)
