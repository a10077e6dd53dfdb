"""Sites, people and acts: parse, authorise, call one service, render."""

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic.api import filters, serializers
from clinic.api.scope import SiteScoped, named
from clinic.models import AuditEntry, Chair, Patient, Room, Site, Staff
from clinic.services import patients


class Me(APIView):
    """The signed-in person: sites, roles, and what they allow."""

    @extend_schema(responses=serializers.MeOut)
    def get(self, request: Request) -> Response:
        staff = Staff.objects.prefetch_related("memberships__site").get(
            pk=request.user.pk
        )
        return Response(serializers.MeOut(staff).data)


class Sites(SiteScoped[Site]):
    queryset = Site.objects.all()
    serializer_class = serializers.SiteOut
    reads = "site.view"
    site_field = "pk"
    ordered_by = ("name", "pk")


class SiteList(Sites, ListAPIView[Site]):
    """The sites of the signed-in person."""


class SiteDetail(Sites, RetrieveAPIView[Site]):
    """One site."""


class Rooms(SiteScoped[Room]):
    queryset = Room.objects.all()
    serializer_class = serializers.RoomOut
    filterset_class = filters.RoomFilter
    reads = "site.view"
    ordered_by = ("name", "pk")


class RoomList(Rooms, ListAPIView[Room]):
    """Rooms."""


class RoomDetail(Rooms, RetrieveAPIView[Room]):
    """One room."""


class Chairs(SiteScoped[Chair]):
    queryset = Chair.objects.select_related("room")
    serializer_class = serializers.ChairOut
    filterset_class = filters.ChairFilter
    reads = "site.view"
    site_field = "room__site"
    ordered_by = ("name", "pk")


class ChairList(Chairs, ListAPIView[Chair]):
    """Places of treatment."""


class ChairDetail(Chairs, RetrieveAPIView[Chair]):
    """One place of treatment."""


class Patients(SiteScoped[Patient]):
    queryset = Patient.objects.all()
    serializer_class = serializers.PatientOut
    filterset_class = filters.PatientFilter
    reads = "patient.view"
    ordered_by = ("family_name", "given_name", "pk")


class PatientList(Patients, ListAPIView[Patient]):
    """Patients, by name."""

    @extend_schema(
        request=serializers.PatientIn, responses={201: serializers.PatientOut}
    )
    def post(self, request: Request) -> Response:
        """Register a patient; real or simulated for good."""
        sites = Site.objects.filter(pk__in=self.sites_for("patient.edit"))
        body = dict(self.body(serializers.PatientIn))
        patient = patients.patient_register(
            site=named(sites, "site", body.pop("site")),
            is_simulated=body.pop("is_simulated"),
            details=patients.PatientDetails(**body),
            by=self.staff,
        )
        return Response(serializers.PatientOut(patient).data, status=201)


class PatientDetail(Patients, RetrieveAPIView[Patient]):
    """One patient."""

    queryset = Patient.objects.select_related("site")
    does = "patient.edit"

    @extend_schema(request=serializers.CorrectIn, responses=serializers.PatientOut)
    def patch(self, request: Request, pk: Any) -> Response:
        """Correct details of a patient, from what was seen to what is right."""
        patient = self.subject()
        body = self.body(serializers.CorrectIn)
        corrected = patients.patient_correct(patient=patient, by=self.staff, **body)
        return Response(serializers.PatientOut(corrected).data)


class Acts(SiteScoped[AuditEntry]):
    queryset = AuditEntry.objects.all()
    serializer_class = serializers.AuditOut
    filterset_class = filters.AuditFilter
    reads = "audit.view"


class AuditList(Acts, ListAPIView[AuditEntry]):
    """Acts of people and processes, the newest first."""


class AuditDetail(Acts, RetrieveAPIView[AuditEntry]):
    """One act."""


class Nowhere(APIView):
    """An address that the API does not have."""

    schema: ClassVar[None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
