"""What this device refuses to hold, or to do with its plateau."""

from typing import Any

from devices.core.adjust import Titration, adjust_allowed
from devices.core.profile import Profile
from devices.core.programme import Programme, ProgrammeError
from devices.core.validation import BUFFER_SAMPLES, validate
from devices.protocol.errors import ErrorCode, ProtocolError

STEP_MS = 50


def accept(data: dict[str, Any], profile: Profile) -> Programme:
    """The programme, if this device can hold and keep it.

    Raises ProtocolError (refused_programme) with the number and the limit.
    """
    try:
        programme = Programme.from_dict(data)
        validate(programme, profile, BUFFER_SAMPLES)
    except ProgrammeError as error:
        raise _refused(str(error)) from error
    if 1000 % (STEP_MS * programme.sample_hz):
        raise _refused(
            f"{programme.sample_hz} samples a second do not fit the converter's "
            f"{STEP_MS} ms: use 1, 2, 4, 5 or 10"
        )
    return programme


def _refused(why: str) -> ProtocolError:
    return ProtocolError(ErrorCode.REFUSED_PROGRAMME, why, why=why)


def check_adjust(
    programme: Programme, now: Titration, from_ua: int, to_ua: int
) -> None:
    """Raises ProtocolError (refused_adjust) unless the plateau may move so."""
    decision = adjust_allowed(programme, now, from_ua, to_ua)
    if not decision.allowed:
        raise ProtocolError(
            ErrorCode.REFUSED_ADJUST,
            decision.why,
            why=decision.why,
            rule=decision.code,
        )
