"""Stimulators."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from devices.api.filters import StimulatorFilter
from devices.api.serializers import ServiceIn, StimulatorOut
from devices.models import Stimulator
from devices.services.fleet import stimulator_quarantine, stimulator_release


class Stimulators(SiteScoped[Stimulator]):
    queryset = Stimulator.objects.select_related("chair", "room")
    serializer_class = StimulatorOut
    filterset_class = StimulatorFilter
    reads = "stimulator.view"
    ordered_by = ("label", "pk")


class StimulatorList(Stimulators, ListAPIView[Stimulator]):
    """Stimulators, by label."""


class StimulatorDetail(Stimulators, RetrieveAPIView[Stimulator]):
    """One stimulator."""


class StimulatorService(SiteScoped[Stimulator]):
    """An engineer's act on a stimulator; answers with it as it then stands."""

    queryset = Stimulator.objects.select_related("chair", "room", "site")
    reads = "stimulator.view"
    does = "stimulator.service"

    def stand(self, stimulator: Stimulator) -> Response:
        stimulator.refresh_from_db()
        return Response(StimulatorOut(stimulator).data)


class Quarantine(StimulatorService):
    """Take a stimulator out of use; a run that is live on it goes on."""

    @extend_schema(request=ServiceIn, responses=StimulatorOut)
    def post(self, request: Request, pk: Any) -> Response:
        box = self.subject()
        body = self.body(ServiceIn)
        stimulator_quarantine(stimulator=box, by=self.staff, **body)
        return self.stand(box)


class Release(StimulatorService):
    """Give a stimulator back to use, with what was found and done."""

    @extend_schema(request=ServiceIn, responses=StimulatorOut)
    def post(self, request: Request, pk: Any) -> Response:
        box = self.subject()
        body = self.body(ServiceIn)
        stimulator_release(stimulator=box, by=self.staff, **body)
        return self.stand(box)
