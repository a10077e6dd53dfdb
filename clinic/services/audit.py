"""The one way to write an audit row."""

from typing import Any

from clinic.models import AuditEntry, Site, Staff


def audit_record(
    *,
    action: str,
    subject: object,
    by: Staff | None,
    site: Site | None = None,
    process: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Record an act; call it inside the transaction of the act.

    `action` is dotted, for example `run.start`. `subject` is the row acted on.
    """
    return AuditEntry.objects.create(
        site=site,
        staff=by,
        process=process,
        action=action,
        subject=type(subject).__name__,
        subject_id=str(getattr(subject, "pk", subject)),
        data=data or {},
    )
