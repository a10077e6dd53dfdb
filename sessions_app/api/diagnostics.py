"""Tests: what was collected at each place, what a laboratory found, what it means."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from sessions_app.api.serializers import SessionRow
from sessions_app.api.sessions import SessionAct
from sessions_app.domain.diagnostics import ContainerKind
from sessions_app.models import Collection, Interpretation, LabResult, Proposal
from sessions_app.services import collecting, repeats
from sessions_app.services.results import result_enter, session_interpret

Body = serializers.Serializer[Mapping[str, Any]]
MOST = 2_147_483_647


class ResultOut(serializers.ModelSerializer[LabResult]):
    """Chloride in thousandths of mmol/L; a correction names what it supersedes."""

    class Meta:
        model = LabResult
        fields = (
            "id",
            "collection",
            "chloride_milli",
            "laboratory",
            "method",
            "measured_on",
            "entered_by",
            "at",
            "supersedes",
        )


class CollectionOut(serializers.ModelSerializer[Collection]):
    """Sweat of one place: µL or mg in thousandths, and what it came to."""

    session = serializers.UUIDField(source="leg.session_id", read_only=True)
    results = ResultOut(many=True, read_only=True)

    class Meta:
        model = Collection
        fields = (
            "id",
            "session",
            "leg",
            "container",
            "started_at",
            "started_by",
            "limit_ms",
            "minimum_milli",
            "ended_at",
            "ended_by",
            "amount_milli",
            "result",
            "note",
            "label",
            "results",
        )


class InterpretationOut(serializers.ModelSerializer[Interpretation]):
    class Meta:
        model = Interpretation
        fields = ("id", "session", "text", "by", "at")


class LegIn(Body):
    leg = serializers.IntegerField(
        allow_null=True, default=None, help_text="The first leg when left out."
    )


class CollectIn(LegIn):
    container = serializers.ChoiceField([one.value for one in ContainerKind])


class CollectedIn(LegIn):
    """What a place gave; 0 is that no sweat is seen. `note` says instead why nothing
    could be collected."""

    amount_milli = serializers.IntegerField(
        min_value=0, max_value=MOST, allow_null=True, default=None
    )
    ended_at = serializers.DateTimeField(allow_null=True, default=None)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class ResultIn(LegIn):
    """`confirmed`: an unlikely value was compared with the report."""

    chloride_milli = serializers.IntegerField(min_value=0, max_value=MOST)
    laboratory = serializers.CharField(max_length=120)
    method = serializers.CharField(max_length=80)
    measured_on = serializers.DateField()
    confirmed = serializers.BooleanField(default=False)
    supersedes = serializers.IntegerField(allow_null=True, default=None)


class InterpretIn(Body):
    """`despite`: no result that is still awaited will come."""

    text = serializers.CharField(max_length=600)
    despite = serializers.BooleanField(default=False)


class RepeatIn(Body):
    """`due_on` is the day of the repeat; null is that there is none. A reason where
    it is not as proposed."""

    proposal = serializers.UUIDField()
    due_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class CollectionList(SiteScoped[Collection], ListAPIView[Collection]):
    """What was collected, the newest first, with what laboratories found."""

    queryset = Collection.objects.select_related("leg").prefetch_related("results")
    serializer_class = CollectionOut
    reads = "session.view"
    site_field = "leg__session__site"
    ordered_by = ("-pk",)


class Collect(SessionAct):
    """Begin to collect at a place whose current is over."""

    @extend_schema(request=CollectIn, responses={201: CollectionOut})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(CollectIn)
        row = collecting.collection_start(
            leg=self.leg(session, body["leg"]),
            container=body["container"],
            by=self.staff,
        )
        return Response(CollectionOut(row).data, status=201)


class Collected(SessionAct):
    """End the collecting at a place, or say why there was none."""

    @extend_schema(request=CollectedIn, responses=CollectionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(CollectedIn)
        leg = self.leg(session, body["leg"])
        if body["amount_milli"] is None:
            row = collecting.collection_missed(
                leg=leg, note=body["note"], by=self.staff
            )
        else:
            row = collecting.collection_end(
                leg=leg,
                amount_milli=body["amount_milli"],
                by=self.staff,
                ended_at=body["ended_at"],
            )
        return Response(CollectionOut(row).data)


class Result(SessionAct):
    """What the laboratory found at one place, or a correction of it."""

    does = "result.enter"

    @extend_schema(request=ResultIn, responses={201: ResultOut})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = dict(self.body(ResultIn))
        leg = self.leg(session, body.pop("leg"))
        row = result_enter(leg=leg, by=self.staff, **body)
        return Response(ResultOut(row).data, status=201)


class Repeat(SessionAct):
    """The answer to the proposal to do a test again; the visit booked, or null."""

    does = "course.decide"

    @extend_schema(request=RepeatIn, responses={200: SessionRow})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(RepeatIn)
        rows = Proposal.objects.filter(session=session, kind=Proposal.Kind.REPEAT)
        proposal = named(
            rows.select_related("course__site"), "proposal", body["proposal"]
        )
        day, reason = body["due_on"], body["reason"]
        if day is None:
            repeats.repeat_reject(proposal=proposal, by=self.staff, reason=reason)
            return Response(None)
        booked = repeats.repeat_book(
            proposal=proposal, by=self.staff, due_on=day, reason=reason
        )
        return Response(SessionRow(booked).data if booked else None)


class Interpret(SessionAct):
    """A prescriber's reading of a signed test."""

    does = "result.interpret"

    @extend_schema(request=InterpretIn, responses={201: InterpretationOut})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        row = session_interpret(
            session=session, by=self.staff, **self.body(InterpretIn)
        )
        return Response(InterpretationOut(row).data, status=201)
