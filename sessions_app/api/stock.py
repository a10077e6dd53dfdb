"""Lots of drugs and electrodes."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from clinic.models import Site
from sessions_app.api.serializers import ReasonIn
from sessions_app.models import ElectrodeType, Lot
from sessions_app.services.lots import lot_recall, lot_register


class LotOut(serializers.ModelSerializer[Lot]):
    class Meta:
        model = Lot
        fields = (
            "id",
            "site",
            "drug",
            "electrode",
            "name",
            "concentration",
            "gtin",
            "number",
            "expires_on",
            "received_by",
            "received_at",
            "recalled_at",
            "recall_reason",
        )


class LotIn(serializers.Serializer[Mapping[str, Any]]):
    """Of a drug of the catalogue by its code, or of an electrode type."""

    site = serializers.UUIDField()
    drug = serializers.CharField(max_length=40, default="", allow_blank=True)
    electrode = serializers.PrimaryKeyRelatedField(
        queryset=ElectrodeType.objects.all(), allow_null=True, default=None
    )
    concentration = serializers.CharField(max_length=60, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=14, default="", allow_blank=True)
    number = serializers.CharField(max_length=20)
    expires_on = serializers.DateField()


class Lots(SiteScoped[Lot]):
    queryset = Lot.objects.all()
    serializer_class = LotOut
    reads = "lot.view"
    ordered_by = ("-received_at", "-pk")


class LotList(Lots, ListAPIView[Lot]):
    """Lots in stock, the newest first."""

    @extend_schema(request=LotIn, responses={201: LotOut})
    def post(self, request: Request) -> Response:
        """Take a lot into stock."""
        sites = Site.objects.filter(pk__in=self.sites_for("lot.edit"))
        body = dict(self.body(LotIn))
        site = named(sites, "site", body.pop("site"))
        lot = lot_register(site=site, by=self.staff, **body)
        return Response(LotOut(lot).data, status=201)


class LotDetail(Lots, RetrieveAPIView[Lot]):
    """One lot."""


class Recall(Lots):
    """Take a lot out of use."""

    does = "lot.edit"

    @extend_schema(request=ReasonIn, responses=LotOut)
    def post(self, request: Request, pk: Any) -> Response:
        lot = self.subject()
        lot_recall(lot=lot, by=self.staff, **self.body(ReasonIn))
        return Response(LotOut(lot).data)
