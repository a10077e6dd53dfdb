"""Sessions of a prescription, as rows on a day."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from clinic.errors import Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.models import Leg, Prescription, TreatmentSession


def session_schedule(
    *,
    prescription: Prescription,
    due_on: dt.date,
    by: Staff,
    due_at: dt.time | None = None,
) -> TreatmentSession:
    """Put the next session of a signed prescription on a day, with its legs.

    Raises Refusal when the prescription is not signed, is stopped or expires
    before that day, or when all planned sessions stand already.
    """
    require(by, "session.treat", prescription.site)
    with transaction.atomic():
        order = Prescription.objects.select_for_update().get(pk=prescription.pk)
        require_open(order, due_on)
        newest = order.sessions.aggregate(newest=Max("number"))["newest"] or 0
        if newest >= order.sessions_planned:
            raise Refusal(
                "course_full",
                f"{newest} of {order.sessions_planned} sessions stand already; "
                "have the prescription revised for more.",
            )
        session = TreatmentSession.objects.create(
            site=order.site,
            patient=order.patient,
            prescription=order,
            number=newest + 1,
            due_on=due_on,
            due_at=due_at,
            is_simulated=order.patient.is_simulated,
        )
        for leg in order.legs.all():
            Leg.objects.create(session=session, order=leg.order, prescribed=leg)
        audit_record(action="session.schedule", subject=session, by=by, site=order.site)
    return session


def require_open(order: Prescription, day: dt.date) -> None:
    """Raise Refusal unless the prescription is signed, runs, and is not expired."""
    if order.signed_at is None:
        raise Refusal(
            "not_signed", "The prescription is not signed; ask the prescriber to sign."
        )
    if order.stopped_at is not None:
        raise Refusal("stopped", f"The prescription was stopped: {order.stop_reason}.")
    if day > order.expires_on:
        raise Refusal(
            "expired",
            f"The prescription expired on {order.expires_on:%d-%b-%Y}; ask the "
            "prescriber for a new version.",
        )
    if not order.adoption.in_force:
        raise Refusal(
            "not_adopted",
            f"{order.site.name} no longer treats by {order.adoption.protocol}; ask the "
            "prescriber for a new version.",
        )
