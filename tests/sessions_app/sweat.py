"""Sweat tests with rows only: arms that had their current, to be collected."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils import timezone

from devices.core.run_lifecycle import EndReason, RunState
from devices.models import Run
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.models import DoseRecord, Leg, LegRun, TreatmentSession
from sessions_app.selectors.harm import electrodes_of, reusable
from sessions_app.services.collecting import collection_end, collection_start
from sessions_app.services.harm import Seen
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.signing import session_sign
from tests.factories import Place, make_patient, make_run, make_stimulator
from tests.visits import make_order

NC = 1_500 * 300_000
ML = 1000


def arms(code: str = "SWEAT-CF") -> list[Any]:
    """The left and the right forearm as they are prescribed."""
    left = leg_for("SWEAT-CF", electrodes_build())
    right = replace(
        left,
        side="right",
        active_side="right",
        return_side="right",
        active_place="right volar forearm, distal",
        return_place="right volar forearm, proximal",
    )
    return [left, right]


def stimulated(
    place: Place, code: str = "SWEAT-CF", *, sessions: int = 2, **more: Any
) -> TreatmentSession:
    """A test of both arms whose current is over, to sign; `short` names arms by
    order in which it was cut short."""
    short = more.pop("short", ())
    due_on = more.pop("due_on", timezone.localdate())
    order = make_order(
        make_patient(place, **more),
        place,
        code,
        legs=arms(),
        sessions_planned=sessions,
    )
    session = session_schedule(
        prescription=order, due_on=due_on, due_at=dt.time(9, 0), by=place.clinician
    )
    return current_over(place, session, short=short)


def current_over(
    place: Place,
    session: TreatmentSession,
    *,
    short: tuple[int, ...] = (),
    nc: int = NC,
) -> TreatmentSession:
    """Both arms of a planned test have had their current."""
    box = make_stimulator(place, label=f"T-{Run.objects.count()}")
    for leg in session.legs.all():
        dose_write(place, session, leg, box, whole=leg.order not in short, nc=nc)
    TreatmentSession.objects.filter(pk=session.pk).update(state="to_sign")
    session.refresh_from_db()
    return session


def dose_write(
    place: Place,
    session: TreatmentSession,
    leg: Leg,
    box: Any,
    *,
    whole: bool = True,
    nc: int = NC,
) -> None:
    """The dose of an arm, of a run that ended by its own clock or, not whole, early."""
    run = make_run(place, stimulator=box, patient=session.patient)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        state=RunState.ENDED.value,
        kickoff_sent_at=now,
        started_at=now,
        ended_at=now,
        closed_at=now,
        end_reason=(EndReason.TIME if whole else EndReason.PATIENT).value,
        device_counter_nc=nc,
    )
    LegRun.objects.create(leg=leg, run=run, plan={"verdicts": []})
    DoseRecord.objects.create(
        leg=leg,
        run=run,
        evidence=DoseRecord.Evidence.TRACE,
        basis="event",
        prescribed_nc=nc,
        confirmed_nc=nc if whole else nc // 3,
        upper_nc=nc,
        red_anode_nc=nc,
        black_anode_nc=0,
        planned_flow_ms=300_000,
        flow_ms=300_000,
        tolerated_ua=1_500,
        completeness="complete" if whole else "attempted",
        counts=whole,
    )


def leg_of(session: TreatmentSession, order: int) -> Leg:
    return session.legs.select_related("session__site").get(order=order)


def collect(
    place: Place, session: TreatmentSession, *amounts_milli: int, kind: str = "coil"
) -> None:
    """Collect so much at each arm in order, within the limit."""
    for order, amount in enumerate(amounts_milli, 1):
        leg = leg_of(session, order)
        collection_start(leg=leg, container=kind, by=place.clinician)
        collection_end(leg=leg, amount_milli=amount, by=place.clinician)


def sign(place: Place, session: TreatmentSession) -> TreatmentSession:
    """Sign with nothing to see under any electrode."""
    session = TreatmentSession.objects.get(pk=session.pk)
    electrodes = electrodes_of(session)
    session_sign(
        session=session,
        by=place.clinician,
        version=session.version,
        seen=[Seen(one.key) for one in electrodes],
        cleaned={kind.pk for kind in reusable(electrodes)},
    )
    return session
