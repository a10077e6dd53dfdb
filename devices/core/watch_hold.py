"""How a run is held and resumed, from the phases of its readings.

Spans are therapy time.
"""

from clinic.quantities import clock_text
from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from devices.core.voice import Voice

MAX_SELF_RESUMES = 2

_LIVE = (Phase.RAMP_UP, Phase.PLATEAU, Phase.REVERSING)


class HoldWatch:
    """How often and how long the run is held, and who resumes it."""

    __slots__ = (
        "_held_from_ms",
        "_limits",
        "_phase",
        "holds",
        "resume_sent",
        "self_resumes",
        "trusting",
    )

    def __init__(self, programme: Programme) -> None:
        self._limits = programme.holds
        self._phase: Phase | None = None
        self._held_from_ms: int | None = None
        self.holds = 0
        self.self_resumes = 0
        self.resume_sent = False
        self.trusting = False

    def weigh(self, reading: Reading, voice: Voice) -> None:
        before, now = self._phase, reading.phase
        self._phase = now
        if now is not before:
            voice.resting = now not in _LIVE
            self._weigh_turn(before, now, reading.t_ms, voice)
        if now is Phase.HELD:
            self._weigh_held(reading.t_ms, voice)

    def _weigh_turn(
        self, before: Phase | None, now: Phase, t_ms: int, voice: Voice
    ) -> None:
        if now is Phase.HELD:
            self._held_from_ms = t_ms
            self._count(voice)
        elif before is Phase.HELD:
            self._held_from_ms = None
            if now in _LIVE:
                voice.held = None
                self._weigh_resumed(voice)

    def _count(self, voice: Voice) -> None:
        self.holds += 1
        if self.holds > self._limits.max_holds:
            voice.alarm_and_stop(
                "HOLD_EXPIRED",
                "hold_expired",
                f"Held {self.holds} times, the limit is {self._limits.max_holds}.",
            )

    def _weigh_resumed(self, voice: Voice) -> None:
        if self.resume_sent or self.trusting:
            self.resume_sent = False
            voice.clear("RESUMED_BY_DEVICE")
            return
        self.self_resumes += 1
        # Said anew each time: the second one is not the first.
        voice.clear("RESUMED_BY_DEVICE")
        text = f"RESUMED BY DEVICE, {self.self_resumes} of at most {MAX_SELF_RESUMES}."
        voice.alarm("RESUMED_BY_DEVICE", text)
        if self.self_resumes >= MAX_SELF_RESUMES:
            voice.stop("device_fault", text)

    def _weigh_held(self, t_ms: int, voice: Voice) -> None:
        held_ms = t_ms - (self._held_from_ms or 0)
        if held_ms > self._limits.max_hold_ms:
            voice.alarm_and_stop(
                "HOLD_EXPIRED",
                "hold_expired",
                f"Held for {clock_text(held_ms)}, the limit is"
                f" {clock_text(self._limits.max_hold_ms)}.",
            )
