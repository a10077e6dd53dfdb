"""Prescriptions: written, signed, stopped."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from clinic.models import Patient
from sessions_app.api import filters, serializers
from sessions_app.models import Prescription, ProtocolAdoption
from sessions_app.services import prescribing


class Prescriptions(SiteScoped[Prescription]):
    queryset = Prescription.objects.select_related(
        "adoption__protocol", "patient", "site"
    )
    reads = "prescription.view"
    ordered_by = ("-written_at", "-pk")


class PrescriptionList(Prescriptions, ListAPIView[Prescription]):
    """Prescriptions, the newest first."""

    serializer_class = serializers.PrescriptionRow
    filterset_class = filters.PrescriptionFilter

    @extend_schema(
        request=serializers.PrescriptionIn,
        responses={201: serializers.PrescriptionOut},
    )
    def post(self, request: Request) -> Response:
        """Write a draft; every leg is checked against every limit known now."""
        sites = self.sites_for("prescription.write")
        body = dict(self.body(serializers.PrescriptionIn))
        patients = Patient.objects.filter(site__in=sites).select_related("site")
        adoptions = ProtocolAdoption.objects.filter(site__in=sites)
        replaces = body.pop("replaces")
        order = prescribing.prescription_write(
            patient=named(patients, "patient", body.pop("patient")),
            adoption=named(adoptions, "adoption", body.pop("adoption")),
            legs=[prescribing.LegOrder(**leg) for leg in body.pop("legs")],
            replaces=named(self.get_queryset(), "replaces", replaces)
            if replaces
            else None,
            by=self.staff,
            **body,
        )
        return Response(serializers.PrescriptionOut(order).data, status=201)


class PrescriptionDetail(Prescriptions, RetrieveAPIView[Prescription]):
    """One version of a prescription with its legs."""

    queryset = Prescriptions.queryset.prefetch_related("legs")
    serializer_class = serializers.PrescriptionOut


class Sign(Prescriptions):
    """Sign a draft: from now on it is replaced, never changed."""

    does = "prescription.sign"

    @extend_schema(request=None, responses=serializers.PrescriptionOut)
    def post(self, request: Request, pk: Any) -> Response:
        order = prescribing.prescription_sign(
            prescription=self.subject(), by=self.staff
        )
        return Response(serializers.PrescriptionOut(order).data)


class Stop(Prescriptions):
    """Stop a prescription: no session may be prepared by it any more."""

    does = "prescription.sign"

    @extend_schema(request=serializers.ReasonIn, responses=serializers.PrescriptionOut)
    def post(self, request: Request, pk: Any) -> Response:
        order = self.subject()
        body = self.body(serializers.ReasonIn)
        prescribing.prescription_stop(prescription=order, by=self.staff, **body)
        order.refresh_from_db()
        return Response(serializers.PrescriptionOut(order).data)
