"""Skin checks, adverse events, call-backs and incidents."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from clinic.errors import Conflict
from sessions_app.api import harm_bodies as bodies
from sessions_app.api.serializers import SessionOut
from sessions_app.api.sessions import SessionAct
from sessions_app.models import AdverseEvent, Incident
from sessions_app.selectors.sessions import newest_run
from sessions_app.services import harm
from sessions_app.services.incidents import incident_decide
from sessions_app.services.signing import session_sign


class Sign(SessionAct):
    """Sign the record: skin seen under each electrode, dose read, pads cleaned."""

    does = "session.sign"

    @extend_schema(request=bodies.SignIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = dict(self.body(bodies.SignIn))
        seen = bodies.seen_from(body.pop("seen"))
        session_sign(session=session, by=self.staff, seen=seen, **body)
        return self.stand(session)


class SkinCheck(SessionAct):
    """The look at the skin while the current flows, at 2 to 5 min."""

    @extend_schema(request=bodies.SkinCheckIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(bodies.SkinCheckIn)
        run = newest_run(session)
        if run is None:
            raise Conflict("no_run", "Nothing runs in this session.")
        harm.skin_check_during(
            session=session, run=run, by=self.staff, seen=bodies.seen_from(body["seen"])
        )
        return self.stand(session)


class CallBack(SessionAct):
    """What the patient says by phone; it closes the call or raises another."""

    does = "harm.record"

    @extend_schema(request=bodies.CallBackIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(bodies.CallBackIn)
        harm.call_back_record(
            session=session,
            by=self.staff,
            seen=bodies.seen_from(body["seen"]),
            text=body["text"],
        )
        return self.stand(session)


class AdverseEventAdd(SessionAct):
    """Record an adverse event in any state after the check-in, days later too."""

    does = "harm.record"

    @extend_schema(
        request=bodies.AdverseEventIn, responses={201: bodies.AdverseEventOut}
    )
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = dict(self.body(bodies.AdverseEventIn))
        finding = harm.finding_asked(body.pop("code"), body.pop("grade"))
        legs, events = session.legs.all(), session.adverse_events.all()
        leg, old = body.pop("leg"), body.pop("supersedes")
        event = harm.event_record(
            session=session,
            by=self.staff,
            finding=finding,
            leg=named(legs, "leg", leg) if leg else None,
            supersedes=named(events, "supersedes", old) if old else None,
            **body,
        )
        return Response(bodies.AdverseEventOut(event).data, status=201)


class AdverseEvents(SiteScoped[AdverseEvent]):
    queryset = AdverseEvent.objects.all()
    serializer_class = bodies.AdverseEventOut
    reads = "session.view"
    ordered_by = ("-at", "-pk")


class AdverseEventList(AdverseEvents, ListAPIView[AdverseEvent]):
    """Adverse events, the newest first; a corrected one is named by its successor."""


class AdverseEventDetail(AdverseEvents, RetrieveAPIView[AdverseEvent]):
    """One adverse event."""


class Incidents(SiteScoped[Incident]):
    queryset = Incident.objects.all()
    serializer_class = bodies.IncidentOut
    reads = "session.view"
    ordered_by = ("-opened_at", "-pk")


class IncidentList(Incidents, ListAPIView[Incident]):
    """Incidents, the newest first."""


class IncidentDetail(Incidents, RetrieveAPIView[Incident]):
    """One incident with the log of its run, copied when it was opened."""


class IncidentDecide(SiteScoped[Incident]):
    """Decide once whether it is reported to an authority, and why."""

    queryset = Incident.objects.select_related("site")
    reads = "incident.decide"
    does = "incident.decide"

    @extend_schema(request=bodies.DecisionIn, responses=bodies.IncidentOut)
    def post(self, request: Request, pk: Any) -> Response:
        incident = self.subject()
        body = self.body(bodies.DecisionIn)
        incident_decide(incident=incident, by=self.staff, **body)
        incident.refresh_from_db()
        return Response(bodies.IncidentOut(incident).data)
