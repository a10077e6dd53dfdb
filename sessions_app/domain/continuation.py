"""Whether the rest of an interrupted treatment may still be given, and how much.

Counted at upper bounds, so that the total can never pass the prescription.
"""

import datetime as dt
from dataclasses import dataclass, replace

from clinic.quantities import clock_text, ma_min_text
from devices.core.parts import Basis
from sessions_app.domain.protocol import Continue, ProtocolSpec


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What an interrupted treatment may have given, and when it ended.

    `upper_nc` and `flow_ms` at their upper bounds over all its runs; `harmed`
    after any harm, `wrong_drug` when another drug was on the pad.
    """

    upper_nc: int
    flow_ms: int
    ended_on: dt.date
    ended_ago_ms: int
    counted_complete: bool = False
    harmed: bool = False
    wrong_drug: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left, and whether it may be given on the day; `earliest` is the
    first day on which it may, None when never. `remaining_ms` is None on the
    charge basis."""

    allowed: bool
    remaining_nc: int
    remaining_ms: int | None
    earliest: dt.date | None
    why: str


def rest_of(spec: ProtocolSpec, done: Interrupted, day: dt.date) -> Rest:
    """The proposal for the rest of a treatment on a day."""
    left_nc, left_ms = _left(spec, done)
    if why := _never(spec, done) or _too_little(spec, left_nc, left_ms):
        return Rest(False, left_nc, left_ms, None, why)
    rule = spec.continuation
    if rule.kind is Continue.SAME_VISIT:
        within = rule.within_ms or 0
        soon = done.ended_ago_ms <= within and day == done.ended_on
        why = f"within {clock_text(within)} min of the interruption"
        return Rest(soon, left_nc, left_ms, done.ended_on if soon else None, why)
    earliest = done.ended_on + dt.timedelta(days=_gap_days(spec))
    why = f"at the next visit, from {earliest:%d-%b-%Y} on"
    return Rest(day >= earliest, left_nc, left_ms, max(day, earliest), why)


def spec_of_rest(spec: ProtocolSpec, rest: Rest) -> ProtocolSpec:
    """The protocol with no more left in it than the rest.

    Raises ValueError for a rest that may not be given.
    """
    if not rest.allowed:
        raise ValueError(f"{spec.code}: the rest may not be given: {rest.why}")
    course = spec.course
    if rest.remaining_ms is None:
        return replace(spec, course=replace(course, dose_nc=rest.remaining_nc))
    spare = course.max_flow_ms - course.flow_ms
    flow = rest.remaining_ms
    return replace(spec, course=replace(course, flow_ms=flow, max_flow_ms=flow + spare))


def _left(spec: ProtocolSpec, done: Interrupted) -> tuple[int, int | None]:
    course = spec.course
    if course.dose_nc is not None:
        return max(course.dose_nc - done.upper_nc, 0), None
    most = spec.currents.max_ua
    left_nc = most * course.flow_ms - done.upper_nc
    # Time at the ceiling must not give more charge than is left either.
    left_ms = max(min(course.flow_ms - done.flow_ms, left_nc // most), 0)
    return most * left_ms, left_ms


def _never(spec: ProtocolSpec, done: Interrupted) -> str:
    if done.harmed:
        return "never after harm: have the prescription revised"
    if done.wrong_drug:
        return "never after a wrong drug: have the prescription revised"
    if spec.continuation.kind is Continue.NEVER or spec.basis is Basis.EVENT:
        return f"{spec.code} is given whole or not at all"
    if done.counted_complete:
        return "complete within its tolerance: nothing is left to give"
    return ""


def _too_little(spec: ProtocolSpec, left_nc: int, left_ms: int | None) -> str:
    """Why so little is not worth a run; empty when it is."""
    course = spec.course
    if left_ms is not None:
        if left_ms > course.end_ramp_ms:
            return ""
        return f"{clock_text(left_ms)} min left: not longer than the end ramp"
    ramps = spec.currents.target_ua * (course.ramp_up_ms + course.end_ramp_ms) // 2
    if left_nc > ramps:
        return ""
    return (
        f"{ma_min_text(left_nc, 2)} mA·min left, its ramps alone take"
        f" {ma_min_text(ramps, 2)}"
    )


def _gap_days(spec: ProtocolSpec) -> int:
    own = spec.continuation.min_gap_days
    return spec.schedule.min_gap_days if own is None else own
