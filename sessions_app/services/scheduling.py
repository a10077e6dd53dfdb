"""Sessions of a prescription, as rows on a day."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Max

from clinic.errors import Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    Leg,
    Prescription,
    PrescriptionLeg,
    TreatmentSession,
)
from sessions_app.selectors.courses import place_key
from sessions_app.selectors.prescribing import (
    course_sessions,
    sessions_pending,
    sessions_used,
    successor_of,
)
from sessions_app.services.closures import require_open_day
from sessions_app.services.course_gate import require_treats
from sessions_app.services.evaluating import refuse
from sessions_app.services.weighing import session_weigh


def session_schedule(
    *,
    prescription: Prescription,
    due_on: dt.date,
    by: Staff,
    due_at: dt.time | None = None,
    places: Collection[str] | None = None,
) -> TreatmentSession:
    """Put the next session of a signed prescription on a day, with its legs.

    `places` are those treated then, by `place_key`; None for all. Raises Refusal
    when the prescription is not open on that day, when all its sessions stand
    already, where the course waits or is over, on a day on which the site is
    closed, and for each limit as it will be that day: the age, the gap since the
    last treatment, with the earliest day, the drug's exposure.
    """
    require(by, "session.treat", prescription.site)
    require_open_day(prescription.site, due_on)
    with transaction.atomic():
        # One by one, so that two sessions never miss each other's gap.
        Patient.objects.select_for_update(no_key=True).get(pk=prescription.patient_id)
        order = Prescription.objects.select_for_update().get(pk=prescription.pk)
        require_open(order, due_on)
        _require_left(order)
        rows = order.legs.select_related("active_electrode", "return_electrode")
        legs = [leg for leg in rows if places is None or place_key(leg) in places]
        require_treats(order, legs, due_on)
        session = _next_session(order, due_on, due_at)
        refuse(session_weigh(session=session, legs=legs))
        session.save()
        _legs_create(session, legs)
        audit_record(action="session.schedule", subject=session, by=by, site=order.site)
    return session


def _require_left(order: Prescription) -> None:
    stand = sessions_used(order.number) + sessions_pending(order.number)
    if stand >= order.sessions_planned:
        raise Refusal(
            "course_full",
            f"{stand} of {order.sessions_planned} sessions stand already; "
            "have the prescription revised for more.",
        )


def _next_session(
    order: Prescription, due_on: dt.date, due_at: dt.time | None
) -> TreatmentSession:
    """The next session of the course, not saved."""
    newest = course_sessions(order.number).aggregate(newest=Max("number"))["newest"]
    return TreatmentSession(
        site=order.site,
        patient=order.patient,
        prescription=order,
        number=(newest or 0) + 1,
        due_on=due_on,
        due_at=due_at,
        is_simulated=order.patient.is_simulated,
    )


def _legs_create(session: TreatmentSession, legs: Sequence[PrescriptionLeg]) -> None:
    for leg in legs:
        Leg.objects.create(session=session, order=leg.order, prescribed=leg)


def sessions_carry(*, old: Prescription, new: Prescription, by: Staff) -> int:
    """Move the planned sessions of a replaced version to the one that replaces it.

    Those that the new one does not reach, by its number of sessions or its expiry,
    stay, and are refused at check-in. Returns how many moved.
    """
    legs = list(new.legs.all())
    rows = old.sessions.select_for_update().filter(
        state=SessionState.PLANNED.value, due_on__lte=new.expires_on
    )
    room = new.sessions_planned - sessions_used(new.number)
    moved = list(rows.order_by("number")[: max(room, 0)])
    for session in moved:
        session.legs.all().delete()
        session.prescription = new
        session.version += 1
        session.save(update_fields=["prescription", "version"])
        _legs_create(session, legs)
        audit_record(
            action="session.carry",
            subject=session,
            by=by,
            site=new.site,
            data={"from": str(old.pk), "to": str(new.pk)},
        )
    return len(moved)


def require_open(order: Prescription, day: dt.date) -> None:
    """Raise Refusal unless the prescription is signed, runs, and is not expired."""
    if order.signed_at is None:
        raise Refusal(
            "not_signed", "The prescription is not signed; ask the prescriber to sign."
        )
    if order.stopped_at is not None:
        raise Refusal("stopped", f"The prescription was stopped: {order.stop_reason}.")
    newer = successor_of(order)
    if newer is not None:
        raise Refusal(
            "replaced",
            f"The prescription was replaced by version {newer.version}: schedule anew.",
        )
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
