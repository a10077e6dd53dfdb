"""What no networked stimulator reported, the rest of a dose, swapped leads."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import named
from devices.core.reading import MAX_UA
from devices.models import Stimulator
from sessions_app.api.doses import DoseOut, Doses
from sessions_app.api.serializers import SendIn, SessionOut, VersionIn
from sessions_app.api.sessions import SessionAct, lots_of
from sessions_app.domain.estimates import MeterReading
from sessions_app.models import Delivery
from sessions_app.services.continuing import FRESH_CHECKS, session_continue
from sessions_app.services.correcting import dose_swap
from sessions_app.services.delivering import Told, delivery_enter

Body = serializers.Serializer[Mapping[str, Any]]
SOURCES = [one for one in Delivery.Source if one is not Delivery.Source.HOME]
LONGEST_MS = 7 * 86_400_000


class ReadingIn(Body):
    t_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_MS)
    current_ua = serializers.IntegerField(min_value=0, max_value=MAX_UA)


class DeliverIn(VersionIn):
    """A treatment as told. `despite` records one that stood against a limit."""

    leg = serializers.IntegerField(
        allow_null=True, default=None, help_text="The first leg when left out."
    )
    source = serializers.ChoiceField([one.value for one in SOURCES])
    happened_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    why = serializers.CharField(max_length=200)
    readings = ReadingIn(many=True, default=list)
    counter_nc = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    rating_nc = serializers.IntegerField(min_value=1, allow_null=True, default=None)
    serial = serializers.CharField(max_length=40, default="", allow_blank=True)
    leads_seen = serializers.BooleanField(default=False)
    despite = serializers.BooleanField(default=False)
    drug_lots = serializers.ListField(child=serializers.UUIDField(), default=list)
    active_lot = serializers.UUIDField(allow_null=True, default=None)
    return_lot = serializers.UUIDField(allow_null=True, default=None)


class RestIn(SendIn):
    ticked = serializers.MultipleChoiceField(choices=list(FRESH_CHECKS.items()))


class SpanIn(Body):
    start_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_MS)
    end_ms = serializers.IntegerField(min_value=1, max_value=LONGEST_MS)


class SwapIn(Body):
    """Stretches of the run's own time; null for all of it."""

    swapped = SpanIn(many=True, allow_null=True)
    noticed_by = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=200)


class Deliver(SessionAct):
    """Enter a treatment that no networked stimulator reported."""

    does = "delivery.enter"

    @extend_schema(request=DeliverIn, responses={201: DoseOut})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = dict(self.body(DeliverIn))
        leg = self.leg(session, body.pop("leg"))
        readings = tuple(MeterReading(**one) for one in body.pop("readings"))
        lots = lots_of(session, body)
        how = {name: body[name] for name in ("version", "despite")}
        told = {name: body[name] for name in Told.__slots__ if name in body}
        dose = delivery_enter(
            session=session,
            leg=leg,
            told=Told(**told, readings=readings),
            by=self.staff,
            lots=lots,
            **how,
        )
        return Response(DoseOut(dose).data, status=201)


class Rest(SessionAct):
    """Sign the proposal for what is left of a dose, and send it to a stimulator."""

    @extend_schema(request=RestIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(RestIn)
        boxes = Stimulator.objects.filter(site__in=self.sites)
        session_continue(
            session=session,
            leg=self.leg(session, body["leg"]),
            stimulator=named(boxes, "stimulator", body["stimulator"]),
            by=self.staff,
            version=body["version"],
            ticked=set(body["ticked"]),
            lots=lots_of(session, body),
        )
        return self.stand(session)


class Swap(Doses):
    """The leads were swapped: a new record supersedes, scored again."""

    does = "dose.correct"

    @extend_schema(request=SwapIn, responses={201: DoseOut})
    def post(self, request: Request, pk: Any) -> Response:
        dose = self.subject()
        body = dict(self.body(SwapIn))
        spans = body.pop("swapped")
        swapped = spans and [(one["start_ms"], one["end_ms"]) for one in spans]
        new = dose_swap(dose=dose, swapped=swapped, by=self.staff, **body)
        return Response(DoseOut(new).data, status=201)
