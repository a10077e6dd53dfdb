"""One run inside the device: phases, ramps, flow time, ends. Therapy time only.

Deterministic: the same programme, profile, seed and commands at the same steps
give the same samples. It knows no socket, no fence and no real clock.
"""

from random import Random
from typing import Any

from devices.core.adjust import Titration
from devices.core.profile import OnBreak, Profile
from devices.core.programme import REVERSAL_ZERO_MS, Basis, Programme
from devices.core.reading import Phase, Reading
from devices.core.run_lifecycle import EndReason
from devices.simulator.acceptance import STEP_MS, check_adjust
from devices.simulator.output import ZERO_UA, Output, Ramp
from devices.simulator.skin import ContactFault, Skin

LEAD_OFF_MS = 500
CONTACT_BACK_MS = 500
GOING_DOWN = frozenset({Phase.ENDING, Phase.STOPPING, Phase.ENDED})
_DOSING = frozenset({Phase.RAMP_UP, Phase.PLATEAU})
_HOLDS = frozenset({Phase.HOLDING, Phase.HELD})
_WATCHED = frozenset({Phase.RAMP_UP, Phase.PLATEAU, Phase.REVERSING})

Event = tuple[int, str, dict[str, Any]]


class Therapy:
    """A run from kickoff to its end; `level_ua` is the plateau's magnitude.

    `readings` and `events` fill up until the owner takes them.
    """

    def __init__(
        self, programme: Programme, profile: Profile, skin: Skin, rng: Random
    ) -> None:
        self.programme = programme
        self.output = Output(programme, profile, skin, rng)
        self.t_ms = 0
        self.flow_ms = 0
        self.last_seq = 0
        self.phase = Phase.RAMP_UP
        self.level_ua = programme.window.start_ua
        self.reason: str | None = None
        self.hold_cause: str | None = None
        self._own_hold = False
        self.readings: list[Reading] = []
        self.events: list[Event] = []
        self._profile = profile
        self._period_ms = 1000 // programme.sample_hz
        self._ramp = Ramp(0, 0, self.level_ua, programme.ramp_up_ms)
        self._holds = 0
        self._lead_offs = 0
        self._held_since_ms = 0
        self._broken_ms = 0
        self._zero_ms = 0
        self._back_ms = 0
        self._turned = False
        self._raised_at_ms: int | None = None
        self._resumed = False
        self._watch_step = False
        self._recorded_ms = -1
        self._turns = {
            Phase.RAMP_UP: self._turn_ramp_up,
            Phase.PLATEAU: self._turn_plateau,
            Phase.REVERSING: self._turn_reversing,
            Phase.HOLDING: self._turn_holding,
            Phase.HELD: self._turn_held,
            Phase.ENDING: self._turn_down,
            Phase.STOPPING: self._turn_down,
        }
        self._sample()

    @property
    def ended(self) -> bool:
        return self.phase is Phase.ENDED

    # Commands

    def adjust(self, from_ua: int, to_ua: int) -> None:
        """Move the plateau; raises ProtocolError (refused_adjust)."""
        now = Titration(
            self.phase,
            self.level_ua,
            self.output.set_ua,
            self.t_ms,
            self._raised_at_ms,
        )
        check_adjust(self.programme, now, from_ua, to_ua)
        self._move_plateau(to_ua)
        self._note("adjusted", from_ua=from_ua, to_ua=to_ua)

    def knob(self, to_ua: int) -> None:
        """The device's own knob: bounded by the ceiling, asks nobody."""
        to_ua = max(0, min(to_ua, self.programme.window.ceiling_ua))
        if self.phase in _WATCHED:
            from_ua = self.level_ua
            self._move_plateau(to_ua)
            self._note("knob", from_ua=from_ua, to_ua=to_ua)

    def hold(self, cause: str, *, own: bool = False) -> None:
        """Ramp down to a pause; too many pauses end the run.

        `own` marks a hold of the device itself, whatever others call theirs.
        """
        if self.phase in GOING_DOWN or self.phase in _HOLDS:
            self._starve_hold(cause, own)
            return
        self._holds += 1
        self.hold_cause = cause
        self._own_hold = own
        if self._holds > self.programme.holds.max_holds:
            self.stop(self._hold_reason())
            return
        self._ramp_down(self.programme.stop_ramp_ms)
        self._enter(Phase.HOLDING)

    def _starve_hold(self, cause: str, own: bool) -> None:
        """A starved hold is the watchdog's from then on: no contact that comes
        back may resume a run that nobody supervises."""
        if own and self.phase in _HOLDS:
            self.hold_cause, self._own_hold = cause, own

    def resume(self, level_ua: int, by: str = "command") -> None:
        """A full ramp from zero to a level; the caller has checked it."""
        span = self.programme.ramp_up_ms
        if by == "device":
            span = self._profile.reramp_ms
        self.level_ua = level_ua
        self.hold_cause = None
        self._resumed = True
        self._broken_ms = 0
        self._ramp = Ramp(self.t_ms, 0, level_ua, span)
        self._enter(Phase.RAMP_UP)
        self._note("resumed", level_ua=level_ua, by=by)

    def stop(self, reason: str) -> None:
        """The stop ramp, from whatever flows; at zero the run ends at once."""
        if self.phase in (Phase.STOPPING, Phase.ENDED):
            return
        self.reason = reason
        self._ramp_down(self.programme.stop_ramp_ms)
        self._watch_step = True
        self._enter(Phase.STOPPING)
        if not self._ramp.from_ua:
            self._turn_down()

    def cut(self, reason: str, **why: Any) -> None:
        """Open the relay at once and end."""
        if not self.ended:
            self._note("cut", **why)
            self._finish(reason)

    def set_contact(self, fault: ContactFault | None) -> None:
        self.output.contact_fault = fault
        self.output.measure_skin(0)

    # The step

    def advance_to(self, t_ms: int) -> None:
        while self.t_ms + STEP_MS <= t_ms and self.phase is not Phase.ENDED:
            self.step()

    def step(self) -> None:
        """50 ms of therapy time."""
        output = self.output
        self.t_ms += STEP_MS
        before = output.set_ua
        output.step(self._ramp.at(self.t_ms))
        if output.actual_ua >= self.programme.flow_floor_ua:
            self.flow_ms += STEP_MS * (self.phase not in _HOLDS)
        if self._watch_step and output.set_ua < before:
            self._watch_step = False
            self._note("ramp_step", from_ua=before, to_ua=output.set_ua)
        self._watch_contact()
        if why := output.tripped():
            self.cut(EndReason.ENVELOPE, why=why)
        elif not self.ended:
            self._turns[self.phase]()
        if self.t_ms % self._period_ms == 0 and not self.ended:
            self._sample()

    def _sample(self) -> None:
        self.output.measure_skin(self._period_ms if self.t_ms else 0)
        if why := self.output.charge_tripped():
            self.cut(EndReason.ENVELOPE, why=why)
            return
        self._record()

    def _record(self) -> None:
        # Number and time of samples rise together, also when a cut falls on one.
        self._recorded_ms = max(self.t_ms, self._recorded_ms + 1)
        self.last_seq += 1
        self.readings.append(
            self.output.reading(self.last_seq, self._recorded_ms, self.phase)
        )

    def _watch_contact(self) -> None:
        output = self.output
        permille = self.programme.contact.lead_off_permille
        if output.actual_ua * 1000 >= permille * output.set_ua:
            self._broken_ms = 0
            return
        self._broken_ms += STEP_MS
        if self._broken_ms > LEAD_OFF_MS and self.phase in _WATCHED:
            self._break()

    def _break(self) -> None:
        self._lead_offs += 1
        self._broken_ms = 0
        self._note("lead_off", count=self._lead_offs, set_ua=self.output.set_ua)
        if self._profile.on_break is OnBreak.TERMINATE:
            self.stop(EndReason.DEVICE_FAULT)
        elif self._lead_offs > self.programme.holds.max_lead_offs:
            self.stop(EndReason.HOLD_EXPIRED)
        else:
            self.hold_cause = "lead_off"
            self._own_hold = True
            # A bad contact may still carry some current: that is ramped, not cut.
            self._ramp_down(self.programme.stop_ramp_ms)
            self._enter(Phase.HOLDING)
            self._turn_holding()

    # Where each phase goes next

    def _turn_ramp_up(self) -> None:
        if self._end_if_due() or not self._ramp.done(self.t_ms):
            return
        if self._resumed:
            self._raised_at_ms = self.t_ms
        self._enter(Phase.PLATEAU)

    def _turn_plateau(self) -> None:
        programme = self.programme
        if self._end_if_due() or self._turned or not programme.reversal:
            return
        if self.flow_ms >= programme.flow_ms // 2:
            self._zero_ms = 0
            self._ramp = self._slope_to(0)
            self._enter(Phase.REVERSING)

    def _turn_reversing(self) -> None:
        if self._turned and self._ramp.done(self.t_ms):
            self._enter(Phase.PLATEAU)
        elif not self._turned and self._ramp.done(self.t_ms):
            if self.output.actual_ua >= ZERO_UA:
                self._zero_ms = 0
            elif self._zero_ms >= REVERSAL_ZERO_MS:
                self._turn_poles()
            else:
                self._zero_ms += STEP_MS

    def _turn_poles(self) -> None:
        self._turned = True
        self.output.sign = -self.output.sign
        self._ramp = self._slope_to(self.level_ua)

    def _turn_holding(self) -> None:
        if self._ramp.done(self.t_ms) and self.output.actual_ua < ZERO_UA:
            self._enter_held()

    def _turn_held(self) -> None:
        if self.t_ms - self._held_since_ms > self._longest_hold_ms():
            self._finish(self._hold_reason())
        elif self.t_ms >= self.programme.max_wall_ms:
            self._finish(EndReason.TIME)
        elif self._holds_for_contact() and self._contact_is_back():
            self._note("contact", ok=True)
            if self._profile.on_break is OnBreak.AUTO_CONTINUE:
                self.resume(self.level_ua, by="device")

    def _holds_for_contact(self) -> bool:
        return self._own_hold and self.hold_cause == "lead_off"

    def _contact_is_back(self) -> bool:
        """True once, when contact has held long enough."""
        self._back_ms = self._back_ms + STEP_MS if self.output.contact else 0
        return self._back_ms == CONTACT_BACK_MS

    def _turn_down(self) -> None:
        if self._ramp.done(self.t_ms) and self.output.actual_ua < ZERO_UA:
            self._finish(str(self.reason))

    def _end_if_due(self) -> bool:
        reason = self._due()
        if reason is not None:
            self.reason = reason
            self._ramp_down(self.programme.end_ramp_ms)
            self._enter(Phase.ENDING)
        return reason is not None

    def _due(self) -> str | None:
        programme = self.programme
        end_ramp = programme.end_ramp_ms
        if programme.basis is Basis.CHARGE:
            ramp_nc = self.output.actual_ua * end_ramp // 2
            if self.output.counter.total_nc + ramp_nc >= programme.dose_nc:
                return EndReason.DOSE
        elif self.flow_ms + end_ramp >= programme.flow_ms:
            return EndReason.TIME
        if (
            self.flow_ms + end_ramp >= programme.max_flow_ms
            or self.t_ms + end_ramp >= programme.max_wall_ms
        ):
            return EndReason.TIME
        return None

    # Helpers

    def _move_plateau(self, to_ua: int) -> None:
        old, self.level_ua = self.level_ua, to_ua
        if self.phase is Phase.RAMP_UP:
            self._ramp = self._shorter_ramp(old)
        elif self.phase is Phase.PLATEAU or self._turned:
            self._ramp = self._slope_to(to_ua)
        if to_ua > old:
            self._raised_at_ms = self._ramp.start_ms + self._ramp.span_ms
        elif self._raised_at_ms is not None:
            self._raised_at_ms = min(self._raised_at_ms, self.t_ms)

    def _shorter_ramp(self, old_ua: int) -> Ramp:
        """The rest of a ramp up to a lower level, no steeper than before."""
        now = self.output.set_ua
        if now >= self.level_ua:
            return self._slope_to(self.level_ua)
        span = self.programme.ramp_up_ms * (self.level_ua - now) // max(old_ua, 1)
        return Ramp(self.t_ms, now, self.level_ua, span)

    def _slope_to(self, to_ua: int) -> Ramp:
        now = self.output.set_ua
        span = self.programme.window.span_ms(now, to_ua)
        return Ramp(self.t_ms, now, to_ua, span)

    def _ramp_down(self, span_ms: int) -> None:
        """From what flows: from a set current that never flowed the first steps
        would lower nothing."""
        output = self.output
        now = min(output.set_ua, output.actual_ua)
        output.set_ua = now if now >= ZERO_UA else 0
        self._ramp = Ramp(self.t_ms, output.set_ua, 0, span_ms if output.set_ua else 0)

    def _hold_reason(self) -> str:
        if self._own_hold and self.hold_cause == EndReason.WATCHDOG:
            return EndReason.WATCHDOG
        return EndReason.HOLD_EXPIRED

    def _longest_hold_ms(self) -> int:
        own = self.programme.holds.max_hold_ms
        return min(own, self._profile.max_pause_ms or own)

    def _enter_held(self) -> None:
        self._held_since_ms = self.t_ms
        self._back_ms = 0
        self._enter(Phase.HELD)
        self._note("held", cause=self.hold_cause)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._note("phase", phase=int(phase))

    def _finish(self, reason: str) -> None:
        self.reason = str(reason)
        self.output.cut()
        self._enter(Phase.ENDED)
        self._record()
        counter = self.output.counter
        self._note(
            "ended",
            reason=self.reason,
            counter_nc=counter.total_nc,
            last_seq=self.last_seq,
        )

    def _note(self, kind: str, **data: Any) -> None:
        self.events.append((self.t_ms, kind, data))
