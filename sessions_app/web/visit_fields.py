"""The small forms beside the check-in: not come, called off, moved."""

from typing import Any

from clinic.selectors.site_time import site_day
from sessions_app.models import TreatmentSession
from sessions_app.services.visits import Whose

WHOSE = (
    (Whose.PATIENT.value, "The patient, in time"),
    (Whose.PATIENT_LATE.value, "The patient, too late"),
    (Whose.CLINIC.value, "The clinic"),
)


def visit_fields(session: TreatmentSession) -> dict[str, Any]:
    """What the small forms beside the check-in show."""
    return {
        "whose": WHOSE,
        "is_due": session.due_on <= site_day(session.site),
        "visit_form": "",
        "visit_typed": {
            "due_on": session.due_on.isoformat(),
            "due_at": f"{session.due_at:%H:%M}" if session.due_at else "",
        },
    }
