"""Prescriptions: checked, written, signed, stopped."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from clinic.models import Patient
from devices.models import Stimulator
from sessions_app.api import filters, serializers
from sessions_app.models import Prescription, ProtocolAdoption
from sessions_app.services import prescribing


class Prescriptions(SiteScoped[Prescription]):
    queryset = Prescription.objects.select_related(
        "adoption__protocol", "patient", "site"
    )
    reads = "prescription.view"
    ordered_by = ("-written_at", "-pk")


class Writing(Prescriptions):
    """Takes an order's body apart, inside the sites of the person."""

    def order(self) -> dict[str, Any]:
        """The arguments of `prescription_write` and `prescription_check`."""
        sites = self.sites_for("prescription.write")
        body = dict(self.body(serializers.PrescriptionIn))
        patients = Patient.objects.filter(site__in=sites).select_related("site")
        adoptions = ProtocolAdoption.objects.filter(site__in=sites)
        stimulators = Stimulator.objects.filter(site__in=sites)
        box, replaces = body.pop("stimulator"), body.pop("replaces")
        reasons = body.pop("overrides")
        return {
            **body,
            "patient": named(patients, "patient", body["patient"]),
            "adoption": named(adoptions, "adoption", body["adoption"]),
            "legs": [prescribing.LegOrder(**leg) for leg in body["legs"]],
            "overrides": {layer: {"reason": why} for layer, why in reasons.items()},
            "stimulator_profile": named(stimulators, "stimulator", box).profile
            if box
            else None,
            "replaces": named(self.get_queryset(), "replaces", replaces)
            if replaces
            else None,
            "by": self.staff,
        }


class PrescriptionList(Writing, ListAPIView[Prescription]):
    """Prescriptions, the newest first."""

    serializer_class = serializers.PrescriptionRow
    filterset_class = filters.PrescriptionFilter

    @extend_schema(
        request=serializers.PrescriptionIn,
        responses={201: serializers.PrescriptionOut},
    )
    def post(self, request: Request) -> Response:
        """Write a draft; every leg is checked against every limit known now."""
        order = prescribing.prescription_write(**self.order())
        return Response(serializers.PrescriptionOut(order).data, status=201)


class CheckOrder(Writing):
    """What writing would say, with every limit and its arithmetic."""

    does = "prescription.write"

    @extend_schema(request=serializers.PrescriptionIn, responses=serializers.WeighedOut)
    def post(self, request: Request) -> Response:
        """Nothing is written."""
        found, _ = prescribing.prescription_check(**self.order())
        faults = [asdict(fault) for fault in found.all_faults]
        return Response(
            {
                "allowed": not faults,
                "faults": faults,
                "legs": [leg.to_dict() for leg in found.legs],
            }
        )


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
