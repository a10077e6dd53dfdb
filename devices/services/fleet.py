"""Stimulators out of use and back: a quarantine, and its release by an engineer."""

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from devices.models import Stimulator

REASON_CHARS = 200


def stimulator_quarantine(*, stimulator: Stimulator, reason: str, by: Staff) -> None:
    """Take a stimulator out of use; a run that is live on it goes on.

    Raises Refusal without a reason, Conflict when it is in quarantine already.
    """
    require(by, "stimulator.service", stimulator.site)
    why = _reason(reason, "why it is taken out of use")
    if not stimulator_take_out(stimulator=stimulator, reason=why, by=by):
        raise Conflict(
            "quarantined", f"{stimulator.label} is in quarantine already; reload."
        )


def stimulator_take_out(*, stimulator: Stimulator, reason: str, by: Staff) -> bool:
    """Quarantine after a harm, whoever recorded it; the reason of before stands.

    It follows from another act, whose permission stands for it. Returns whether
    this call took it out.
    """
    with transaction.atomic():
        taken = Stimulator.objects.filter(
            pk=stimulator.pk, quarantined_at__isnull=True
        ).update(quarantined_at=timezone.now(), quarantine_reason=reason[:REASON_CHARS])
        audit_record(
            action="stimulator.quarantine",
            subject=stimulator,
            by=by,
            site=stimulator.site,
            data={"reason": reason, "already": not taken},
        )
    return bool(taken)


def stimulator_release(*, stimulator: Stimulator, by: Staff, reason: str) -> None:
    """Give a stimulator back to use, with what was found and done.

    Raises Refusal without a reason, Conflict when it is in use already.
    """
    require(by, "stimulator.service", stimulator.site)
    why = _reason(reason, "what was found and done")
    with transaction.atomic():
        row = Stimulator.objects.select_for_update().get(pk=stimulator.pk)
        if row.quarantined_at is None:
            raise Conflict("not_quarantined", f"{row.label} is in use; reload.")
        was, row.quarantined_at, row.quarantine_reason = row.quarantine_reason, None, ""
        row.save(update_fields=["quarantined_at", "quarantine_reason"])
        audit_record(
            action="stimulator.release",
            subject=stimulator,
            by=by,
            site=stimulator.site,
            data={"reason": why, "quarantined_for": was},
        )


def _reason(text: str, what: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refusal("no_reason", f"Write {what}.", field="reason")
    if len(reason) > REASON_CHARS:
        raise Refusal(
            "reason_long",
            f"{len(reason)} characters; at most {REASON_CHARS}. Shorten it.",
            field="reason",
        )
    return reason
