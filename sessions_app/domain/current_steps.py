"""A current and a time that grow over a course."""

from dataclasses import replace
from typing import NamedTuple

from clinic.quantities import ma_exact_text
from sessions_app.domain.protocol import ProtocolError, ProtocolSpec, Steps


class Step(NamedTuple):
    """What session `number` (from 1) is given."""

    number: int
    current_ua: int
    flow_ms: int
    charge_nc: int


def step_at(steps: Steps, number: int) -> Step:
    """The step of a session. Raises ValueError for a number below 1."""
    if number < 1:
        raise ValueError(f"session {number}: sessions count from 1")
    risen = (number - 1) // steps.every_sessions
    current = min(steps.start_ua + risen * steps.step_ua, steps.cap_ua)
    flow = min(steps.start_ms + risen * steps.step_ms, steps.cap_ms)
    return Step(number, current, flow, current * flow)


def rows(steps: Steps, sessions: int) -> tuple[Step, ...]:
    """The steps of a whole course."""
    return tuple(step_at(steps, number) for number in range(1, sessions + 1))


def spec_at(spec: ProtocolSpec, number: int) -> ProtocolSpec:
    """The protocol as session `number` gives it: its step is target and ceiling.

    A protocol without steps is the same in every session. Raises ProtocolError
    for a step over the protocol's own ceiling.
    """
    if spec.steps is None:
        return spec
    step = step_at(spec.steps, number)
    now, course = spec.currents, spec.course
    if step.current_ua > now.max_ua:
        raise ProtocolError(
            f"{spec.code}: session {number} would have"
            f" {ma_exact_text(step.current_ua)}, over the"
            f" {ma_exact_text(now.max_ua)} of the protocol"
        )
    current = step.current_ua
    longer = step.flow_ms - course.flow_ms
    return replace(
        spec,
        currents=replace(
            now,
            start_ua=min(now.start_ua, current),
            floor_ua=min(now.floor_ua, current),
            target_ua=current,
            max_ua=current,
        ),
        course=replace(
            course,
            flow_ms=step.flow_ms,
            max_flow_ms=course.max_flow_ms + longer,
            flow_floor_ua=min(course.flow_floor_ua, current),
        ),
    )
