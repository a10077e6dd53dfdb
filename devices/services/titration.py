"""Requests to a run that is flowing: adjust, hold, resume, pain.

Up needs the clinician at the chair and the patient's yes; down and hold are
open to whoever may stop.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.quantities import ma_text
from clinic.services.audit import audit_record
from clinic.services.enqueue import enqueue
from devices.core.adjust import (
    AFTER_PAIN_PERMILLE,
    PAIN_HOLD,
    PAIN_STOP,
    Titration,
    adjust_allowed,
    resume_allowed,
)
from devices.core.profile import Profile
from devices.core.programme import Programme
from devices.core.prompts import skin_seen
from devices.core.reading import Phase
from devices.core.run_lifecycle import RunState
from devices.models import Run, RunCommand, RunEvent
from devices.selectors.attending import story_of
from devices.services.runs import (
    presence_prove,
    presence_require,
    require_in_use,
    run_stop_request,
)
from devices.services.transitions import run_event

# What packages above ask before a held run goes on; each may raise Refusal.
RESUME_GATES: list[Callable[[Run], None]] = []


def run_adjust_request(
    *,
    run: Run,
    by: Staff,
    from_ua: int,
    to_ua: int,
    patient_agrees: bool = False,
) -> RunCommand:
    """Ask that the plateau moves; compare-and-set on `from_ua`.

    Raises Refusal for a raise without the patient's yes or presence, outside
    the titration window, over its step, or after pain; Conflict when the run
    is not running or another level flows.
    """
    _require_state(run, RunState.RUNNING)
    if to_ua == from_ua:
        raise Refusal("no_change", f"The current is {ma_text(from_ua)} already.")
    programme = Programme.from_dict(run.programme)
    decision = adjust_allowed(programme, _standing(run), from_ua, to_ua)
    if not decision.allowed:
        refuse = Conflict if decision.code == "stale" else Refusal
        raise refuse(decision.code, decision.why)
    raises = to_ua > from_ua
    if raises and not patient_agrees:
        raise Refusal(
            "patient_not_asked", "Ask the patient first and tick “Patient agrees”."
        )
    if raises:
        presence_require(run=run, by=by)
    return _ask(
        run,
        RunCommand.Kind.ADJUST,
        by,
        {"from_ua": from_ua, "to_ua": to_ua},
        _press_deadline() if raises else None,
    )


def _standing(run: Run) -> Titration:
    """Where the titration stands as far as the live row tells.

    The device, which knows the moment of the last raise, judges the dwell.
    """
    live = run.live
    phase = Phase.RAMP_UP if live.phase is None else Phase(live.phase)
    return Titration(
        phase, live.level_ua, live.level_ua, live.t_ms, None, last_pain(run)
    )


def run_hold_request(*, run: Run, by: Staff | None, cause: str) -> RunCommand:
    """Ask that the current goes to zero and waits. Raises Conflict unless running."""
    _require_state(run, RunState.RUNNING)
    return _ask(run, RunCommand.Kind.HOLD, by, {"cause": cause}, None)


def run_resume_request(
    *,
    run: Run,
    by: Staff,
    level_ua: int,
    chair_code: str,
    red_inspected: bool,
    black_inspected: bool,
) -> RunCommand:
    """Ask that a held run goes on; a resume is a start.

    Raises Refusal without inspection of both electrodes, without the chair
    code, above the level allowed, or for what a gate says no to; Conflict unless
    held, and for a stimulator in quarantine.
    """
    _require_state(run, RunState.HELD)
    require_in_use(run.stimulator)
    for gate in RESUME_GATES:
        gate(run)
    if not (red_inspected and black_inspected):
        raise Refusal(
            "not_inspected",
            "Look at the skin and pad under both electrodes, red and black, and tick "
            "both before you resume.",
        )
    decision = resume_allowed(
        Profile.from_dict(run.stimulator.profile),
        run.live.level_ua,
        level_ua,
        worst_pain(run),
    )
    if not decision.allowed:
        raise Refusal("resume_level", decision.why)
    with transaction.atomic():
        presence_prove(run=run, by=by, chair_code=chair_code)
        return _ask(
            run, RunCommand.Kind.RESUME, by, {"level_ua": level_ua}, _press_deadline()
        )


def resume_ceiling_ua(run: Run) -> int:
    """Highest level that a resume may ask, for the page to offer."""
    hurt = (worst_pain(run) or 0) >= PAIN_HOLD
    return run.live.level_ua * (AFTER_PAIN_PERMILLE if hurt else 1000) // 1000


def worst_pain(run: Run) -> int | None:
    """The worst score since the flow that the last hold ended had begun."""
    began = (
        RunEvent.objects.filter(run=run, kind__in=["started", "resumed"])
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    scores = RunEvent.objects.filter(run=run, kind="pain", id__gt=began or 0)
    return max((int(event.data["score"]) for event in scores), default=None)


def last_pain(run: Run) -> int | None:
    """The newest pain score of a run."""
    event = RunEvent.objects.filter(run=run, kind="pain").order_by("-id").first()
    return None if event is None else int(event.data["score"])


def pain_record(*, run: Run, by: Staff, score: int) -> str:
    """Note a pain score, 0 (none) to 10 (worst); 4-6 holds, 7 and more stops.

    Returns what follows: `noted`, `hold` or `stop`. Raises Refusal for a score
    outside 0-10.
    """
    if not 0 <= score <= 10:
        raise Refusal("pain_range", f"Pain {score} entered; the scale is 0 to 10.")
    with transaction.atomic():
        run_event(
            run_id=run.pk,
            kind="pain",
            staff=by,
            t_ms=run.live.t_ms,
            data={"score": score, "flow_ms": run.live.flow_ms},
        )
        if score >= PAIN_STOP:
            run_stop_request(run_id=run.pk, cause="patient", by=by)
            return "stop"
        if score >= PAIN_HOLD and run.state == RunState.RUNNING.value:
            run_hold_request(run=run, by=by, cause="pain")
            return "hold"
    return "noted"


TINGLING = ("yes", "strong", "no")


def tingling_record(*, run: Run, by: Staff, answer: str) -> None:
    """Note what the patient says of tingling, which triggers nothing.

    Raises Refusal for anything but yes, strong or no.
    """
    if answer not in TINGLING:
        raise Refusal(
            "tingling", f"“{answer}” is no answer; it is one of {', '.join(TINGLING)}."
        )
    run_event(
        run_id=run.pk,
        kind="tingling",
        staff=by,
        t_ms=run.live.t_ms,
        data={"answer": answer},
    )


def looks_for(run: Run) -> bool:
    """Whether the skin is still to be looked at during this run: a first session."""
    events = list(RunEvent.objects.filter(run=run).order_by("id"))
    first = any(event.data.get("first_session") for event in events)
    return first and not skin_seen(story_of(events))


def skin_check_note(*, run: Run, by: Staff, worst: int) -> None:
    """Note that the skin under both poles was looked at, and the worst grade.

    What was seen at each pole is a row of its own, kept by the caller.
    """
    run_event(
        run_id=run.pk,
        kind="skin_check",
        staff=by,
        t_ms=run.live.t_ms,
        data={"worst": worst, "flow_ms": run.live.flow_ms},
    )


def _require_state(run: Run, state: RunState) -> None:
    if run.state != state.value:
        raise Conflict(
            "wrong_state", f"The run is {run.state}; this needs it {state.value}."
        )


def _press_deadline() -> datetime:
    return timezone.now() + timedelta(milliseconds=settings.PRESS_VALID_MS)


def _ask(
    run: Run,
    kind: RunCommand.Kind,
    by: Staff | None,
    data: dict[str, Any],
    valid_until: datetime | None,
) -> RunCommand:
    with transaction.atomic():
        command = RunCommand.objects.create(
            id=uuid.uuid4(),
            run=run,
            kind=kind,
            data=data,
            asked_by=by,
            asked_at=timezone.now(),
            valid_until=valid_until,
        )
        run_event(
            run_id=run.pk,
            kind=f"{kind.value}_requested",
            staff=by,
            data={**data, "command": str(command.pk)},
        )
        audit_record(
            action=f"run.{kind.value}", subject=run, by=by, site=run.site, data=data
        )
        enqueue("devices.wake", str(run.pk))
    return command
