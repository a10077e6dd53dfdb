"""The demo's clinician: treats through the same services that the pages call."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from clinic.errors import Refusal
from clinic.models import Role, Staff
from devices.core.programme import Programme
from devices.core.reading import Phase
from devices.core.run_lifecycle import TERMINAL
from devices.models import Run, RunCommand, RunLive, Stimulator
from devices.services.titration import run_adjust_request
from sessions_app.demo.lots import lots_for
from sessions_app.demo.treatment import member
from sessions_app.demo.visiting import clear
from sessions_app.domain.adjuncts import asked_of, said
from sessions_app.models import DoseRecord, Leg, TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_open
from sessions_app.selectors.diagnostics import collecting_places
from sessions_app.selectors.harm import electrodes_of, reusable
from sessions_app.services.adjuncts import adjunct_record
from sessions_app.services.collecting import collection_end, collection_start
from sessions_app.services.harm import Seen
from sessions_app.services.signing import session_sign
from sessions_app.services.treating import (
    Confirmation,
    session_prepare,
    session_start,
)

DEADLINE_S = 75.0
POLL_S = 0.05


class Failed(Exception):
    """Something that should have happened did not."""


@dataclass(frozen=True, slots=True)
class Treated:
    """One treatment, ended and recorded."""

    run: Run
    dose: DoseRecord
    session: TreatmentSession


def treat(session: TreatmentSession, box: Stimulator) -> Treated:
    """Check in, clear, treat the one place and sign. Raises Failed."""
    nurse = member(session.site, Role.CLINICIAN)
    clear(session, nurse)
    run = deliver(session, session.legs.get(), box, nurse)
    sign(session, nurse)
    return Treated(run, DoseRecord.objects.get(run=run), session)


def deliver(session: TreatmentSession, leg: Leg, box: Stimulator, nurse: Staff) -> Run:
    """Prepare, start, raise to the target, and wait for the dose of one place."""
    run = session_prepare(
        session=session,
        leg=leg,
        stimulator=box,
        by=nurse,
        version=session.version,
        lots=lots_for(leg, nurse),
    )
    until(lambda: _state(run) == "ready", f"{box.label} ready", run)
    session_start(
        session=session,
        run=run,
        by=nurse,
        version=run.version,
        confirmation=Confirmation(
            identity=True,
            electrodes=True,
            chair_code=box.chair_code,
            drug_pad=True,
            return_pad=True,
        ),
    )
    until(lambda: _state(run) == "running", f"{box.label} running", run)
    _raise_to_target(run, nurse)
    flow_s = Programme.from_dict(run.programme).max_flow_ms / 1000 / settings.SPEED
    until(
        lambda: DoseRecord.objects.filter(run=run).exists(),
        f"dose of {box.label}",
        within_s=flow_s + DEADLINE_S,
    )
    session.refresh_from_db()
    run.refresh_from_db()
    return run


def sign(session: TreatmentSession, nurse: Staff) -> None:
    """Do the steps beside the current, collect, look at the skin, clean, and sign."""
    for beside in adjuncts_open(session):
        figures = {one.name: said(beside.step, one) for one in asked_of(beside.step)}
        given = {name: number for name, number in figures.items() if number is not None}
        adjunct_record(
            session=session,
            place=beside.place,
            by=nurse,
            done=given == figures,
            figures=given,
            note="" if given == figures else "The protocol gives no figures.",
        )
    _collect(session, nurse)
    electrodes = electrodes_of(session)
    session_sign(
        session=session,
        by=nurse,
        version=session.version,
        seen=[Seen(one.key) for one in electrodes],
        cleaned={kind.pk for kind in reusable(electrodes)},
    )


def _collect(session: TreatmentSession, nurse: Staff) -> None:
    """Of each place of a test twice what its container asks for."""
    for place in collecting_places(session):
        kind = place.test.containers[0].kind.value
        row = collection_start(leg=place.leg, container=kind, by=nurse)
        collection_end(leg=place.leg, amount_milli=2 * row.minimum_milli, by=nurse)


def _raise_to_target(run: Run, nurse: Staff) -> None:
    """Raise step by step, each time that the patient agrees and the device may."""
    programme = Programme.from_dict(run.programme)
    while not programme.window.fixed and _state(run) in {"running", "held"}:
        live = RunLive.objects.get(run=run)
        level = live.level_ua
        if level >= programme.target_ua:
            return
        step = min(programme.window.max_step_up_ua, programme.target_ua - level)
        if live.phase == Phase.PLATEAU:
            _raise(run, nurse, level, level + step)
        time.sleep(POLL_S)


def _raise(run: Run, nurse: Staff, from_ua: int, to_ua: int) -> None:
    run = Run.objects.select_related("live", "site", "stimulator").get(pk=run.pk)
    try:
        command = run_adjust_request(
            run=run, by=nurse, from_ua=from_ua, to_ua=to_ua, patient_agrees=True
        )
    except Refusal:
        # Between two looks the run moved on; the next look tells.
        return
    open_states = (RunCommand.State.ASKED, RunCommand.State.SENT)
    until(
        lambda: (
            RunCommand.objects.get(pk=command.pk).state not in open_states
            or _state(run) in TERMINAL
        ),
        "answer to a raise",
    )


def _state(run: Run) -> str:
    run.refresh_from_db(fields=["state", "version", "reject_reason"])
    return run.state


def until(
    holds: Callable[[], bool],
    what: str,
    run: Run | None = None,
    *,
    within_s: float = DEADLINE_S,
) -> None:
    """Wait for it. Raises Failed after so long, or when the run cannot go on."""
    end = time.monotonic() + within_s
    while not holds():
        if run is not None and run.state in {"rejected", "cancelled", "uncertain"}:
            raise Failed(f"{what}: the run is {run.state}: {run.reject_reason}")
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {within_s:.0f} s")
        time.sleep(POLL_S)
