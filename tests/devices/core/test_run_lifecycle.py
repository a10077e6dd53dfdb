"""The life of a run, as design and protocol state it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.run_lifecycle import (
    LIVE,
    MAY_FLOW,
    TERMINAL,
    TRANSITIONS,
    EndReason,
    RunState,
    RunStateError,
    check_transition,
)

MOVES = {
    "queued": "verifying cancelled rejected",
    "verifying": "ready cancelled rejected",
    "ready": "armed cancelled rejected",
    "armed": "running uncertain cancelled rejected",
    "running": "held ending ended uncertain",
    "held": "running ending ended uncertain",
    "ending": "ended uncertain",
    "uncertain": "ended",
    "ended": "",
    "cancelled": "",
    "rejected": "",
}


@pytest.mark.parametrize(
    ("now", "to"), list(itertools.product(RunState, RunState)), ids=str
)
def test_every_pair_of_states_is_allowed_or_refused(
    now: RunState, to: RunState
) -> None:
    if to in MOVES[now].split():
        check_transition(now, to)
        return
    with pytest.raises(RunStateError, match=f"{now} cannot become {to}"):
        check_transition(now, to)


def test_a_final_state_says_so() -> None:
    with pytest.raises(RunStateError, match="it is final"):
        check_transition(RunState.ENDED, RunState.RUNNING)


def test_live_is_all_that_is_not_final_uncertain_included() -> None:
    assert {"ended", "cancelled", "rejected"} == TERMINAL
    assert RunState.UNCERTAIN in LIVE
    assert set(RunState) == LIVE | TERMINAL


def test_current_may_flow_only_after_arming() -> None:
    assert {"armed", "running", "held", "ending", "uncertain"} == MAY_FLOW


def test_once_current_may_have_flowed_a_run_is_never_cancelled() -> None:
    for state in MAY_FLOW - {RunState.ARMED}:
        assert not TRANSITIONS[state] & {RunState.CANCELLED, RunState.REJECTED}


def test_an_uncertain_run_only_ends() -> None:
    assert TRANSITIONS[RunState.UNCERTAIN] == {RunState.ENDED}


def test_end_reasons_are_those_of_the_protocol() -> None:
    assert " ".join(EndReason) == (
        "dose time operator patient hold_expired watchdog envelope"
        " device_fault reboot settled"
    )


@given(st.lists(st.sampled_from(list(RunState)), max_size=30))
def test_whatever_is_tried_a_final_state_is_never_left(tries: list[RunState]) -> None:
    now, final = RunState.QUEUED, None
    for to in tries:
        try:
            check_transition(now, to)
        except RunStateError:
            continue
        now = to
        assert final is None
        final = now if now in TERMINAL else None
