"""What was meant: protocols, prescriptions, sessions, checks, doses, harm, loans."""

from sessions_app.models.catalogue import ElectrodeType, Protocol, ProtocolAdoption
from sessions_app.models.checks import PreCheck, PrescriberRequest, VisitPeople
from sessions_app.models.delivery import (
    Delivery,
    HomeDevice,
    Loan,
    PoleConfirmation,
)
from sessions_app.models.dose import DoseRecord
from sessions_app.models.harm import AdverseEvent, Incident, SkinCheck, Task
from sessions_app.models.lots import Lot, LotUse
from sessions_app.models.prescribing import Prescription, PrescriptionLeg
from sessions_app.models.session import Leg, LegRun, SessionEvent, TreatmentSession

__all__ = [
    "AdverseEvent",
    "Delivery",
    "DoseRecord",
    "ElectrodeType",
    "HomeDevice",
    "Incident",
    "Leg",
    "LegRun",
    "Loan",
    "Lot",
    "LotUse",
    "PoleConfirmation",
    "PreCheck",
    "PrescriberRequest",
    "Prescription",
    "PrescriptionLeg",
    "Protocol",
    "ProtocolAdoption",
    "SessionEvent",
    "SkinCheck",
    "Task",
    "TreatmentSession",
    "VisitPeople",
]
