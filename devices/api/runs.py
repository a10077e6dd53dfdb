"""Runs: their rows, events, newest figures and samples."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from devices.api import serializers
from devices.api.csv import CsvRenderer
from devices.api.filters import RunFilter
from devices.core.reading import Reading
from devices.models import Run, RunCommand, RunEvent
from devices.selectors.live import live_figures
from devices.selectors.trace import chart, run_columns

BUCKETS, MAX_BUCKETS = 600, 5000


class Runs(SiteScoped[Run]):
    queryset = Run.objects.all()
    reads = "run.view"
    ordered_by = ("-created_at", "-pk")


class RunList(Runs, ListAPIView[Run]):
    """Runs, the newest first."""

    serializer_class = serializers.RunRow
    filterset_class = RunFilter


class RunDetail(Runs, RetrieveAPIView[Run]):
    """One run with its programme and channels."""

    queryset = Run.objects.prefetch_related("channels")
    serializer_class = serializers.RunOut


class RunEvents(SiteScoped[RunEvent], ListAPIView[RunEvent]):
    """What happened to a run, in the order in which it was written."""

    queryset = RunEvent.objects.all()
    serializer_class = serializers.EventOut
    reads = "run.view"
    site_field = "run__site"
    ordered_by = ("pk",)
    filter_backends = ()

    def get_queryset(self) -> Any:
        runs = Run.objects.filter(site__in=self.sites)
        run = get_object_or_404(runs, pk=self.kwargs["pk"])
        return super().get_queryset().filter(run=run)


class RunCommandDetail(SiteScoped[RunCommand], RetrieveAPIView[RunCommand]):
    """What became of a press."""

    queryset = RunCommand.objects.all()
    serializer_class = serializers.CommandOut
    reads = "run.view"
    site_field = "run__site"
    lookup_url_kwarg = "command_id"

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(run=self.kwargs["pk"])


class RunLiveDetail(Runs):
    """The newest figures of a run, as the console shows them."""

    queryset = Run.objects.select_related("live")

    @extend_schema(responses=serializers.LiveOut)
    def get(self, request: Request, pk: Any) -> Response:
        figures = live_figures(self.get_object())
        return Response(serializers.LiveOut(figures).data)


class RunTrace(Runs):
    """The trace as a chart reads it: the extremes of equal spans, no spike lost."""

    queryset = Run.objects.select_related("stimulator")

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "buckets",
                int,
                description=f"Spans, 1 to {MAX_BUCKETS}; {BUCKETS} by default.",
            )
        ],
        responses=serializers.ChartOut,
    )
    def get(self, request: Request, pk: Any) -> Response:
        asked = serializers.BucketsIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(chart(self.get_object(), asked.validated_data["buckets"]))


class RunSamples(Runs):
    """Every stored sample of a run, as it was measured; `?format=csv` for CSV."""

    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(responses=serializers.SamplesOut)
    def get(self, request: Request, pk: Any) -> Response:
        run = self.get_object()
        return Response(
            {
                "run": run.pk,
                "is_simulated": run.is_simulated,
                "columns": Reading._fields,
                "samples": run_columns(run).readings(),
            }
        )
