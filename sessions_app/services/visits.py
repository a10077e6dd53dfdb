"""Planned visits that do not take place, or take place on another day."""

import datetime as dt
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PrescriptionLeg, SessionEvent, TreatmentSession
from sessions_app.services.closures import require_open_day
from sessions_app.services.course_gate import require_treats
from sessions_app.services.evaluating import refuse
from sessions_app.services.proposing import course_touched
from sessions_app.services.scheduling import require_open
from sessions_app.services.transitions import session_transition
from sessions_app.services.weighing import session_weigh

S = SessionState
REASON_CHARS = 200


class Whose(StrEnum):
    """Who called a visit off; only a late call of the patient counts as missed."""

    PATIENT = "patient"
    PATIENT_LATE = "patient_late"
    CLINIC = "clinic"


def session_no_show(*, session: TreatmentSession, by: Staff, version: int) -> None:
    """The patient did not come; no session of the course is used up.

    Raises Refusal before the day of the visit, Conflict when it is no longer planned.
    """
    require(by, "session.treat", session.site)
    today = site_day(session.site)
    if session.due_on > today:
        raise Refusal(
            "not_due",
            f"The visit is on {session.due_on:%d-%b-%Y}, today is {today:%d-%b-%Y}; "
            "cancel it instead.",
        )
    _end(session, S.NO_SHOW, by, version, {})


def session_cancel(
    *,
    session: TreatmentSession,
    by: Staff,
    version: int,
    reason: str,
    whose: Whose | str,
) -> None:
    """Call a planned visit off; who did is kept with the reason.

    Raises Refusal without a reason or for an unknown `whose`, Conflict when the
    visit is no longer planned.
    """
    require(by, "session.treat", session.site)
    told = _reason(reason)
    if whose not in list(Whose):
        raise Refusal("whose", "Say who called the visit off.", field="whose")
    _end(session, S.CANCELLED, by, version, {"reason": told, "whose": str(whose)})


def session_move(
    *,
    session: TreatmentSession,
    by: Staff,
    version: int,
    due_on: dt.date,
    due_at: dt.time | None,
    reason: str = "",
) -> None:
    """Put a planned visit on another day or time, weighed as a new one would be.

    Raises Refusal for a past day, a closure, an order that is not open then, a place
    whose course waits, and each limit as it will be that day; Conflict when the
    visit is no longer planned.
    """
    require(by, "session.treat", session.site)
    if due_on < site_day(session.site):
        raise Refusal(
            "past_day",
            f"{due_on:%d-%b-%Y} is past; choose today or a later day.",
            field="due_on",
        )
    require_open_day(session.site, due_on)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
        row = _planned(session, version)
        require_open(row.prescription, due_on)
        before = {"due_on": row.due_on.isoformat(), "due_at": _clock(row.due_at)}
        row.due_on, row.due_at = due_on, due_at
        legs = _prescribed(row)
        require_treats(row.prescription, legs, due_on)
        refuse(session_weigh(session=row, legs=legs))
        TreatmentSession.objects.filter(pk=row.pk).update(
            due_on=due_on, due_at=due_at, version=F("version") + 1
        )
        after = {"due_on": due_on.isoformat(), "due_at": _clock(due_at)}
        said = {"moved": {"from": before, "to": after}, "reason": reason.strip()}
        SessionEvent.objects.create(
            session=row, from_state=row.state, to_state=row.state, staff=by, data=said
        )
        audit_record(
            action="session.move", subject=row, by=by, site=row.site, data=said
        )
    session.refresh_from_db()


def _end(
    session: TreatmentSession,
    target: SessionState,
    by: Staff,
    version: int,
    data: dict[str, str],
) -> None:
    with transaction.atomic():
        session_transition(
            session=session,
            sources=(S.PLANNED,),
            target=target,
            by=by,
            version=version,
            columns={"not_treated_reason": data.get("reason", "")},
            data=data,
        )
        course_touched(number=session.prescription.number)


def _reason(text: str) -> str:
    told = text.strip()
    if not told or len(told) > REASON_CHARS:
        raise Refusal(
            "no_reason",
            f"Say why, in at most {REASON_CHARS} characters.",
            field="reason",
        )
    return told


def _planned(session: TreatmentSession, version: int) -> TreatmentSession:
    row = (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("prescription__adoption__protocol", "prescription__site")
        .select_related("patient__site", "site")
        .get(pk=session.pk)
    )
    if row.version != version:
        raise Conflict(
            "stale_page",
            f"This page shows version {version}, the session is at {row.version}: "
            "someone changed it. Reload the page and look again.",
        )
    if row.state != S.PLANNED.value:
        raise Conflict(
            "wrong_state", f"The session is {row.state}; only a planned one is moved."
        )
    return row


def _prescribed(session: TreatmentSession) -> list[PrescriptionLeg]:
    legs = session.legs.select_related(
        "prescribed__active_electrode", "prescribed__return_electrode"
    )
    return [leg.prescribed for leg in legs]


def _clock(time: dt.time | None) -> str | None:
    return None if time is None else time.isoformat("minutes")
