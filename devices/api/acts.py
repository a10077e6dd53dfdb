"""Presses on a run: each authorises, calls one service, and renders."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from clinic.errors import Refusal
from devices.api import serializers
from devices.models import Run, RunCommand
from devices.services import closing, stopping, titration

STATEMENT = "output off, electrodes off"


class RunAct(SiteScoped[Run]):
    """A press; the supervisor that leads the run carries it out."""

    queryset = Run.objects.select_related(
        "stimulator__chair", "stimulator__room", "patient__site", "live", "site"
    )
    reads = "run.view"
    does = "run.control"


def _asked(command: RunCommand) -> Response:
    return Response(serializers.CommandOut(command).data, status=202)


def _run(run: Run) -> Response:
    run.refresh_from_db()
    return Response(serializers.RunOut(run).data)


class Adjust(RunAct):
    """Move the current inside the titration window; a raise is valid for 5 s."""

    @extend_schema(
        request=serializers.AdjustIn, responses={202: serializers.CommandOut}
    )
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        body = self.body(serializers.AdjustIn)
        return _asked(titration.run_adjust_request(run=run, by=self.staff, **body))


class Hold(RunAct):
    """Take the current to zero and wait."""

    @extend_schema(request=None, responses={202: serializers.CommandOut})
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        return _asked(
            titration.run_hold_request(run=run, by=self.staff, cause="operator")
        )


class Resume(RunAct):
    """Go on after a hold: a start again, at the chair, after a look at both pads."""

    @extend_schema(
        request=serializers.ResumeIn, responses={202: serializers.CommandOut}
    )
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        body = self.body(serializers.ResumeIn)
        return _asked(titration.run_resume_request(run=run, by=self.staff, **body))


class Pain(RunAct):
    """Note a pain score; 4 to 6 holds, 7 and more stops."""

    @extend_schema(request=serializers.PainIn, responses=serializers.PainOut)
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        body = self.body(serializers.PainIn)
        follows = titration.pain_record(run=run, by=self.staff, **body)
        return Response({"follows": follows})


class Tingling(RunAct):
    """Note what the patient says of tingling; it triggers nothing."""

    @extend_schema(request=serializers.TinglingIn, responses=serializers.RunOut)
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        body = self.body(serializers.TinglingIn)
        titration.tingling_record(run=run, by=self.staff, answer=body["tingling"])
        return _run(run)


class Stop(RunAct):
    """Stop a run: straight to the stimulator, and repeated until output is off.

    Open to whoever may see the run. A page uses `POST /stop` with its ticket,
    which needs neither sign-in nor database.
    """

    does = "run.view"

    @extend_schema(request=None, responses=serializers.StopOut)
    def post(self, request: Request, pk: Any) -> Response:
        outcome = stopping.run_stop_now(run=self.subject(), by=self.staff)
        return Response(serializers.StopOut(outcome).data)


class MadeSafe(RunAct):
    """A named person at the chair states: output off, electrodes off."""

    does = "run.settle"

    @extend_schema(request=serializers.MadeSafeIn, responses=serializers.RunOut)
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        body = self.body(serializers.MadeSafeIn)
        if not all(body.values()):
            raise Refusal(
                "not_stated", "State both when it is so: output off, electrodes off."
            )
        closing.run_made_safe(run_id=run.pk, by=self.staff, statement=STATEMENT)
        return _run(run)


class Settle(RunAct):
    """Settle an uncertain run by a named statement of its charge."""

    does = "run.settle"

    @extend_schema(request=serializers.SettleIn, responses=serializers.RunOut)
    def post(self, request: Request, pk: Any) -> Response:
        run = self.subject()
        body = self.body(serializers.SettleIn)
        closing.settle_run(run_id=run.pk, by=self.staff, **body)
        return _run(run)
