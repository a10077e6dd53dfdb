"""Home devices, their loans, and lines of a diary."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from devices.core.reading import MAX_UA
from sessions_app.api.doses import DoseOut
from sessions_app.models import HomeDevice, Loan
from sessions_app.services.diaries import Entry, diary_enter

DAY_MS = 86_400_000


class HomeDeviceOut(serializers.ModelSerializer[HomeDevice]):
    class Meta:
        model = HomeDevice
        fields = (
            "id",
            "site",
            "asset",
            "serial",
            "model",
            "max_ua",
            "service_due_on",
            "recalled_at",
            "recall_reason",
        )


class LoanOut(serializers.ModelSerializer[Loan]):
    return_check = serializers.DictField()

    class Meta:
        model = Loan
        exclude = ("returned_to",)


class DiaryIn(serializers.Serializer[Mapping[str, Any]]):
    """What the borrower wrote; without `counter_nc` the caps of the loan bound it."""

    happened_at = serializers.DateTimeField()
    flow_ms = serializers.IntegerField(min_value=1, max_value=DAY_MS)
    ua = serializers.IntegerField(
        min_value=0, max_value=MAX_UA, allow_null=True, default=None
    )
    counter_nc = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    skin = serializers.CharField(max_length=300)


class HomeDeviceList(SiteScoped[HomeDevice], ListAPIView[HomeDevice]):
    """Home devices by asset number."""

    queryset = HomeDevice.objects.all()
    serializer_class = HomeDeviceOut
    reads = "loan.view"
    ordered_by = ("asset", "pk")


class Loans(SiteScoped[Loan]):
    queryset = Loan.objects.select_related("device__site")
    serializer_class = LoanOut
    reads = "loan.view"
    site_field = "device__site"
    ordered_by = ("-out_on", "-pk")


class LoanList(Loans, ListAPIView[Loan]):
    """Loans, the newest first."""


class LoanDetail(Loans, RetrieveAPIView[Loan]):
    """One loan with its caps and what was found on return."""


class Diary(Loans):
    """A line of the diary becomes a session delivered at home."""

    does = "delivery.enter"

    @extend_schema(request=DiaryIn, responses={201: DoseOut})
    def post(self, request: Request, pk: Any) -> Response:
        loan = self.subject()
        entry = Entry(**self.body(DiaryIn))
        dose = diary_enter(loan=loan, entry=entry, by=self.staff)
        return Response(DoseOut(dose).data, status=201)
