"""What a device's hello means for the run that the database knows."""

from dataclasses import replace

import pytest

from devices.core.run_lifecycle import LIVE, RunState
from devices.drivers.base import Hello, RunSummary
from devices.supervision.reconcile import FLOWING, Outcome, ended_run, reconcile

RUN, OTHER = "run", "other"
BEFORE = (RunState.QUEUED, RunState.VERIFYING, RunState.READY)
FLOWS = (RunState.RUNNING, RunState.HELD, RunState.ENDING)


def hello(state: str, run: str | None = None, last: str | None = None) -> Hello:
    summary = None
    if last is not None:
        summary = RunSummary(last, "ended", "time", 0, 0, 0, 0, 0, True)
    return Hello("S-1", "boot", 0, 1, state, run, summary, {}, 144_000, 1, True)


@pytest.mark.parametrize("state", BEFORE)
def test_before_start_an_idle_or_staged_device_is_staged_anew(state: RunState) -> None:
    for said in (hello("idle"), hello("staged", RUN), hello("armed", OTHER)):
        assert reconcile(state, RUN, said) is Outcome.STAGE


@pytest.mark.parametrize("state", BEFORE)
@pytest.mark.parametrize("device", sorted(FLOWING))
def test_before_start_a_flowing_device_is_busy_or_must_stop(
    state: RunState, device: str
) -> None:
    assert reconcile(state, RUN, hello(device, OTHER)) is Outcome.BUSY
    assert reconcile(state, RUN, hello(device, RUN)) is Outcome.STOP


@pytest.mark.parametrize("state", [RunState.ARMED, *FLOWS])
@pytest.mark.parametrize("device", sorted(FLOWING))
def test_what_flows_here_is_followed(state: RunState, device: str) -> None:
    assert reconcile(state, RUN, hello(device, RUN)) is Outcome.FOLLOW


@pytest.mark.parametrize("device", sorted(FLOWING))
def test_what_was_given_up_as_uncertain_and_flows_must_stop(device: str) -> None:
    said = hello(device, RUN)
    assert reconcile(RunState.UNCERTAIN, RUN, said) is Outcome.STOP


@pytest.mark.parametrize("state", [RunState.ARMED, RunState.UNCERTAIN, *FLOWS])
def test_a_remembered_end_is_read(state: RunState) -> None:
    assert reconcile(state, RUN, hello("idle", None, RUN)) is Outcome.READ_END


@pytest.mark.parametrize("state", [RunState.UNCERTAIN, *FLOWS])
def test_what_may_have_flowed_and_is_forgotten_is_unknown(state: RunState) -> None:
    for said in (hello("idle"), hello("idle", None, OTHER), hello("running", OTHER)):
        assert reconcile(state, RUN, said) is Outcome.UNKNOWN


def test_an_armed_run_that_the_device_does_not_know_never_started() -> None:
    assert reconcile(RunState.ARMED, RUN, hello("idle")) is Outcome.NEVER_STARTED


@pytest.mark.parametrize("state", [RunState.ARMED, RunState.UNCERTAIN])
@pytest.mark.parametrize("device", ["staged", "armed"])
def test_a_run_that_the_device_still_holds_staged_never_started(
    state: RunState, device: str
) -> None:
    assert reconcile(state, RUN, hello(device, RUN)) is Outcome.NEVER_STARTED


def test_every_live_state_has_an_outcome_for_every_device_state() -> None:
    for state in LIVE:
        for device in (*FLOWING, "idle", "staged", "armed"):
            for run in (None, RUN, OTHER):
                assert reconcile(state, RUN, hello(device, run)) in Outcome


def test_a_summary_without_a_reason_is_no_end() -> None:
    still = RunSummary(RUN, "running", None, 5, 5, 0, 0, 1, True)
    for state, run in (("running", RUN), ("armed", RUN), ("idle", None)):
        said = replace(hello(state, run), last_run=still)
        assert ended_run(RUN, said) is None


@pytest.mark.parametrize("device", sorted(FLOWING))
def test_a_run_that_holds_the_output_has_not_ended(device: str) -> None:
    assert ended_run(RUN, hello(device, RUN, RUN)) is None


def test_an_end_is_told_by_the_summary_of_this_run_alone() -> None:
    ended = ended_run(RUN, hello("idle", None, RUN))
    assert ended is not None
    assert ended.reason == "time"
    assert ended_run(RUN, hello("idle", None, OTHER)) is None
