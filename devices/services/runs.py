"""Runs from their creation to the requests of the person at the chair.

Nothing here talks to a device: a request is a row, and the supervisor that
holds the stimulator's fence carries it out.
"""

import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Staff
from clinic.services.audit import audit_record
from clinic.services.enqueue import enqueue
from devices.core.profile import Profile
from devices.core.programme import Programme
from devices.core.run_lifecycle import RunState
from devices.core.validation import validate
from devices.models import (
    Lease,
    Presence,
    Run,
    RunChannel,
    RunLive,
    Stimulator,
)
from devices.protocol.canonical import programme_hash
from devices.services.transitions import run_event


@dataclass(frozen=True, slots=True)
class Channel:
    """Where an output goes: lead colours, places, electrodes, drug."""

    red_place: str
    red_electrode: str
    red_mm2: int
    black_place: str
    black_electrode: str
    black_mm2: int
    red_drug: str = ""
    black_drug: str = ""
    drug_lead: str = ""


def run_create(
    *,
    patient: Patient,
    stimulator: Stimulator,
    programme: Programme,
    channel: Channel,
    responsible: Staff,
    first_session: bool = False,
) -> Run:
    """Create a queued run and hint that it waits for dispatch.

    `first_session` asks for a look at the skin during the run.

    Raises Conflict when the patient or the stimulator has a live run, when
    simulated and real would mix, or when the stimulator is in quarantine;
    devices.core.programme.ProgrammeError for a programme that it cannot hold.
    """
    _require_fit(patient, stimulator)
    require_in_use(stimulator)
    validate(programme, Profile.from_dict(stimulator.profile))
    plain = programme.to_dict()
    try:
        with transaction.atomic():
            run = Run.objects.create(
                site_id=stimulator.site_id,
                patient=patient,
                stimulator=stimulator,
                is_simulated=patient.is_simulated,
                programme=plain,
                programme_hash=programme_hash(plain),
                responsible=responsible,
            )
            RunChannel.objects.create(
                run=run,
                **{name: getattr(channel, name) for name in Channel.__slots__},
            )
            RunLive.objects.create(run=run)
            Lease.objects.get_or_create(stimulator=stimulator)
            run_event(
                run_id=run.pk,
                kind="queued",
                staff=responsible,
                data={"first_session": True} if first_session else {},
            )
            audit_record(
                action="run.create", subject=run, by=responsible, site=stimulator.site
            )
            enqueue("devices.prepare_run", str(run.pk))
    except IntegrityError as error:
        raise _occupied(error, patient, stimulator) from error
    return run


def _require_fit(patient: Patient, stimulator: Stimulator) -> None:
    if patient.is_simulated != stimulator.is_simulated:
        raise Conflict(
            "simulated_mixed",
            f"{stimulator.label} is "
            f"{'simulated' if stimulator.is_simulated else 'real'} and the patient is "
            "not; choose a stimulator of the same kind.",
        )
    if patient.site_id != stimulator.site_id:
        raise Conflict(
            "other_site",
            f"{stimulator.label} belongs to another site than the patient.",
        )


def require_in_use(stimulator: Stimulator) -> None:
    """Raise Conflict for a stimulator in quarantine."""
    if stimulator.quarantined_at is not None:
        raise Conflict(
            "quarantined",
            f"{stimulator.label} is in quarantine: {stimulator.quarantine_reason}. "
            "Choose another stimulator.",
        )


def _occupied(
    error: IntegrityError, patient: Patient, stimulator: Stimulator
) -> Exception:
    text = str(error)
    if "one_live_run_per_patient" in text:
        return Conflict(
            "patient_busy",
            f"{patient.banner_name} already has a live run; end or settle it first.",
        )
    if "one_live_run_per_stimulator" in text:
        return Conflict(
            "stimulator_busy",
            f"{stimulator.label} is in use by another run; choose another stimulator "
            "or wait until it has ended.",
        )
    return error


def presence_prove(*, run: Run, by: Staff, chair_code: str) -> None:
    """Note that `by` stands at the stimulator, who read its code off the label.

    Raises Refusal for a missing or wrong code.
    """
    if not chair_code.strip():
        raise Refusal(
            "chair_code_missing",
            f"Type the code on the label of {run.stimulator.label} to show that you "
            "are at the chair.",
        )
    expected = run.stimulator.chair_code
    if not hmac.compare_digest(
        chair_code.strip().upper().encode(), expected.upper().encode()
    ):
        raise Refusal(
            "chair_code_wrong",
            f"“{chair_code.strip()}” is not the code on {run.stimulator.label}. "
            f"Go to {run.stimulator.place} and read it off the label.",
        )
    Presence.objects.create(run=run, staff=by)


def presence_require(*, run: Run, by: Staff) -> None:
    """Raise Refusal unless `by` proved presence at this run not long ago."""
    since = timezone.now() - timedelta(seconds=settings.PRESENCE_VALID_S)
    if not Presence.objects.filter(run=run, staff=by, at__gte=since).exists():
        raise Refusal(
            "not_at_chair",
            f"{by.name} has not shown to be at {run.stimulator.place} in the last "
            f"{settings.PRESENCE_VALID_S // 60} min; type the chair code.",
        )


def run_start_request(*, run: Run, by: Staff, chair_code: str, version: int) -> None:
    """Ask that a ready run starts; valid for `PRESS_VALID_MS` from now.

    One row write: the supervisor claims it, once, while it is valid. Raises
    Refusal for a chair code that is missing or wrong, Conflict when the page is
    stale, the run is not ready, or a start was asked already.
    """
    with transaction.atomic():
        presence_prove(run=run, by=by, chair_code=chair_code)
        # A harm elsewhere may have taken it out of use since the dispatch. Asked
        # apart: a joined condition would be a subquery, which PostgreSQL does not
        # ask again after waiting for another press.
        boxes = Stimulator.objects.select_for_update(no_key=True)
        require_in_use(boxes.get(pk=run.stimulator_id))
        now = timezone.now()
        asked = Run.objects.filter(
            pk=run.pk,
            version=version,
            state=RunState.READY.value,
            start_requested_at__isnull=True,
            stop_requested_at__isnull=True,
        ).update(
            start_command=uuid.uuid4(),
            start_by=by,
            responsible=by,
            start_requested_at=now,
            start_valid_until=now + timedelta(milliseconds=settings.PRESS_VALID_MS),
        )
        if not asked:
            raise _start_refused(run, version)
        run_event(run_id=run.pk, kind="start_requested", staff=by)
        audit_record(action="run.start", subject=run, by=by, site=run.site)
        enqueue("devices.wake", str(run.pk))


def _start_refused(run: Run, version: int) -> Conflict:
    run.refresh_from_db()
    if run.start_requested_at is not None:
        return Conflict("second_start", "A start was already asked for this run.")
    if run.state != RunState.READY.value:
        return Conflict(
            "not_ready", f"The run is {run.state}, not ready; nothing was started."
        )
    return Conflict(
        "stale_page",
        f"This page shows version {version}, the run is at {run.version}; "
        "reload the page and look again.",
    )


def run_start_rearm(*, run_id: uuid.UUID, command: uuid.UUID) -> None:
    """Free a ready run whose start request lapsed, so that it can be pressed again."""
    with transaction.atomic():
        freed = Run.objects.filter(
            pk=run_id,
            state=RunState.READY.value,
            start_command=command,
            start_valid_until__lt=timezone.now(),
        ).update(
            start_command=None,
            start_requested_at=None,
            start_valid_until=None,
            version=F("version") + 1,
        )
        if freed:
            run_event(
                run_id=run_id, kind="start_lapsed", data={"command": str(command)}
            )


def run_stop_request(*, run_id: uuid.UUID, cause: str, by: Staff | None) -> bool:
    """Note that a stop was asked; the supervisor repeats it until output is off.

    Idempotent: the first stop stands. Returns whether the run was still live.
    """
    live = Run.objects.filter(pk=run_id, ended_at__isnull=True)
    with transaction.atomic():
        asked = live.filter(stop_requested_at__isnull=True).update(
            stop_command=uuid.uuid4(),
            stop_requested_at=timezone.now(),
            stop_cause=cause,
        )
        if asked:
            run_event(
                run_id=run_id, kind="stop_requested", staff=by, data={"cause": cause}
            )
            enqueue("devices.wake", str(run_id))
    return live.exists()
