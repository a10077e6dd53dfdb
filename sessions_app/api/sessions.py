"""Treatment sessions, from the schedule to the signature."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped, named
from devices.models import Run, Stimulator
from sessions_app.api import filters, serializers
from sessions_app.models import Leg, LegRun, Lot, Prescription, TreatmentSession
from sessions_app.services import treating
from sessions_app.services.current import Wish
from sessions_app.services.lots import LotsChosen
from sessions_app.services.scheduling import session_schedule

WITH_LEGS = (
    "legs__prescribed",
    Prefetch("legs__leg_runs", queryset=LegRun.objects.select_related("run")),
)


class Sessions(SiteScoped[TreatmentSession]):
    queryset = TreatmentSession.objects.all()
    reads = "session.view"
    ordered_by = ("-due_on", "-pk")


class SessionList(Sessions, ListAPIView[TreatmentSession]):
    """Treatment sessions, the latest day first."""

    serializer_class = serializers.SessionRow
    filterset_class = filters.SessionFilter

    @extend_schema(
        request=serializers.ScheduleIn, responses={201: serializers.SessionOut}
    )
    def post(self, request: Request) -> Response:
        """Put the next session of a signed prescription on a day."""
        orders = Prescription.objects.filter(
            site__in=self.sites_for("session.treat")
        ).select_related("site")
        body = dict(self.body(serializers.ScheduleIn))
        order = named(orders, "prescription", body.pop("prescription"))
        session = session_schedule(prescription=order, by=self.staff, **body)
        return Response(serializers.SessionOut(session).data, status=201)


class SessionDetail(Sessions, RetrieveAPIView[TreatmentSession]):
    """One session with its legs, and their runs with their plans."""

    queryset = TreatmentSession.objects.prefetch_related(*WITH_LEGS)
    serializer_class = serializers.SessionOut


class SessionAct(Sessions):
    """A step of a session; answers with the session as it then stands."""

    queryset = TreatmentSession.objects.select_related(
        "site", "prescription__adoption__protocol"
    )
    does = "session.treat"

    def leg(self, session: TreatmentSession, key: int | None) -> Leg:
        """The leg that a body names, the first when it names none."""
        legs = session.legs.order_by("order").select_related(
            "prescribed__prescription__adoption__protocol"
        )
        return named(legs, "leg", key) if key else legs[0]

    def stand(self, session: TreatmentSession) -> Response:
        fresh = TreatmentSession.objects.prefetch_related(*WITH_LEGS).get(pk=session.pk)
        return Response(serializers.SessionOut(fresh).data)


class CheckIn(SessionAct):
    """The patient is here."""

    @extend_schema(request=serializers.VersionIn, responses=serializers.SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(serializers.VersionIn)
        treating.session_check_in(session=session, by=self.staff, **body)
        return self.stand(session)


class Prepare(SessionAct):
    """Evaluate every limit and send the programme to a stimulator; no current."""

    @extend_schema(request=serializers.PrepareIn, responses=serializers.SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = self.body(serializers.PrepareIn)
        boxes = Stimulator.objects.filter(site__in=self.sites)
        treating.session_prepare(
            session=session,
            leg=self.leg(session, body["leg"]),
            stimulator=named(boxes, "stimulator", body["stimulator"]),
            by=self.staff,
            version=body["version"],
            lots=lots_of(session, body),
            turned=body["turned"],
            wish=_wish(body),
        )
        return self.stand(session)


def _wish(body: Mapping[str, Any]) -> Wish | None:
    asked = body["ceiling_ua"]
    return None if asked is None else Wish(asked, body["ceiling_reason"])


def lots_of(session: TreatmentSession, body: Mapping[str, Any]) -> LotsChosen:
    """The lots that a body names, among those of the site."""
    rows = Lot.objects.filter(site=session.site_id)
    return LotsChosen(
        tuple(named(rows, "drug_lots", key) for key in body["drug_lots"]),
        *(
            named(rows, name, body[name]) if body[name] else None
            for name in ("active_lot", "return_lot")
        ),
    )


class Start(SessionAct):
    """Press START at the chair: valid for 5 s, and claimed once."""

    does = "run.control"

    @extend_schema(request=serializers.StartIn, responses={202: serializers.SessionOut})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = dict(self.body(serializers.StartIn))
        run_id, version = body.pop("run"), body.pop("version")
        runs = Run.objects.filter(leg_run__leg__session=session).select_related(
            "stimulator__chair", "stimulator__room", "site"
        )
        treating.session_start(
            session=session,
            run=named(runs, "run", run_id),
            by=self.staff,
            version=version,
            confirmation=treating.Confirmation(**body),
        )
        answer = self.stand(session)
        answer.status_code = 202
        return answer
