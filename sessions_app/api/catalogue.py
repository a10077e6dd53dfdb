"""Electrode types, protocols, and their adoption by a site."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import Permitted, SiteScoped, named
from clinic.models import Site
from sessions_app.api import filters, serializers
from sessions_app.domain.adoption import Entered
from sessions_app.models import ElectrodeType, Protocol, ProtocolAdoption
from sessions_app.services.adopting import (
    adoption_second,
    adoption_withdraw,
    protocol_adopt,
)


class ElectrodeTypes(Permitted[ElectrodeType]):
    queryset = ElectrodeType.objects.all()
    serializer_class = serializers.ElectrodeTypeOut
    reads = "protocol.view"
    ordered_by = ("name", "pk")


class ElectrodeTypeList(ElectrodeTypes, ListAPIView[ElectrodeType]):
    """Electrode types with their limits."""


class ElectrodeTypeDetail(ElectrodeTypes, RetrieveAPIView[ElectrodeType]):
    """One electrode type."""


class Protocols(Permitted[Protocol]):
    queryset = Protocol.objects.all()
    serializer_class = serializers.ProtocolOut
    filterset_class = filters.ProtocolFilter
    reads = "protocol.view"
    ordered_by = ("code", "-version", "pk")


class ProtocolList(Protocols, ListAPIView[Protocol]):
    """The catalogue; a site may treat by what it has adopted."""


class ProtocolDetail(Protocols, RetrieveAPIView[Protocol]):
    """One version of a protocol."""


class Adopt(Protocols):
    """Sign that a site treats by this version of a protocol."""

    @extend_schema(request=serializers.AdoptIn, responses=serializers.AdoptionOut)
    def post(self, request: Request, pk: Any) -> Response:
        sites = Site.objects.filter(pk__in=self.sites_for("protocol.adopt"))
        protocol = self.get_object()
        body = self.body(serializers.AdoptIn)
        adoption = protocol_adopt(
            site=named(sites, "site", body["site"]),
            protocol=protocol,
            by=self.staff,
            entered={
                field: Entered(given["value"], given["source"])
                for field, given in body["entered"].items()
            },
            source=body["source"],
        )
        return Response(serializers.AdoptionOut(adoption).data)


class Adoptions(SiteScoped[ProtocolAdoption]):
    queryset = ProtocolAdoption.objects.select_related("protocol")
    serializer_class = serializers.AdoptionOut
    filterset_class = filters.AdoptionFilter
    reads = "protocol.view"


class AdoptionList(Adoptions, ListAPIView[ProtocolAdoption]):
    """Which versions of which protocols the sites treat by."""


class AdoptionDetail(Adoptions, RetrieveAPIView[ProtocolAdoption]):
    """One adoption."""


class Second(Adoptions):
    """Sign as the second prescriber: only now is a restricted path in force."""

    does = "protocol.adopt"

    @extend_schema(request=None, responses=serializers.AdoptionOut)
    def post(self, request: Request, pk: Any) -> Response:
        adoption = adoption_second(adoption=self.subject(), by=self.staff)
        return Response(serializers.AdoptionOut(adoption).data)


class Withdraw(Adoptions):
    """End an adoption; what was signed by it stays and is not scheduled any more."""

    does = "protocol.adopt"

    @extend_schema(request=serializers.ReasonIn, responses=serializers.AdoptionOut)
    def post(self, request: Request, pk: Any) -> Response:
        adoption = adoption_withdraw(
            adoption=self.subject(),
            by=self.staff,
            reason=self.body(serializers.ReasonIn)["reason"],
        )
        return Response(serializers.AdoptionOut(adoption).data)
