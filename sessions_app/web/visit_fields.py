"""The small forms beside the check-in: not come, called off, moved."""

from typing import Any

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from sessions_app.models import TreatmentSession
from sessions_app.services.course_gate import require_treats
from sessions_app.services.visits import Whose

WHOSE = (
    (Whose.PATIENT.value, "The patient, in time"),
    (Whose.PATIENT_LATE.value, "The patient, too late"),
    (Whose.CLINIC.value, "The clinic"),
)


def visit_fields(session: TreatmentSession) -> dict[str, Any]:
    """What the small forms beside the check-in show."""
    return {
        "waits": waits_because(session),
        "whose": WHOSE,
        "is_due": session.due_on <= site_day(session.site),
        "visit_form": "",
        "visit_typed": {
            "due_on": session.due_on.isoformat(),
            "due_at": f"{session.due_at:%H:%M}" if session.due_at else "",
        },
    }


def waits_because(session: TreatmentSession) -> str:
    """Why no place of the visit would be prepared today; empty when one would."""
    told = []
    for leg in session.legs.select_related("prescribed"):
        try:
            require_treats(
                session.prescription, [leg.prescribed], site_day(session.site)
            )
        except Refusal as refusal:
            told.append(refusal.text)
        else:
            return ""
    return " ".join(told)
