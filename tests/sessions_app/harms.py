"""Sessions in which current has flowed, with rows only: no device, no clock."""

from typing import Any

from django.utils import timezone

from devices.core.run_lifecycle import EndReason, RunState
from devices.models import Run, RunEvent
from sessions_app.domain.harm import Finding, finding
from sessions_app.models import DoseRecord, LegRun, TreatmentSession
from sessions_app.selectors.harm import electrodes_of, reusable
from sessions_app.services.harm import Seen
from sessions_app.services.signing import session_sign
from tests.factories import Place, make_run
from tests.visits import Visit, make_visit

MA_MIN = 60_000_000


def flowing(place: Place, code: str = "HH-PALM", **patient: Any) -> tuple[Visit, Run]:
    """A visit whose run has current now."""
    visit = make_visit(place, code, **patient)
    run = make_run(place, stimulator=visit.stimulator, patient=visit.patient)
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING.value,
        kickoff_sent_at=timezone.now(),
        started_at=timezone.now(),
    )
    LegRun.objects.create(leg=visit.session.legs.get(), run=run, plan={"verdicts": []})
    RunEvent.objects.create(run=run, kind="ended", data={"reason": "time"})
    _put(visit.session, "treating")
    run.refresh_from_db()
    return visit, run


def treated(place: Place, code: str = "HH-PALM", **patient: Any) -> tuple[Visit, Run]:
    """A visit whose run has ended with its dose: to be signed."""
    visit, run = flowing(place, code, **patient)
    Run.objects.filter(pk=run.pk).update(
        state=RunState.ENDED.value,
        ended_at=timezone.now(),
        end_reason=EndReason.TIME.value,
        device_counter_nc=MA_MIN,
    )
    DoseRecord.objects.create(
        leg=visit.session.legs.get(),
        run=run,
        evidence=DoseRecord.Evidence.TRACE,
        basis="time",
        prescribed_nc=MA_MIN,
        confirmed_nc=MA_MIN,
        upper_nc=MA_MIN,
        red_anode_nc=MA_MIN,
        black_anode_nc=0,
        planned_flow_ms=60_000,
        flow_ms=60_000,
        tolerated_ua=4_000,
        completeness="complete",
        counts=True,
    )
    _put(visit.session, "to_sign")
    run.refresh_from_db()
    return visit, run


def _put(session: TreatmentSession, state: str) -> None:
    TreatmentSession.objects.filter(pk=session.pk).update(state=state)
    session.refresh_from_db()


def answers(**found: str) -> list[Seen]:
    """`answers(red="BRN-2")`: what was seen under both electrodes of the first leg."""
    return [
        Seen(f"1-{lead}", tuple(map(of_text, found.get(lead, "").split())))
        for lead in ("red", "black")
    ]


def of_text(text: str) -> Finding:
    """`BRN-2` as a finding."""
    code, _, grade = text.partition("-")
    return finding(code, int(grade))


def sign(place: Place, visit: Visit, **found: str) -> None:
    """Sign with what was seen, everything cleaned."""
    session = visit.session
    session.refresh_from_db()
    session_sign(
        session=session,
        by=place.clinician,
        version=session.version,
        seen=answers(**found),
        cleaned={kind.pk for kind in reusable(electrodes_of(session))},
    )
