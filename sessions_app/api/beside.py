"""Steps beside the current, and attended minutes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.api.serializers import Body
from sessions_app.api.sessions import SessionAct
from sessions_app.models import AdjunctDone, AttendedTime
from sessions_app.selectors.attended import minutes_of
from sessions_app.services.adjuncts import adjunct_record
from sessions_app.services.attended import MOST_MIN, minutes_state


class AdjunctIn(Body):
    """`figures` by name in stored units: mw_cm2, khz, duty_permille, minutes."""

    place = serializers.IntegerField(
        min_value=1, help_text="Which step of the protocol."
    )
    done = serializers.BooleanField()
    figures = serializers.DictField(
        child=serializers.IntegerField(min_value=0), default=dict
    )
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class AdjunctOut(serializers.ModelSerializer[AdjunctDone]):
    class Meta:
        model = AdjunctDone
        fields = ("id", "session", "name", "done", "figures", "note", "by", "at")


class MinutesIn(Body):
    code = serializers.CharField(max_length=10)
    minutes = serializers.IntegerField(min_value=0, max_value=MOST_MIN)
    seen = serializers.IntegerField(
        allow_null=True, default=None, help_text="The statement that is corrected."
    )
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class StatedOut(serializers.ModelSerializer[AttendedTime]):
    class Meta:
        model = AttendedTime
        fields = (
            "id",
            "session",
            "code",
            "minutes",
            "from_acts",
            "reason",
            "by",
            "at",
            "supersedes",
        )


class MinutesOut(serializers.Serializer[Any]):
    """One code; `stated` is null until somebody answers for its minutes."""

    code = serializers.CharField(source="code.code")
    minutes = serializers.IntegerField()
    from_acts = serializers.IntegerField()
    stated = StatedOut(source="standing", allow_null=True)


class Adjuncts(SessionAct):
    """What was recorded of each step beside the current, the newest last."""

    @extend_schema(responses=AdjunctOut(many=True))
    def get(self, request: Request, pk: Any) -> Response:
        rows = self.get_object().adjuncts_done.order_by("id")
        return Response(AdjunctOut(rows, many=True).data)

    @extend_schema(request=AdjunctIn, responses={201: AdjunctOut})
    def post(self, request: Request, pk: Any) -> Response:
        """Record one step as done, or as not done and why."""
        session = self.subject()
        body = self.body(AdjunctIn)
        row = adjunct_record(session=session, by=self.staff, **body)
        return Response(AdjunctOut(row).data, status=201)


class Minutes(SessionAct):
    """Attended minutes of each timed code; nothing is sent to a payer."""

    reads = "billing.view"
    does = "billing.enter"

    @extend_schema(responses=MinutesOut(many=True))
    def get(self, request: Request, pk: Any) -> Response:
        return Response(MinutesOut(minutes_of(self.get_object()), many=True).data)

    @extend_schema(request=MinutesIn, responses={201: StatedOut})
    def post(self, request: Request, pk: Any) -> Response:
        """State the minutes of a code, or correct them with a reason."""
        session = self.subject()
        body = self.body(MinutesIn)
        row = minutes_state(session=session, by=self.staff, **body)
        return Response(StatedOut(row).data, status=201)
