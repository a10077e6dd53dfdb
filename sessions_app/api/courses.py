"""Courses: where each place stands, and what a person decides on a proposal."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from sessions_app.api.serializers import BLANK
from sessions_app.models import Course, Proposal
from sessions_app.selectors.courses import view_now
from sessions_app.services.courses import (
    REASON_CHARS,
    Booking,
    proposal_accept,
    proposal_change,
    proposal_reject,
)

Body = serializers.Serializer[Mapping[str, Any]]


class CourseOut(serializers.ModelSerializer[Course]):
    class Meta:
        model = Course
        fields = (
            "number",
            "site",
            "patient",
            "ladder",
            "state",
            "state_reason",
            "version",
            "started_on",
        )


class ProposalOut(serializers.ModelSerializer[Proposal]):
    class Meta:
        model = Proposal
        fields = (
            "id",
            "course",
            "session",
            "body_site",
            "kind",
            "after",
            "rule",
            "engine",
            "ladder",
            "inputs",
            "result",
            "why",
            "made_at",
            "decision",
            "decided",
            "decided_by",
            "decided_at",
            "reason",
        )


class PlaceOut(Body):
    """Where one place stands; `proposal` is what waits for a person there."""

    place = serializers.CharField()
    state = serializers.CharField()
    rung = serializers.CharField()
    number = serializers.IntegerField()
    of = serializers.IntegerField(allow_null=True)
    treats = serializers.BooleanField()
    day = serializers.DateField(allow_null=True)
    rule = serializers.CharField()
    why = serializers.CharField()
    proposal = ProposalOut(allow_null=True)


class CourseDetailOut(Body):
    course = CourseOut()
    places = PlaceOut(many=True)


class BookIn(Body):
    due_on = serializers.DateField()
    due_at = serializers.TimeField(allow_null=True, default=None)


class AcceptIn(Body):
    book = BookIn(allow_null=True, default=None)


class ChangeIn(AcceptIn):
    """Another rung, or an act, in its place."""

    reason = serializers.CharField(max_length=REASON_CHARS, **BLANK)
    rung = serializers.CharField(max_length=40, allow_null=True, default=None)
    act = serializers.ChoiceField(["hold", "stop"], allow_null=True, default=None)


class RejectIn(Body):
    reason = serializers.CharField(max_length=REASON_CHARS, **BLANK)


class Courses(SiteScoped[Course]):
    queryset = Course.objects.select_related("site", "patient__site", "ladder")
    serializer_class = CourseOut
    reads = "course.view"
    ordered_by = ("-started_on", "pk")


class CourseList(Courses, ListAPIView[Course]):
    """Courses of the sites."""


class CourseDetail(Courses):
    """Where a course stands at each place today."""

    @extend_schema(responses=CourseDetailOut)
    def get(self, request: Request, pk: Any) -> Response:
        view = view_now(self.get_object())
        places = [
            {
                "place": one.place,
                "state": one.next.state.value,
                "rung": one.next.rung,
                "number": one.next.number,
                "of": one.next.of,
                "treats": one.next.treats,
                "day": one.next.dates.day if one.next.dates else None,
                "rule": one.next.rule.value,
                "why": one.next.why,
                "proposal": one.open,
            }
            for one in view.places
        ]
        told = CourseDetailOut({"course": view.course, "places": places})
        return Response(told.data)


class Proposals(SiteScoped[Proposal]):
    """A decision; answers with the proposal as it then stands."""

    queryset = Proposal.objects.select_related("course__site", "course__patient")
    serializer_class = ProposalOut
    site_field = "course__site"
    reads = "course.view"
    does = "course.decide"

    def stand(self, row: Proposal) -> Response:
        row.refresh_from_db()
        return Response(ProposalOut(row).data)


class Accept(Proposals):
    """Let it stand, and book the next visit when a day is given."""

    @extend_schema(request=AcceptIn, responses=ProposalOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = self.subject()
        body = self.body(AcceptIn)
        proposal_accept(proposal=row, by=self.staff, book=_booking(body))
        return self.stand(row)


class Change(Proposals):
    """Put another rung, a hold or an end in its place, with the reason."""

    @extend_schema(request=ChangeIn, responses=ProposalOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = self.subject()
        body = dict(self.body(ChangeIn))
        book = _booking(body)
        body.pop("book")
        proposal_change(proposal=row, by=self.staff, book=book, **body)
        return self.stand(row)


class Reject(Proposals):
    """Stay on the rung, with the reason."""

    @extend_schema(request=RejectIn, responses=ProposalOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = self.subject()
        proposal_reject(proposal=row, by=self.staff, **self.body(RejectIn))
        return self.stand(row)


def _booking(body: Mapping[str, Any]) -> Booking | None:
    return Booking(**body["book"]) if body["book"] else None
