"""What must stand before a prescription is signed and before current may flow."""

import datetime as dt

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from sessions_app.models import PreCheck, Prescription, TreatmentSession
from sessions_app.selectors import checks


def require_consent(order: Prescription, day: dt.date) -> None:
    """Raise Refusal that names each consent that does not stand for a course."""
    missing = checks.consents_missing(order, day)
    if missing:
        raise Refusal(
            "no_consent",
            f"{' '.join(one.text for one in missing)} Ask for it on the page "
            "“Consent” of the patient, then go on.",
            missing=[{"kind": one.kind, "why": one.why} for one in missing],
        )


def require_people(session: TreatmentSession, day: dt.date) -> None:
    """Raise Refusal unless escort, interpreter and chaperone are as they must be."""
    gap = checks.people_gap(session, day)
    if gap is not None:
        field, text = gap
        raise Refusal("people", text, field=field)


def require_answers_of_today(session: TreatmentSession, day: dt.date) -> None:
    """Raise Refusal when the newest answers are from an earlier day."""
    rows = PreCheck.objects.filter(session=session, tier=PreCheck.Tier.VISIT)
    newest = rows.order_by("-id").first()
    if newest is None:
        return
    asked = site_day(session.site, newest.at)
    if asked != day:
        raise Refusal(
            "stale_answers",
            f"The questions of the visit were answered on {asked:%d-%b-%Y}, today is "
            f"{day:%d-%b-%Y}. Close this visit as not treated and book another.",
        )


def require_ready(session: TreatmentSession) -> None:
    """Everything of the day that a person must have seen to before current flows."""
    day = site_day(session.site)
    require_people(session, day)
    require_consent(session.prescription, day)
    require_answers_of_today(session, day)
