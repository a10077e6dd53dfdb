import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from clinic.models.site import Site


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", "Administrator"
    PRESCRIBER = "prescriber", "Prescriber"
    CLINICIAN = "clinician", "Clinician"
    ENGINEER = "engineer", "Biomedical engineer"
    AUDITOR = "auditor", "Auditor"


class StaffManager(BaseUserManager["Staff"]):
    def create_user(
        self, email: str, password: str, name: str, **extra: Any
    ) -> "Staff":
        """Create a member of staff who signs in by e-mail."""
        staff = self.model(email=self.normalize_email(email), name=name, **extra)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """Someone who signs in. What they may do stands in their site memberships."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return self.name


class SiteMembership(models.Model):
    """One role of one person at one site."""

    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, related_name="memberships"
    )
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "site", "role"], name="membership_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff} · {self.role} · {self.site}"
