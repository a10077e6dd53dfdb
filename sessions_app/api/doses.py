"""Dose records: what was delivered, and how that is known."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView

from clinic.api.scope import SiteScoped
from clinic.quantities import ma_min_text
from sessions_app.api.filters import DoseFilter
from sessions_app.models import DoseRecord


class DoseOut(serializers.ModelSerializer[DoseRecord]):
    """Charges are nC; mA·min is electric charge, not a mass of drug."""

    session = serializers.UUIDField(source="leg.session_id", read_only=True)
    patient = serializers.UUIDField(source="leg.session.patient_id", read_only=True)
    is_simulated = serializers.BooleanField(
        source="leg.session.is_simulated", read_only=True
    )
    confirmed_ma_min = serializers.SerializerMethodField()
    credits = serializers.ListField(child=serializers.DictField(), read_only=True)
    swapped = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), read_only=True
    )

    class Meta:
        model = DoseRecord
        fields = (
            "id",
            "at",
            "session",
            "leg",
            "run",
            "delivery",
            "patient",
            "is_simulated",
            "supersedes",
            "recorded_by",
            "evidence",
            "basis",
            "prescribed_nc",
            "confirmed_nc",
            "confirmed_ma_min",
            "upper_nc",
            "red_anode_nc",
            "black_anode_nc",
            "credit_nc",
            "credits",
            "pole_evidence",
            "swapped",
            "is_estimate",
            "device_counter_nc",
            "counter_agrees",
            "planned_flow_ms",
            "flow_ms",
            "tolerated_ua",
            "completeness",
            "counts",
            "is_over",
            "reason",
        )

    @extend_schema_field(serializers.CharField())
    def get_confirmed_ma_min(self, row: DoseRecord) -> str:
        return ma_min_text(row.confirmed_nc)


class Doses(SiteScoped[DoseRecord]):
    queryset = DoseRecord.objects.select_related("run", "leg__session__site")
    serializer_class = DoseOut
    filterset_class = DoseFilter
    reads = "session.view"
    site_field = "leg__session__site"


class DoseList(Doses, ListAPIView[DoseRecord]):
    """Dose records, the newest first; a correction supersedes, nothing is changed."""


class DoseDetail(Doses, RetrieveAPIView[DoseRecord]):
    """One dose record."""
