"""Treat every demo patient to the end on the running stack, and kill a supervisor.

The clinician of the demo is played through the same services that the pages
call; everything else (PostgreSQL, Valkey, Celery workers, TCP sockets, the
stimulators' own logs) is the real thing.
"""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from clinic.models import Patient, Site
from clinic.quantities import ma_min_text
from devices.models import Lease, RunLive, Stimulator
from devices.simulator.control import Control
from sessions_app.demo.clinic import SITE
from sessions_app.demo.clinician import Treated, treat, until
from sessions_app.demo.treatment import session_today

# Patient's number and the label of the stimulator that treats.
PLACES = {
    "D-1001": "S-1",
    "D-1002": "S-2",
    "D-1003": "S-3",
    "D-1004": "S-4",
    "D-1005": "S-5",
}
KILLED = "D-1005"


def selfcheck() -> dict[str, Any]:
    """Run the check; the JSON object that it prints. Raises Failed."""
    site = Site.objects.get(name=SITE)
    control = Control.of(Path(settings.DATA_DIR) / "simulators.ports.json")
    patients = {patient.mrn: patient for patient in Patient.objects.filter(site=site)}
    with ThreadPoolExecutor(len(PLACES)) as pool:
        treating = {
            mrn: pool.submit(_closing, _treat, patients[mrn], label)
            for mrn, label in PLACES.items()
        }
        killing = pool.submit(_closing, _kill_midway, patients[KILLED])
        killed = killing.result()
        done = {mrn: task.result() for mrn, task in treating.items()}
    protocols = {
        _code(treated): _report(treated, control)
        for mrn, treated in done.items()
        if mrn != KILLED
    }
    return {
        "protocols": protocols,
        "kill": _kill_report(done[KILLED], control, killed),
        "speed": settings.SPEED,
    }


def _closing(work: Callable[..., Any], *args: Any) -> Any:
    try:
        return work(*args)
    finally:
        connections.close_all()


def _treat(patient: Patient, label: str) -> Treated:
    box = Stimulator.objects.get(site=patient.site, label=label)
    return treat(session_today(patient), box)


def _code(treated: Treated) -> str:
    return treated.session.prescription.adoption.protocol.code


# -- the killer ------------------------------------------------------------


def _kill_midway(patient: Patient) -> int:
    """Kill the supervisor that leads this patient's run; its process id."""
    box = Stimulator.objects.get(site=patient.site, label=PLACES[KILLED])

    def midway() -> bool:
        live = RunLive.objects.filter(run__stimulator=box, run__state="running")
        return live.filter(have_seq__gt=0, level_ua__gte=5000).exists()

    until(midway, "a run to kill the supervisor of")
    owner = Lease.objects.get(stimulator=box).owner
    pid = int(owner.split(":")[1])
    os.kill(pid, signal.SIGKILL)
    return pid


# -- the report ------------------------------------------------------------


def _samples(treated: Treated, control: Control) -> tuple[int, dict[str, Any]]:
    log = control.dump(treated.run.stimulator.serial)
    return len(log["samples"][str(treated.run.pk)]), log


def _report(treated: Treated, control: Control) -> dict[str, Any]:
    run, dose = treated.run, treated.dose
    samples, _ = _samples(treated, control)
    return {
        "prescribed_mA_min": ma_min_text(dose.prescribed_nc),
        "delivered_mA_min": ma_min_text(run.trace.confirmed_nc),
        "device_counter_mA_min": ma_min_text(run.device_counter_nc or 0),
        "samples_device": samples,
        "samples_recorded": run.trace.count,
        "gaps": run.trace.gaps,
        "readback_match": run.read_back_hash == run.programme_hash,
        "state": run.state,
        "completeness": dose.completeness,
        "end_reason": run.end_reason,
        "tolerated_mA": dose.tolerated_ua / 1000,
        "session": treated.session.state,
    }


def _kill_report(treated: Treated, control: Control, pid: int) -> dict[str, Any]:
    samples, log = _samples(treated, control)
    run = treated.run
    beats = [
        (entry[0], entry[4]["fence"])
        for entry in log["events"]
        if entry[3] == "keepalive" and entry[1] == str(run.pk)
    ]
    first = next(i for i, beat in enumerate(beats) if beat[1] > beats[0][1])
    return {
        "killed_pid": pid,
        "samples_device": samples,
        "samples_recorded": run.trace.count,
        "takeover_s": round((beats[first][0] - beats[first - 1][0]) / 1000, 2),
        "watchdog": run.events.filter(kind__contains="watchdog").exists(),
        "state": run.state,
        "completeness": treated.dose.completeness,
    }


def verdict(report: dict[str, Any]) -> list[str]:
    """What does not hold in a report; empty when all is well."""
    wrong = []
    for code, row in report["protocols"].items():
        if row["samples_device"] != row["samples_recorded"] or row["gaps"]:
            wrong.append(f"{code}: samples are missing")
        if not row["readback_match"]:
            wrong.append(f"{code}: read-back differs")
        if (row["state"], row["completeness"]) != ("ended", "complete"):
            wrong.append(f"{code}: {row['state']}, {row['completeness']}")
    kill = report["kill"]
    if kill["samples_device"] != kill["samples_recorded"]:
        wrong.append("kill: samples are missing")
    if kill["watchdog"] or (kill["state"], kill["completeness"]) != (
        "ended",
        "complete",
    ):
        wrong.append(f"kill: {kill}")
    return wrong
