"""Dose records: what was delivered, and how that is known."""

from rest_framework.generics import ListAPIView, RetrieveAPIView

from clinic.api.scope import SiteScoped
from sessions_app.api.filters import DoseFilter
from sessions_app.api.serializers import DoseOut
from sessions_app.models import DoseRecord


class Doses(SiteScoped[DoseRecord]):
    queryset = DoseRecord.objects.select_related("run", "leg")
    serializer_class = DoseOut
    filterset_class = DoseFilter
    reads = "session.view"
    site_field = "run__site"


class DoseList(Doses, ListAPIView[DoseRecord]):
    """Dose records, the newest first; a correction supersedes, nothing is changed."""


class DoseDetail(Doses, RetrieveAPIView[DoseRecord]):
    """One dose record."""
