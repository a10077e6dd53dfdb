"""The life of a treatment session: one visit's treatment."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class SessionState(StrEnum):
    PLANNED = "planned"
    CHECKED_IN = "checked_in"
    CLEARED = "cleared"
    TREATING = "treating"
    TO_SIGN = "to_sign"
    COMPLETED = "completed"
    PARTIAL = "partial"
    NOT_TREATED = "not_treated"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    ENTERED_IN_ERROR = "entered_in_error"


_S = SessionState

# A session goes back from treating to cleared while a place has no dose: the next
# one, or another try after a run that was cancelled or rejected before any current.
# What remains then may be left out: to sign, as a partial session. A signed record
# is never reopened; it can only be marked as entered in error.
TRANSITIONS: Mapping[SessionState, frozenset[SessionState]] = MappingProxyType(
    {
        _S.PLANNED: frozenset(
            {_S.CHECKED_IN, _S.CANCELLED, _S.NO_SHOW, _S.ENTERED_IN_ERROR}
        ),
        _S.CHECKED_IN: frozenset({_S.CLEARED, _S.NOT_TREATED, _S.ENTERED_IN_ERROR}),
        _S.CLEARED: frozenset(
            {
                _S.CHECKED_IN,
                _S.TREATING,
                _S.TO_SIGN,
                _S.NOT_TREATED,
                _S.ENTERED_IN_ERROR,
            }
        ),
        _S.TREATING: frozenset({_S.CLEARED, _S.TO_SIGN}),
        _S.TO_SIGN: frozenset({_S.TREATING, _S.COMPLETED, _S.PARTIAL}),
        _S.COMPLETED: frozenset({_S.ENTERED_IN_ERROR}),
        _S.PARTIAL: frozenset({_S.ENTERED_IN_ERROR}),
        _S.NOT_TREATED: frozenset({_S.ENTERED_IN_ERROR}),
        _S.CANCELLED: frozenset({_S.ENTERED_IN_ERROR}),
        _S.NO_SHOW: frozenset({_S.ENTERED_IN_ERROR}),
        _S.ENTERED_IN_ERROR: frozenset(),
    }
)

FINAL = frozenset(
    {
        _S.COMPLETED,
        _S.PARTIAL,
        _S.NOT_TREATED,
        _S.CANCELLED,
        _S.NO_SHOW,
        _S.ENTERED_IN_ERROR,
    }
)
OPEN = frozenset(SessionState) - FINAL


class SessionStateError(ValueError):
    """A move that the life of a treatment session does not have."""


def check_transition(now: SessionState, to: SessionState) -> None:
    """Raise SessionStateError unless a session may move from `now` to `to`."""
    onward = TRANSITIONS[now]
    if to in onward:
        return
    ways = ", ".join(sorted(onward)) or "nothing: it is final"
    raise SessionStateError(
        f"A session that is {now} cannot become {to}; it can become {ways}"
    )
