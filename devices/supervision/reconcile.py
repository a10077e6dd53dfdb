"""What a device's `hello` means for the run that the database knows. Pure."""

from enum import StrEnum

from devices.core.run_lifecycle import RunState
from devices.drivers.base import Hello, RunSummary


class Outcome(StrEnum):
    """What the supervisor does next."""

    STAGE = "stage"
    FOLLOW = "follow"
    READ_END = "read_end"
    NEVER_STARTED = "never_started"
    STOP = "stop"
    BUSY = "busy"
    UNKNOWN = "unknown"


FLOWING = frozenset({"running", "held", "ending", "stopping"})
_BEFORE = frozenset({RunState.QUEUED, RunState.VERIFYING, RunState.READY})
_NOT_STARTED = frozenset({"staged", "armed"})


def flows(run: str, hello: Hello) -> bool:
    """Whether the device says that this very run has the output."""
    return hello.run == run and hello.state in FLOWING


def ended_run(run: str, hello: Hello) -> RunSummary | None:
    """How the device says that this run ended; None while it has not.

    A device may tell of a run that still flows as its last one: without a
    reason, or while it holds the output, nothing has ended.
    """
    last = hello.last_run
    if last is None or last.run != run or last.reason is None or flows(run, hello):
        return None
    return last


def reconcile(state: RunState, run: str, hello: Hello) -> Outcome:
    """Join the stored state of a run with what the device says it holds.

    A run whose state says that current may have flowed and that the device
    does not remember stays unknown: a reboot may have lost its log. One that it
    still holds staged never began: a run UUID is used once.
    """
    flows_here = flows(run, hello)
    if state in _BEFORE:
        if flows_here:
            return Outcome.STOP
        other = hello.run is not None and hello.run != run
        return Outcome.BUSY if other and hello.state in FLOWING else Outcome.STAGE
    if flows_here:
        return Outcome.STOP if state is RunState.UNCERTAIN else Outcome.FOLLOW
    if ended_run(run, hello) is not None:
        return Outcome.READ_END
    waits_here = hello.run == run and hello.state in _NOT_STARTED
    if state is RunState.ARMED or waits_here:
        return Outcome.NEVER_STARTED
    return Outcome.UNKNOWN
