from typing import ClassVar

from django.db import models

from clinic.models.protection import append_only
from clinic.models.site import Site
from clinic.models.staff import Staff


class AuditEntry(models.Model):
    """One act of a person or a process, written in the act's own transaction."""

    at = models.DateTimeField(auto_now_add=True)
    site = models.ForeignKey(
        Site, null=True, on_delete=models.PROTECT, related_name="+"
    )
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    process = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject", "subject_id"], name="audit_subject"),
            models.Index(fields=["site", "at"], name="audit_site_at"),
        ]
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"{self.action} {self.subject} {self.subject_id}"
