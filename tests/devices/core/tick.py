"""A programme walked millisecond by millisecond: slow, plain, no closed form.

The reference that `planned` is compared with. Levels are exact fractions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from devices.core.parts import Basis
from devices.core.programme import Programme


@dataclass
class Ticked:
    wall_ms: int = 0
    flow_ms: int = 0
    charge_nc: Fraction = Fraction(0)
    level: Fraction = Fraction(0)


def tick_through(programme: Programme, plateau_ua: int) -> Ticked:
    out = Ticked()
    reversed_yet = not programme.reversal
    climb = _climb(programme, plateau_ua)
    level = Fraction(0)
    while not _ended(programme, out):
        if not reversed_yet and out.flow_ms >= programme.flow_ms // 2:
            reversed_yet = True
            for step in _reversal(programme, out.level):
                _tick(programme, out, step)
            continue
        level = next(climb, level)
        _tick(programme, out, level)
    top = out.level
    for ms in range(1, programme.end_ramp_ms + 1):
        _tick(programme, out, top - top * ms / programme.end_ramp_ms)
    return out


def _tick(programme: Programme, out: Ticked, level: Fraction) -> None:
    out.charge_nc += (out.level + level) / 2
    out.wall_ms += 1
    if (out.level + level) / 2 >= programme.flow_floor_ua:
        out.flow_ms += 1
    out.level = level


def _ended(programme: Programme, out: Ticked) -> bool:
    ramp = programme.end_ramp_ms
    if out.wall_ms + ramp >= programme.max_wall_ms:
        return True
    if out.flow_ms + ramp >= programme.max_flow_ms:
        return True
    if programme.basis is Basis.CHARGE:
        return out.charge_nc + out.level * ramp / 2 >= programme.dose_nc
    return out.flow_ms + ramp >= programme.flow_ms


def _climb(programme: Programme, plateau_ua: int) -> Iterator[Fraction]:
    window = programme.window
    level = min(window.start_ua, plateau_ua)
    for ms in range(1, programme.ramp_up_ms + 1):
        yield Fraction(level * ms, programme.ramp_up_ms)
    while level < plateau_ua:
        higher = min(level + window.max_step_up_ua, plateau_ua)
        span = window.span_ms(level, higher)
        for ms in range(1, span + 1):
            yield level + Fraction((higher - level) * ms, span)
        for _ in range(window.min_dwell_ms):
            yield Fraction(higher)
        level = higher


def _reversal(programme: Programme, level: Fraction) -> Iterator[Fraction]:
    # The same time down as up: the slope, in whole milliseconds.
    span = -(-level * 1000 // programme.window.slope_ua_per_s)
    for ms in range(1, int(span) + 1):
        yield level - level * ms / span
    for _ in range(500):
        yield Fraction(0)
    for ms in range(1, int(span) + 1):
        yield level * ms / span
