"""What a supervisor reads of the runs that it leads."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devices.core import trace_codec
from devices.core.profile import Profile
from devices.core.programme import Programme
from devices.core.prompts import NO_STORY, Answer, Kind, Put, Story
from devices.core.reading import Reading
from devices.core.run_lifecycle import RunState
from devices.models import Run, RunCommand, RunEvent, RunLive, TraceChunk


@dataclass(frozen=True, slots=True)
class RunFacts:
    """All that is needed to lead a run, as stored."""

    run_id: uuid.UUID
    site_id: uuid.UUID
    state: RunState
    kickoff_sent: bool
    stimulator_id: uuid.UUID
    label: str
    serial: str
    is_simulated: bool
    driver: str
    host: str
    port: int
    profile: Profile
    programme: Programme
    plain: dict[str, Any]
    programme_hash: str
    have_seq: int
    level_ua: int
    pain: int | None
    self_resumes: int
    first_session: bool
    readings: list[Reading]


def run_facts(*, run_id: uuid.UUID) -> RunFacts:
    """Read a run with the samples stored so far."""
    run = Run.objects.select_related("stimulator", "live").get(pk=run_id)
    box = run.stimulator
    payloads = (
        TraceChunk.objects.filter(run=run)
        .order_by("first_seq")
        .values_list("payload", flat=True)
    )
    pain = RunEvent.objects.filter(run=run, kind="pain").order_by("-id").first()
    return RunFacts(
        run_id=run.pk,
        site_id=run.site_id,
        state=RunState(run.state),
        kickoff_sent=run.kickoff_sent_at is not None,
        stimulator_id=box.pk,
        label=box.label,
        serial=box.serial,
        is_simulated=box.is_simulated,
        driver=box.driver,
        host=box.host,
        port=box.port,
        profile=Profile.from_dict(box.profile),
        programme=Programme.from_dict(run.programme),
        plain=run.programme,
        programme_hash=run.programme_hash,
        have_seq=run.live.have_seq,
        level_ua=run.live.level_ua,
        pain=None if pain is None else int(pain.data["score"]),
        self_resumes=_self_resumes(run),
        first_session=RunEvent.objects.filter(
            run=run, kind="queued", data__first_session=True
        ).exists(),
        readings=[
            reading for raw in payloads for reading in trace_codec.unpack(bytes(raw))
        ],
    )


def have_seqs(*, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Up to which number the samples of each run are stored."""
    if not run_ids:
        return {}
    rows = RunLive.objects.filter(run_id__in=run_ids)
    return dict(rows.values_list("run_id", "have_seq"))


def _self_resumes(run: Run) -> int:
    """How often the device resumed although nobody had asked."""
    resumed = RunEvent.objects.filter(run=run, kind="resumed").count()
    asked = RunCommand.objects.filter(
        run=run, kind=RunCommand.Kind.RESUME, state=RunCommand.State.DONE
    ).count()
    return max(0, resumed - asked)


@dataclass(frozen=True, slots=True)
class Asked:
    """An open command of a person."""

    command: uuid.UUID
    kind: str
    data: dict[str, Any]
    valid_until: datetime | None
    sent: bool


@dataclass(frozen=True, slots=True)
class Intent:
    """What people want of a run now."""

    state: RunState
    expires_at: datetime | None
    start_command: uuid.UUID | None
    start_valid_until: datetime | None
    stop_command: uuid.UUID | None
    stop_cause: str
    pain: int | None
    commands: tuple[Asked, ...]
    story: Story = NO_STORY


def intents(*, run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Intent]:
    """Requests and states of many runs, in a few queries."""
    if not run_ids:
        return {}
    asked: dict[uuid.UUID, list[Asked]] = {}
    open_commands = RunCommand.objects.filter(
        run_id__in=run_ids,
        state__in=[RunCommand.State.ASKED, RunCommand.State.SENT],
    ).order_by("asked_at")
    for command in open_commands:
        asked.setdefault(command.run_id, []).append(
            Asked(
                command.pk,
                command.kind,
                command.data,
                command.valid_until,
                command.state == RunCommand.State.SENT,
            )
        )
    told = _told(run_ids)
    rows = Run.objects.filter(pk__in=run_ids).values_list(
        "id",
        "state",
        "expires_at",
        "start_command",
        "start_valid_until",
        "stop_command",
        "stop_cause",
    )
    return {
        row[0]: Intent(
            RunState(row[1]),
            *row[2:],
            _last_pain(told.get(row[0], [])),
            tuple(asked.get(row[0], ())),
            story_of(told.get(row[0], [])),
        )
        for row in rows
    }


# What is asked of people during a run, and since when current flows.
_STORY = ("prompt", "pain", "device_pain", "skin_check", "started", "resumed")
_ANSWERS = {
    "pain": Kind.PAIN,
    "device_pain": Kind.PAIN,
    "skin_check": Kind.SKIN,
}


def _told(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[RunEvent]]:
    found: dict[uuid.UUID, list[RunEvent]] = {}
    rows = RunEvent.objects.filter(run_id__in=run_ids, kind__in=_STORY)
    for event in rows.order_by("id"):
        found.setdefault(event.run_id, []).append(event)
    return found


def _last_pain(events: list[RunEvent]) -> int | None:
    scores = [int(event.data["score"]) for event in events if event.kind == "pain"]
    return scores[-1] if scores else None


def story_of(events: Collection[RunEvent]) -> Story:
    """The questions of one run and their answers, from its events in order."""
    flows = [event.at for event in events if event.kind in {"started", "resumed"}]
    return Story(
        tuple(
            Put(str(event.data["name"]), event.pk, event.at)
            for event in events
            if event.kind == "prompt"
        ),
        tuple(
            Answer(_ANSWERS[event.kind], event.pk, int(event.data.get("flow_ms", 0)))
            for event in events
            if event.kind in _ANSWERS
        ),
        max(flows, default=None),
    )
