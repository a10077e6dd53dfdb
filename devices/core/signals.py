"""What the judge hears and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from devices.core.prompts import Question
from devices.core.reading import Reading

# Events


@dataclass(frozen=True, slots=True)
class Samples:
    """Readings of the run, in any order, known ones included."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class DeviceSaid:
    """An event notification of the device; kinds as in `docs/protocol.md`."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResumeSent:
    """A resume is about to go out; without it a resuming device does so by itself."""


@dataclass(frozen=True, slots=True)
class Pain:
    """Score 0 (none) to 10 (worst)."""

    score: int


@dataclass(frozen=True, slots=True)
class LinkSilent:
    """Nothing heard from the device for this real time."""

    silent_ms: int


@dataclass(frozen=True, slots=True)
class LinkBack:
    """The device is heard again."""


@dataclass(frozen=True, slots=True)
class RecordingLate:
    """Samples have waited this real time to be stored; 0 when all are stored."""

    late_ms: int


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions that wait for an answer now, all of them; none when none does."""

    questions: tuple[Question, ...]


Event = (
    Samples
    | DeviceSaid
    | ResumeSent
    | Pain
    | LinkSilent
    | LinkBack
    | RecordingLate
    | Asking
)


# Commands


class Priority(StrEnum):
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run now, by `stop_ramp`. `cause` is an end reason."""

    cause: str
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Ramp down and wait for a person at the chair."""

    cause: str
    why: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that began. `action` says what to do next."""

    priority: Priority
    code: str
    text: str
    action: str


@dataclass(frozen=True, slots=True)
class Clear:
    """The condition of an alarm is over."""

    code: str


Command = Stop | Hold | Alarm | Clear

_INSPECT = "Inspect both electrodes and the skin, then resume or end at the chair."
_ENDING = "Stay with the patient until the output is off, then check the skin."
_DEVICE = "Take the electrodes off, then put the stimulator in quarantine."

ALARMS: Mapping[str, tuple[Priority, str]] = {
    "OVER_CURRENT": (Priority.HIGH, _DEVICE),
    "OVER_PEAK": (Priority.HIGH, _DEVICE),
    "OVER_RMS": (Priority.HIGH, _DEVICE),
    "OVER_VOLTAGE": (Priority.HIGH, _DEVICE),
    "OVER_DENSITY": (Priority.HIGH, _ENDING),
    "OVER_CHARGE": (Priority.HIGH, _ENDING),
    "CHARGE_UNPROVEN": (Priority.MEDIUM, "Wait for the missing samples or end."),
    "OVERSHOOT": (Priority.MEDIUM, "Watch the current; end if it does not follow."),
    "STUCK_OUTPUT": (Priority.HIGH, _DEVICE),
    "OVERRUN": (Priority.HIGH, _DEVICE),
    "LEAD_OFF": (Priority.MEDIUM, _INSPECT),
    "DRY_PAD": (Priority.MEDIUM, "Wet or refill the pad, then resume at the chair."),
    "BRIDGE": (Priority.HIGH, "Separate the electrodes and dry the skin between them."),
    "JUMP": (Priority.MEDIUM, _INSPECT),
    "DROP": (Priority.HIGH, _INSPECT),
    "NO_READING": (Priority.MEDIUM, _INSPECT),
    "RESUMED_BY_DEVICE": (Priority.HIGH, "Ask the patient and inspect the electrodes."),
    "HOLD_EXPIRED": (Priority.MEDIUM, _ENDING),
    "KNOB": (Priority.MEDIUM, "Set the current from the screen, not at the device."),
    "PAIN": (Priority.MEDIUM, "Inspect the skin; resume at least 20 % lower or end."),
    "PAIN_SEVERE": (Priority.HIGH, _ENDING),
    "ASK_PAIN": (Priority.LOW, "Press the score that the patient says."),
    "ASK_SKIN": (Priority.LOW, "Enter what you see under each electrode."),
    "UNANSWERED": (
        Priority.MEDIUM,
        "Ask the patient now; without an answer the run goes to hold.",
    ),
    "LINK_SILENT": (Priority.LOW, "Stay with the patient; the stimulator goes on."),
    "LINK_LOST": (
        Priority.MEDIUM,
        "Look at the stimulator: it ramps down by itself after 8 s.",
    ),
    "NOT_RECORDED": (Priority.MEDIUM, "Write the current down until it clears."),
    "BAD_SAMPLE": (Priority.MEDIUM, "Read the current at the stimulator."),
    "WATCHDOG": (Priority.HIGH, _INSPECT),
    "STOPPED_AT_DEVICE": (Priority.LOW, _ENDING),
    "ENDED_BY_FAULT": (Priority.HIGH, _DEVICE),
}


def alarm(code: str, text: str) -> Alarm:
    """The alarm of a known code."""
    priority, action = ALARMS[code]
    return Alarm(priority, code, text, action)
