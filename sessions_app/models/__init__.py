"""What was meant: protocols, prescriptions, sessions, doses."""

from sessions_app.models.catalogue import ElectrodeType, Protocol, ProtocolAdoption
from sessions_app.models.dose import DoseRecord
from sessions_app.models.prescribing import Prescription, PrescriptionLeg
from sessions_app.models.session import Leg, LegRun, SessionEvent, TreatmentSession

__all__ = [
    "DoseRecord",
    "ElectrodeType",
    "Leg",
    "LegRun",
    "Prescription",
    "PrescriptionLeg",
    "Protocol",
    "ProtocolAdoption",
    "SessionEvent",
    "TreatmentSession",
]
