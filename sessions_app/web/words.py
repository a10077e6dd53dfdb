"""How states are said: always a word, its colour beside it."""

from typing import NamedTuple

from devices.core.run_lifecycle import EndReason, RunState
from devices.models import Run
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PrescriptionLeg, TreatmentSession
from sessions_app.selectors.diagnostics import SIGNED, Standing, standing_of_test


class Word(NamedTuple):
    label: str
    colour: str


class Next(NamedTuple):
    """The next action on a session; `primary` when somebody should do it now."""

    label: str
    primary: bool


SESSION: dict[str, Word] = {
    SessionState.PLANNED: Word("Planned", "grey"),
    SessionState.CHECKED_IN: Word("Checked in", "blue"),
    SessionState.CLEARED: Word("Cleared", "blue"),
    SessionState.TREATING: Word("Treating", "aqua-green"),
    SessionState.TO_SIGN: Word("To sign", "orange"),
    SessionState.COMPLETED: Word("Completed", "green"),
    SessionState.PARTIAL: Word("Partial", "yellow"),
    SessionState.NOT_TREATED: Word("Not treated", "grey"),
    SessionState.CANCELLED: Word("Cancelled", "grey"),
    SessionState.NO_SHOW: Word("Did not come", "grey"),
    SessionState.ENTERED_IN_ERROR: Word("Entered in error", "grey"),
}

RUN: dict[str, Word] = {
    RunState.QUEUED: Word("Preparing", "blue"),
    RunState.VERIFYING: Word("Reading back", "blue"),
    RunState.READY: Word("Ready to start", "aqua-green"),
    RunState.ARMED: Word("Starting", "aqua-green"),
    RunState.RUNNING: Word("Running", "green"),
    RunState.HELD: Word("Held", "orange"),
    RunState.ENDING: Word("Ending", "aqua-green"),
    RunState.ENDED: Word("Output off", "grey"),
    RunState.CANCELLED: Word("Cancelled", "grey"),
    RunState.REJECTED: Word("Rejected", "red"),
    RunState.UNCERTAIN: Word("Uncertain", "red"),
}

END: dict[str, str] = {
    EndReason.DOSE: "dose reached",
    EndReason.TIME: "time reached",
    EndReason.OPERATOR: "stopped by the operator",
    EndReason.PATIENT: "stopped for the patient",
    EndReason.HOLD_EXPIRED: "held too long or too often",
    EndReason.WATCHDOG: "the stimulator lost its supervision",
    EndReason.ENVELOPE: "a hard limit tripped",
    EndReason.DEVICE_FAULT: "fault of the stimulator",
    EndReason.REBOOT: "the stimulator restarted",
    EndReason.SETTLED: "settled by a named statement",
}

TEST: dict[Standing, Word] = {
    Standing.COLLECTING: Word("Collecting", "aqua-green"),
    Standing.NOT_DONE: Word("Test not done", "yellow"),
    Standing.AWAITING_RESULT: Word("Awaiting result", "orange"),
    Standing.AWAITING_INTERPRETATION: Word("To interpret", "orange"),
    Standing.INTERPRETED: Word("Interpreted", "green"),
}

_NEXT: dict[str, Next] = {
    SessionState.PLANNED: Next("Check in", True),
    SessionState.CHECKED_IN: Next("Checks before treatment", True),
    SessionState.CLEARED: Next("Prepare", True),
    SessionState.TO_SIGN: Next("Check skin and sign", True),
}

_NEXT_OF_RUN: dict[str, Next] = {
    RunState.QUEUED: Next("See the preparation", False),
    RunState.VERIFYING: Next("See the preparation", False),
    RunState.READY: Next("Start at the chair", True),
    RunState.UNCERTAIN: Next("Make safe", True),
}


def state_of(session: TreatmentSession, run: Run | None) -> Word:
    """The word for a session; while it is treated, that of its run."""
    if session.state == SessionState.TREATING and run is not None:
        return RUN[run.state]
    return diagnostic_word(session) or SESSION[session.state]


def diagnostic_word(session: TreatmentSession) -> Word | None:
    """Where a test stands after its current; None before, and for a treatment."""
    if session.state not in (*SIGNED, SessionState.TO_SIGN):
        return None
    standing = standing_of_test(session)
    return None if standing is None else TEST.get(standing)


def next_of(session: TreatmentSession, run: Run | None) -> Next:
    """The one button of a worklist row."""
    if session.state == SessionState.TREATING and run is not None:
        return _NEXT_OF_RUN.get(run.state, Next("Open the console", True))
    return _NEXT.get(session.state, Next("Open the record", False))


def places_of(session: TreatmentSession) -> str:
    """What is treated: `HH-PALM, both palms`."""
    places = [place_name(leg.prescribed) for leg in session.legs.all()]
    return ", ".join([session.prescription.adoption.protocol.code, *places])


def place_name(leg: PrescriptionLeg) -> str:
    """As people say it: `both palms`, `right lateral epicondyle`."""
    return f"{leg.side} {leg.body_site}".strip()
