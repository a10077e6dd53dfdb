"""The judge of one led run, with the figures that screens show."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from devices.core.contact import skin_ohm
from devices.core.judge import Judge
from devices.core.prompts import (
    PATIENCE,
    Patience,
    Prompt,
    Story,
    open_questions,
    planned_flow_ms,
    schedule,
    to_ask,
)
from devices.core.reading import Reading
from devices.core.signals import (
    Alarm,
    Asking,
    Command,
    DeviceSaid,
    Event,
    Hold,
    LinkBack,
    LinkSilent,
    Pain,
    Priority,
    RecordingLate,
    ResumeSent,
    Samples,
    Stop,
)
from devices.selectors.attending import RunFacts
from devices.services.ingest import LiveWrite, alarms_text

# Points of the live chart kept for one event to the browsers.
MAX_POINTS = 40


class Watch:
    """Feeds the judge and keeps its last words until they are carried out."""

    def __init__(self, facts: RunFacts, patience: Patience = PATIENCE) -> None:
        self._facts = facts
        self._prompts = schedule(
            planned_flow_ms(facts.programme), first_session=facts.first_session
        )
        self._judge = Judge.rebuild(
            facts.programme,
            facts.profile,
            facts.readings,
            pain=facts.pain,
            self_resumes=facts.self_resumes,
            patience=patience,
        )
        self._silent = False
        self._points: list[list[int | None]] = []
        self.data_at: datetime | None = None
        self.flows_from: datetime | None = None
        self.device_counter_nc = 0
        self.flow_ms = self._judge.flow_ms
        self.level_ua = facts.level_ua
        self.stop: Stop | None = None
        self.hold: Hold | None = None
        self.spoken: list[Alarm] = []
        self._obey(self._judge.outstanding)

    @property
    def t_ms(self) -> int:
        """The therapy clock at the newest reading."""
        last = self._judge.last
        return 0 if last is None else last.t_ms

    def weigh(self, readings: Sequence[Reading]) -> None:
        """Judge new readings."""
        self.data_at = timezone.now()
        self._tell(Samples(tuple(readings)))
        self._note_points(readings)

    def device_said(self, kind: str, data: dict[str, Any]) -> None:
        """Judge an event of the device."""
        self._tell(DeviceSaid(kind, data))

    def pain(self, score: int | None) -> None:
        """Judge a pain score, once per change."""
        if score is not None and score != self._judge.pain:
            self._tell(Pain(score))

    def resume_sent(self) -> None:
        """A resume of ours is about to leave."""
        self._tell(ResumeSent())

    def silent(self, silent_ms: int) -> None:
        """Nothing is heard of the device."""
        self._silent = True
        self._tell(LinkSilent(silent_ms))

    def link_back(self) -> None:
        """The device is heard (again)."""
        if self._silent:
            self._silent = False
            self._tell(LinkBack())

    def misplaced(self, readings: Sequence[Reading]) -> None:
        """Judge readings that cannot be kept: their numbers are out of range."""
        self._tell(Samples(tuple(readings)))

    def recording_late(self, late_ms: int) -> None:
        """Samples wait to be stored."""
        self._tell(RecordingLate(late_ms))

    def to_ask(self, story: Story) -> tuple[Prompt, ...]:
        """Questions that fall due at the flow time of the samples judged so far."""
        return to_ask(self._prompts, self._judge.flow_ms, story)

    def asking(self, story: Story, flows: bool) -> None:
        """Judge the questions that wait; in a hold nobody is waited for."""
        # What is stored of a resume is read a moment after it happened.
        since = [at for at in (story.flowing_since, self.flows_from) if at]
        story = replace(story, flowing_since=max(since, default=None))
        open_now = open_questions(self._prompts, story, timezone.now())
        self._tell(Asking(open_now if flows else ()))

    def counter(self, counter_nc: int, flow_ms: int, level_ua: int) -> None:
        """Note what the device itself counts."""
        self.device_counter_nc = counter_nc
        self.flow_ms = flow_ms
        self.level_ua = level_ua

    def _tell(self, event: Event) -> None:
        for command in self._judge.weigh(event):
            self._obey(command)

    def _obey(self, command: Command | None) -> None:
        if isinstance(command, Stop):
            self.stop = self.stop or command
        elif isinstance(command, Hold):
            self.hold = command
        elif isinstance(command, Alarm) and command.priority is not Priority.LOW:
            self.spoken.append(command)

    # -- figures -----------------------------------------------------------

    @property
    def alarms(self) -> list[dict[str, Any]]:
        """Alarms that still hold, as screens get them."""
        return [
            {
                "priority": alarm.priority.value,
                "code": alarm.code,
                "text": alarm.text,
                "action": alarm.action,
            }
            for alarm in self._judge.alarms
        ]

    def live(self, fence: int) -> LiveWrite:
        """The newest figures as a row."""
        last, charge = self._judge.last, self._judge.charge
        return LiveWrite(
            run_id=self._facts.run_id,
            fence=fence,
            data_at=self.data_at,
            phase=None if last is None else int(last.phase),
            t_ms=self.t_ms,
            flow_ms=self.flow_ms,
            set_ua=0 if last is None else last.set_ua,
            level_ua=self.level_ua,
            mean_ua=None if last is None else last.mean_ua,
            ohm=None if last is None else self._ohm(last),
            confirmed_nc=charge.confirmed_nc,
            upper_nc=charge.upper_bound_nc,
            device_counter_nc=self.device_counter_nc,
            alarms=alarms_text(self.alarms),
        )

    def _ohm(self, reading: Reading) -> int | None:
        if reading.voltage_mv is None or not reading.mean_ua:
            return None
        return skin_ohm(
            reading.voltage_mv, reading.mean_ua, self._facts.profile.series_ohm
        )

    def _note_points(self, readings: Iterable[Reading]) -> None:
        self._points += [[r.t_ms, r.set_ua, r.mean_ua, self._ohm(r)] for r in readings]

    def take_points(self) -> list[list[int | None]]:
        """Chart points since the last call, thinned but never losing an extreme."""
        points, self._points = self._points, []
        if len(points) <= MAX_POINTS:
            return points
        step = -(-len(points) // (MAX_POINTS // 2))
        thinned: list[list[int | None]] = []
        for start in range(0, len(points), step):
            group = points[start : start + step]
            ends = {
                id(point): point
                for point in (
                    min(group, key=lambda p: p[2] or 0),
                    max(group, key=lambda p: p[2] or 0),
                )
            }
            thinned += sorted(ends.values(), key=lambda p: p[0] or 0)
        return thinned
