"""What was meant: protocols, prescriptions, courses, sessions, doses, outcomes."""

from sessions_app.models.catalogue import ElectrodeType, Protocol, ProtocolAdoption
from sessions_app.models.checks import PreCheck, PrescriberRequest, VisitPeople
from sessions_app.models.course import (
    Closure,
    Course,
    CourseEvent,
    Ladder,
    Proposal,
)
from sessions_app.models.delivery import (
    Delivery,
    HomeDevice,
    Loan,
    PoleConfirmation,
)
from sessions_app.models.dose import DoseRecord
from sessions_app.models.harm import AdverseEvent, Incident, SkinCheck, Task
from sessions_app.models.lots import Lot, LotUse
from sessions_app.models.outcome import (
    AdjunctDone,
    AttendedTime,
    Collection,
    Interpretation,
    LabResult,
    Measurement,
)
from sessions_app.models.prescribing import Prescription, PrescriptionLeg
from sessions_app.models.session import Leg, LegRun, SessionEvent, TreatmentSession

__all__ = [
    "AdjunctDone",
    "AdverseEvent",
    "AttendedTime",
    "Closure",
    "Collection",
    "Course",
    "CourseEvent",
    "Delivery",
    "DoseRecord",
    "ElectrodeType",
    "HomeDevice",
    "Incident",
    "Interpretation",
    "LabResult",
    "Ladder",
    "Leg",
    "LegRun",
    "Loan",
    "Lot",
    "LotUse",
    "Measurement",
    "PoleConfirmation",
    "PreCheck",
    "PrescriberRequest",
    "Prescription",
    "PrescriptionLeg",
    "Proposal",
    "Protocol",
    "ProtocolAdoption",
    "SessionEvent",
    "SkinCheck",
    "Task",
    "TreatmentSession",
    "VisitPeople",
]
