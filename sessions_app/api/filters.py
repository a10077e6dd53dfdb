"""Filters that never say whether another site's row exists."""

import django_filters as filters

from sessions_app.models import (
    DoseRecord,
    Prescription,
    Protocol,
    ProtocolAdoption,
    TreatmentSession,
)


class ProtocolFilter(filters.FilterSet):
    class Meta:
        model = Protocol
        fields = ("code", "version")


class AdoptionFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    protocol = filters.NumberFilter("protocol_id")
    code = filters.CharFilter("protocol__code")
    withdrawn = filters.BooleanFilter("withdrawn_at", "isnull", exclude=True)

    class Meta:
        model = ProtocolAdoption
        fields = ("site", "protocol")


class PrescriptionFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    patient = filters.UUIDFilter("patient_id")
    signed = filters.BooleanFilter("signed_at", "isnull", exclude=True)
    stopped = filters.BooleanFilter("stopped_at", "isnull", exclude=True)

    class Meta:
        model = Prescription
        fields = ("site", "patient", "number")


class SessionFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    patient = filters.UUIDFilter("patient_id")
    prescription = filters.UUIDFilter("prescription_id")
    due_from = filters.DateFilter("due_on", "gte")
    due_to = filters.DateFilter("due_on", "lte")

    class Meta:
        model = TreatmentSession
        fields = ("site", "patient", "prescription", "state", "due_on")


class DoseFilter(filters.FilterSet):
    patient = filters.UUIDFilter("leg__session__patient_id")
    session = filters.UUIDFilter("leg__session_id")
    run = filters.UUIDFilter("run_id")
    valid = filters.BooleanFilter(
        "superseded_by", "isnull", label="Not replaced by a correction"
    )

    class Meta:
        model = DoseRecord
        fields = ("patient", "session", "run", "evidence", "completeness")
