"""The judge of a run: events in, commands out, nothing else.

It owns no clock and no link. Therapy is judged by the `t_ms` of readings, the
link by the spans that it is told. The same events always give the same
commands, so whoever takes a run over rebuilds the judge from stored readings.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from clinic.quantities import ma_exact_text, ma_min_text
from devices.core.adjust import PAIN_HOLD, PAIN_STOP, Titration, adjust_allowed
from devices.core.charge import Accumulator, Charge
from devices.core.profile import Profile
from devices.core.programme import Programme
from devices.core.prompts import PATIENCE, Patience
from devices.core.reading import Phase, Reading
from devices.core.signals import (
    Alarm,
    Asking,
    Command,
    DeviceSaid,
    Event,
    LinkBack,
    LinkSilent,
    Pain,
    RecordingLate,
    ResumeSent,
    Samples,
)
from devices.core.voice import Voice
from devices.core.watch_contact import ContactWatch
from devices.core.watch_hold import HoldWatch
from devices.core.watch_output import EnvelopeWatch, OutputWatch
from devices.core.watch_prompts import PromptWatch

MAX_GAP_MS = 2_000
SILENT_MS = 3_000
LOST_MS = 8_000
LATE_MS = 10_000
MAX_UNRECORDED_MS = 60_000
# Samples of the last moments, beyond those of the wall time.
SLACK = 100

_FAULTS = ("envelope", "device_fault", "watchdog", "reboot")


def max_samples(programme: Programme) -> int:
    """The highest number that a sample of this programme can have."""
    return programme.max_wall_ms * programme.sample_hz // 1000 + SLACK


class Judge:
    """Weighs what happens in one run.

    `density_limit_ua` is the largest current that the electrodes allow, where
    the device does not hold its current by itself. Raises nothing for what a
    device says: what cannot be read becomes an alarm.
    """

    def __init__(
        self,
        programme: Programme,
        profile: Profile,
        *,
        density_limit_ua: int | None = None,
        max_gap_ms: int = MAX_GAP_MS,
        patience: Patience = PATIENCE,
    ) -> None:
        self.programme = programme
        self.trace = Accumulator(
            max_gap_ms,
            bound_ua=programme.envelope.max_mean_ua,
            flow_floor_ua=programme.flow_floor_ua,
        )
        self.pain: int | None = None
        self._voice = Voice(profile.resume_allowed)
        self._envelope = EnvelopeWatch(programme, profile, density_limit_ua)
        self._output = OutputWatch(programme)
        self._contact = ContactWatch(programme, profile)
        self._hold = HoldWatch(programme)
        self._prompts = PromptWatch(patience)
        self._last: Reading | None = None
        # A number far ahead would make every true reading look old.
        self._max_seq = max_samples(programme)
        self._raised_at_ms: int | None = None
        self._weighs: Mapping[type[Any], Callable[[Any], None]] = {
            Samples: self._weigh_samples,
            DeviceSaid: self._weigh_device,
            ResumeSent: self._weigh_resume_sent,
            Pain: self._weigh_pain,
            LinkSilent: self._weigh_silence,
            LinkBack: self._weigh_link_back,
            RecordingLate: self._weigh_recording,
            Asking: self._weigh_asking,
        }

    @classmethod
    def rebuild(
        cls,
        programme: Programme,
        profile: Profile,
        readings: Iterable[Reading],
        *,
        pain: int | None = None,
        self_resumes: int = 0,
        **options: Any,
    ) -> Self:
        """The judge of a run taken over, from its stored readings.

        `pain` is the last score, `self_resumes` how often the device resumed by
        itself. What is still to be done is in `outstanding`.
        """
        judge = cls(programme, profile, **options)
        # Whoever judged these readings knew which resumes were sent.
        judge._hold.trusting = True
        judge._weigh_samples(Samples(tuple(readings)))
        judge._hold.trusting = False
        judge._hold.self_resumes = self_resumes
        judge.pain = pain
        judge._voice.take()
        return judge

    def weigh(self, event: Event) -> list[Command]:
        """What to do about an event. Every alarm comes once, until it is cleared."""
        self._weighs[type(event)](event)
        return self._voice.take()

    @property
    def charge(self) -> Charge:
        return self.trace.charge()

    @property
    def flow_ms(self) -> int:
        return self.trace.flow_ms

    @property
    def last(self) -> Reading | None:
        """The reading with the highest number."""
        return self._last

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms whose condition still holds."""
        return tuple(self._voice.alarms.values())

    @property
    def self_resumes(self) -> int:
        return self._hold.self_resumes

    @property
    def outstanding(self) -> Command | None:
        """The stop, or else the hold, that the device has not obeyed yet."""
        if self._last is not None and self._last.phase is Phase.ENDED:
            return None
        if self._voice.stopped:
            return self._voice.stopped
        return None if self._voice.resting else self._voice.held

    def titration(self, level_ua: int) -> Titration:
        """Where the run stands for an adjust, at the level that the device tells."""
        last = self._last
        if last is None:
            return Titration(Phase.RAMP_UP, level_ua, 0, 0, None, self.pain)
        return Titration(
            last.phase,
            level_ua,
            abs(last.set_ua),
            last.t_ms,
            self._raised_at_ms,
            self.pain,
        )

    def _weigh_samples(self, event: Samples) -> None:
        for reading in event.readings:
            if self._misplaced(reading) or not self.trace.add(reading):
                continue
            self._envelope.weigh(reading, self._voice)
            if self._last is None or reading.seq > self._last.seq:
                self._weigh_newest(reading)
        self._weigh_charge()

    def _weigh_newest(self, reading: Reading) -> None:
        before, self._last = self._last, reading
        voice = self._voice
        was_ua = abs(before.set_ua) if before else 0
        if reading.phase is Phase.PLATEAU and abs(reading.set_ua) > was_ua:
            self._raised_at_ms = reading.t_ms
        self._hold.weigh(reading, voice)
        self._output.weigh(reading, voice)
        self._contact.weigh(reading, voice)

    def _misplaced(self, reading: Reading) -> bool:
        """Whether a number is out of range, or its time contradicts the newest's."""
        last = self._last
        if reading.seq > self._max_seq:
            self._voice.alarm(
                "BAD_SAMPLE",
                f"Sample number {reading.seq}: this run has at most {self._max_seq}.",
            )
            return True
        if last is None:
            return False
        ahead, later = reading.seq - last.seq, reading.t_ms - last.t_ms
        if (ahead > 0) == (later > 0) and (ahead < 0) == (later < 0):
            return False
        self._voice.alarm(
            "BAD_SAMPLE",
            f"Sample {reading.seq} at {reading.t_ms} ms is out of order: sample"
            f" {last.seq} was at {last.t_ms} ms.",
        )
        return True

    def _weigh_charge(self) -> None:
        limit, charge = self.programme.envelope.max_charge_nc, self.charge
        if charge.confirmed_nc > limit:
            self._voice.alarm_and_stop(
                "OVER_CHARGE",
                "envelope",
                f"{ma_min_text(charge.confirmed_nc)} mA·min delivered, the limit is"
                f" {ma_min_text(limit)} mA·min.",
            )
        elif charge.upper_bound_nc > limit:
            self._voice.alarm(
                "CHARGE_UNPROVEN",
                f"Up to {ma_min_text(charge.upper_bound_nc)} mA·min may have flowed,"
                f" the limit is {ma_min_text(limit)} mA·min.",
            )
        else:
            self._voice.clear("CHARGE_UNPROVEN")

    def _weigh_device(self, event: DeviceSaid) -> None:
        kind, data, voice = event.kind, event.data, self._voice
        if kind == "knob":
            self._weigh_knob(data)
        elif kind == "lead_off":
            self._contact.broke(voice, "Lead off, told by the stimulator.")
        elif kind == "pain":
            self._weigh_device_pain(data)
        elif kind == "malformed":
            voice.alarm("BAD_SAMPLE", str(data.get("why", "A sample is unreadable.")))
        elif kind == "watchdog":
            voice.alarm("WATCHDOG", "The stimulator lost us and ramped down by itself.")
        elif kind == "button":
            voice.alarm(
                "STOPPED_AT_DEVICE", "The button of the stimulator was pressed."
            )
        elif kind == "ended" and data.get("reason") in _FAULTS:
            voice.alarm("ENDED_BY_FAULT", f"The run ended by {data['reason']}.")

    def _weigh_knob(self, data: Mapping[str, Any]) -> None:
        from_ua, to_ua = data.get("from_ua"), data.get("to_ua")
        if not isinstance(from_ua, int) or not isinstance(to_ua, int):
            self._voice.alarm("KNOB", f"The knob was turned, unreadable: {dict(data)}.")
            return
        turn = f"Knob turned from {ma_exact_text(from_ua)} to {ma_exact_text(to_ua)}"
        ceiling = self.programme.window.ceiling_ua
        if to_ua > ceiling:
            self._voice.alarm_and_stop(
                "KNOB", "envelope", f"{turn}, over the limit {ma_exact_text(ceiling)}."
            )
            return
        now = self.titration(from_ua)
        decision = adjust_allowed(self.programme, now, from_ua, to_ua)
        if not decision.allowed and to_ua > from_ua:
            self._voice.alarm_and_hold("KNOB", "knob", f"{turn}. {decision.why}")

    def _weigh_device_pain(self, data: Mapping[str, Any]) -> None:
        try:
            self._weigh_pain(Pain(data.get("score", -1)))
        except ValueError as error:
            self._voice.alarm("BAD_SAMPLE", f"From the stimulator: {error}.")

    def _weigh_resume_sent(self, _event: ResumeSent) -> None:
        self._hold.resume_sent = True

    def _weigh_pain(self, event: Pain) -> None:
        score, voice = event.score, self._voice
        if type(score) is not int or not 0 <= score <= 10:
            raise ValueError(f"Pain {score!r} is no whole number from 0 to 10")
        self.pain = score
        if score >= PAIN_STOP:
            voice.alarm_and_stop("PAIN_SEVERE", "patient", f"Pain {score} of 10.")
        elif score >= PAIN_HOLD:
            voice.alarm_and_hold("PAIN", "pain", f"Pain {score} of 10.")
        else:
            voice.clear("PAIN")

    def _weigh_silence(self, event: LinkSilent) -> None:
        text = f"Nothing heard from the stimulator for {event.silent_ms} ms."
        if event.silent_ms > SILENT_MS:
            self._voice.alarm("LINK_SILENT", text)
        if event.silent_ms > LOST_MS:
            self._voice.alarm("LINK_LOST", text)

    def _weigh_link_back(self, _event: LinkBack) -> None:
        self._voice.clear("LINK_SILENT")
        self._voice.clear("LINK_LOST")

    def _weigh_asking(self, event: Asking) -> None:
        self._prompts.weigh(event.questions, self._voice)

    def _weigh_recording(self, event: RecordingLate) -> None:
        late_ms = event.late_ms
        if late_ms <= LATE_MS:
            self._voice.clear("NOT_RECORDED")
            return
        text = f"Samples wait {late_ms} ms to be stored."
        self._voice.alarm("NOT_RECORDED", text)
        if late_ms >= MAX_UNRECORDED_MS:
            self._voice.hold("recording", text)
