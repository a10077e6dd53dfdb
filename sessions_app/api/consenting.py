"""Consents to a course, and dated facts of a patient."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from clinic.models import Consent, ConsentKind, Patient, PatientFact, Staff
from clinic.services.consent import Giving
from clinic.services.facts import fact_end
from sessions_app.api.serializers import BLANK, ReasonIn
from sessions_app.models import Prescription
from sessions_app.services.consenting import (
    course_consent,
    course_consent_withdraw,
    patient_fact_record,
)

Body = serializers.Serializer[Mapping[str, Any]]


class ConsentOut(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        exclude = ("site",)


class ConsentIn(Body):
    prescription = serializers.UUIDField()
    kind = serializers.ChoiceField(ConsentKind.choices)
    text_version = serializers.IntegerField(help_text="The version that was read.")
    given_by = serializers.ChoiceField(Consent.By.choices)
    giver_name = serializers.CharField(max_length=120, default="", **BLANK)
    relation = serializers.CharField(max_length=60, default="", **BLANK)
    evidence = serializers.CharField(max_length=200, default="", **BLANK)
    judged_by = serializers.UUIDField(allow_null=True, default=None)


class FactOut(serializers.ModelSerializer[PatientFact]):
    class Meta:
        model = PatientFact
        exclude = ("site",)


class FactIn(Body):
    patient = serializers.UUIDField()
    kind = serializers.ChoiceField(PatientFact.Kind.choices)
    says = serializers.CharField(max_length=200, **BLANK)
    dated_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True, default=None)


class Consents(SiteScoped[Consent]):
    queryset = Consent.objects.all()
    serializer_class = ConsentOut
    reads = "patient.view"
    does = "consent.record"


class ConsentList(Consents, ListAPIView[Consent]):
    """Consents, the newest first."""

    ordered_by = ("-at", "pk")
    filterset_fields = ("patient", "course", "kind")

    @extend_schema(request=ConsentIn, responses={201: ConsentOut})
    def post(self, request: Request) -> Response:
        """Record that consent was given to a course."""
        sites = self.sites_for("consent.record")
        body = dict(self.body(ConsentIn))
        orders = Prescription.objects.filter(site__in=sites)
        order = named(orders, "prescription", body.pop("prescription"))
        judges = Staff.objects.filter(memberships__site=order.site_id).distinct()
        judge = body.pop("judged_by")
        row = course_consent(
            order=order,
            by=self.staff,
            kind=body.pop("kind"),
            text_version=body.pop("text_version"),
            giving=Giving(
                judged_by=named(judges, "judged_by", judge) if judge else None, **body
            ),
        )
        return Response(ConsentOut(row).data, status=201)


class Withdraw(Consents):
    """Withdraw a consent: the course is not treated on until another is given."""

    @extend_schema(request=ReasonIn, responses=ConsentOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = self.subject()
        course_consent_withdraw(consent=row, by=self.staff, **self.body(ReasonIn))
        row.refresh_from_db()
        return Response(ConsentOut(row).data)


class Facts(SiteScoped[PatientFact]):
    queryset = PatientFact.objects.all()
    serializer_class = FactOut
    reads = "patient.view"
    does = "session.treat"


class FactList(Facts, ListAPIView[PatientFact]):
    """Dated facts of patients, the newest first."""

    ordered_by = ("-dated_on", "-pk")
    filterset_fields = ("patient", "kind")

    @extend_schema(request=FactIn, responses={201: FactOut})
    def post(self, request: Request) -> Response:
        """Record a fact with the day that it is from."""
        body = dict(self.body(FactIn))
        patients = Patient.objects.filter(site__in=self.sites_for("session.treat"))
        patient = named(patients, "patient", body.pop("patient"))
        row = patient_fact_record(patient=patient, by=self.staff, **body)
        return Response(FactOut(row).data, status=201)


class EndFact(Facts):
    """End a fact: from now on it spares nothing."""

    @extend_schema(request=None, responses=FactOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = self.subject()
        fact_end(fact=row, by=self.staff)
        row.refresh_from_db()
        return Response(FactOut(row).data)
