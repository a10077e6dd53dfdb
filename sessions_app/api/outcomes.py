"""Results of outcome measures."""

from collections.abc import Mapping
from typing import Any

import django_filters as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from clinic.models import Patient
from sessions_app.api.serializers import BLANK
from sessions_app.models import Measurement, TreatmentSession
from sessions_app.services.outcomes import measurement_record


class MeasurementOut(serializers.ModelSerializer[Measurement]):
    is_simulated = serializers.BooleanField(
        source="patient.is_simulated", read_only=True
    )

    class Meta:
        model = Measurement
        fields = "__all__"


class MeasurementIn(serializers.Serializer[Mapping[str, Any]]):
    """`value` is a decimal text, exact, in `unit`. `course` is the number of a
    prescription; a correction names what it `supersedes`, with a `reason`."""

    patient = serializers.UUIDField()
    measure = serializers.CharField(max_length=20)
    value = serializers.CharField(max_length=20)
    unit = serializers.CharField(max_length=20)
    measured_on = serializers.DateField()
    session = serializers.UUIDField(allow_null=True, default=None)
    course = serializers.UUIDField(allow_null=True, default=None)
    place = serializers.CharField(max_length=60, default="", **BLANK)
    supersedes = serializers.UUIDField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=200, default="", **BLANK)


class MeasurementFilter(filters.FilterSet):
    valid = filters.BooleanFilter(
        "superseded_by", "isnull", label="Not replaced by a correction"
    )

    class Meta:
        model = Measurement
        fields = ("patient", "course", "session", "measure")


class MeasurementList(SiteScoped[Measurement], ListAPIView[Measurement]):
    """Results, the newest first; a corrected one is named by its successor."""

    queryset = Measurement.objects.select_related("patient")
    serializer_class = MeasurementOut
    filterset_class = MeasurementFilter
    reads = "course.view"
    ordered_by = ("-measured_on", "-at", "pk")

    @extend_schema(request=MeasurementIn, responses={201: MeasurementOut})
    def post(self, request: Request) -> Response:
        """Record one result, or the correction of one."""
        sites = self.sites_for("outcome.record")
        body = dict(self.body(MeasurementIn))
        patients = Patient.objects.filter(site__in=sites)
        patient = named(patients, "patient", body.pop("patient"))
        session, old = body.pop("session"), body.pop("supersedes")
        visits = TreatmentSession.objects.filter(patient=patient, site__in=sites)
        row = measurement_record(
            patient=patient,
            by=self.staff,
            session=named(visits, "session", session) if session else None,
            supersedes=named(patient.measurements.all(), "supersedes", old)
            if old
            else None,
            **body,
        )
        return Response(MeasurementOut(row).data, status=201)
