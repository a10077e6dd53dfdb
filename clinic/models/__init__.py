"""Who and where: sites, rooms, chairs, staff, patients, and the audit of acts."""

from clinic.models.audit import AuditEntry
from clinic.models.consent import Consent, ConsentKind, ConsentText, PatientFact
from clinic.models.patient import Patient
from clinic.models.site import Chair, Room, Site
from clinic.models.staff import Role, SiteMembership, Staff

__all__ = [
    "AuditEntry",
    "Chair",
    "Consent",
    "ConsentKind",
    "ConsentText",
    "Patient",
    "PatientFact",
    "Role",
    "Room",
    "Site",
    "SiteMembership",
    "Staff",
]
