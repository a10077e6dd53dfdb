"""The life of a run: one try at energising one patient through one stimulator."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class RunState(StrEnum):
    QUEUED = "queued"
    VERIFYING = "verifying"
    READY = "ready"
    ARMED = "armed"
    RUNNING = "running"
    HELD = "held"
    ENDING = "ending"
    ENDED = "ended"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"


class EndReason(StrEnum):
    DOSE = "dose"
    TIME = "time"
    OPERATOR = "operator"
    PATIENT = "patient"
    HOLD_EXPIRED = "hold_expired"
    WATCHDOG = "watchdog"
    ENVELOPE = "envelope"
    DEVICE_FAULT = "device_fault"
    REBOOT = "reboot"
    SETTLED = "settled"


_S = RunState
_NOT_STARTED = frozenset({_S.CANCELLED, _S.REJECTED})

# A cut, a reboot or a hold that expires ends a run without an end ramp, hence
# running -> ended. Unknown is left only by settlement: uncertain -> ended.
TRANSITIONS: Mapping[RunState, frozenset[RunState]] = MappingProxyType(
    {
        _S.QUEUED: _NOT_STARTED | {_S.VERIFYING},
        _S.VERIFYING: _NOT_STARTED | {_S.READY},
        _S.READY: _NOT_STARTED | {_S.ARMED},
        _S.ARMED: _NOT_STARTED | {_S.RUNNING, _S.UNCERTAIN},
        _S.RUNNING: frozenset({_S.HELD, _S.ENDING, _S.ENDED, _S.UNCERTAIN}),
        _S.HELD: frozenset({_S.RUNNING, _S.ENDING, _S.ENDED, _S.UNCERTAIN}),
        _S.ENDING: frozenset({_S.ENDED, _S.UNCERTAIN}),
        _S.UNCERTAIN: frozenset({_S.ENDED}),
        _S.ENDED: frozenset(),
        _S.CANCELLED: frozenset(),
        _S.REJECTED: frozenset(),
    }
)

TERMINAL = frozenset(state for state, onward in TRANSITIONS.items() if not onward)
LIVE = frozenset(RunState) - TERMINAL
# The device has the output; held is at zero and may go on.
ENERGISED = frozenset({_S.RUNNING, _S.HELD, _S.ENDING})
MAY_FLOW = ENERGISED | {_S.ARMED, _S.UNCERTAIN}


class RunStateError(ValueError):
    """A move that the life of a run does not have."""


def check_transition(now: RunState, to: RunState) -> None:
    """Raise RunStateError unless a run may move from `now` to `to`."""
    onward = TRANSITIONS[now]
    if to in onward:
        return
    ways = ", ".join(sorted(onward)) or "nothing: it is final"
    raise RunStateError(f"A run that is {now} cannot become {to}; it can become {ways}")
