"""The life of a treatment session, as the design states it."""

import itertools

import pytest

from sessions_app.domain.session_lifecycle import (
    FINAL,
    OPEN,
    SessionState,
    SessionStateError,
    check_transition,
)

MOVES = {
    "planned": "checked_in cancelled no_show entered_in_error",
    "checked_in": "cleared not_treated entered_in_error",
    "cleared": "checked_in treating to_sign not_treated entered_in_error",
    "treating": "cleared to_sign",
    "to_sign": "treating completed partial",
    "completed": "entered_in_error",
    "partial": "entered_in_error",
    "not_treated": "entered_in_error",
    "cancelled": "entered_in_error",
    "no_show": "entered_in_error",
    "entered_in_error": "",
}


@pytest.mark.parametrize(
    ("now", "to"), list(itertools.product(SessionState, SessionState)), ids=str
)
def test_every_pair_of_states_is_allowed_or_refused(
    now: SessionState, to: SessionState
) -> None:
    if to in MOVES[now].split():
        check_transition(now, to)
        return
    with pytest.raises(SessionStateError, match=f"{now} cannot become {to}"):
        check_transition(now, to)


def test_a_final_state_leaves_only_as_an_error() -> None:
    for state in FINAL - {SessionState.ENTERED_IN_ERROR}:
        check_transition(state, SessionState.ENTERED_IN_ERROR)
        with pytest.raises(SessionStateError):
            check_transition(state, SessionState.TREATING)


def test_treating_is_never_marked_as_error_while_current_may_flow() -> None:
    with pytest.raises(SessionStateError, match="cleared, to_sign"):
        check_transition(SessionState.TREATING, SessionState.ENTERED_IN_ERROR)


def test_open_and_final_are_all_states() -> None:
    assert set(SessionState) == OPEN | FINAL
    assert not OPEN & FINAL
