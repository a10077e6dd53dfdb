"""Stimulators."""

from rest_framework.generics import ListAPIView, RetrieveAPIView

from clinic.api.scope import SiteScoped
from devices.api.filters import StimulatorFilter
from devices.api.serializers import StimulatorOut
from devices.models import Stimulator


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
