"""Doses that nobody measured: by meter and watch, counter, diary, worn patch.

Each has an estimate and an upper bound, and counts towards caps at the bound.
None of them is ever called measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from devices.core.electrics import split_lead
from sessions_app.domain.dosimetry import COUNTER_PERMILLE, Evidence


class MeterReading(NamedTuple):
    """What the meter showed; `t_ms` since the current was switched on."""

    t_ms: int
    current_ua: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A charge that was told, not measured; `how` says by what arithmetic."""

    estimate_nc: int
    upper_nc: int
    evidence: Evidence
    how: str


@dataclass(frozen=True, slots=True)
class Share:
    """One place of a split lead. The split is a guess from impedances, so each
    place may have had the whole."""

    place: str
    estimate_nc: int
    upper_nc: int


def hand_charge(
    readings: Sequence[MeterReading], ended_ms: int, ceiling_ua: int
) -> Estimate:
    """Charge of meter readings in order of time, until the current went off.

    Between two readings the estimate is the trapezoid, the bound the larger one
    all the way. Before the first and after the last the current stays in the
    estimate, and the bound takes the ceiling of the order where it is higher.
    Raises ValueError for readings out of order, below zero or after the end.
    """
    _check_readings(readings, ended_ms)
    doubled = bound = 0
    for a, b in pairwise(readings):
        span = b.t_ms - a.t_ms
        doubled += (a.current_ua + b.current_ua) * span
        bound += max(a.current_ua, b.current_ua) * span
    for current, span in _open_ends(readings, ended_ms):
        doubled += 2 * current * span
        bound += max(current, ceiling_ua) * span
    how = f"{len(readings)} readings off the meter; the higher one counts in between"
    return Estimate(doubled // 2, bound, Evidence.HAND, how)


def _open_ends(
    readings: Sequence[MeterReading], ended_ms: int
) -> tuple[tuple[int, int], ...]:
    """Current and length of the stretches with a reading at one end only."""
    if not readings:
        return ((0, ended_ms),)
    first, last = readings[0], readings[-1]
    return (first.current_ua, first.t_ms), (last.current_ua, ended_ms - last.t_ms)


def _check_readings(readings: Sequence[MeterReading], ended_ms: int) -> None:
    for reading in readings:
        if reading.current_ua < 0:
            raise ValueError(f"{reading.current_ua} µA: a meter reading is not below 0")
        if not 0 <= reading.t_ms <= ended_ms:
            raise ValueError(
                f"a reading at {reading.t_ms} ms: the current flowed from 0 to"
                f" {ended_ms} ms"
            )
    for a, b in pairwise(readings):
        if b.t_ms <= a.t_ms:
            raise ValueError(
                f"readings at {a.t_ms} and {b.t_ms} ms: give them in order of time"
            )


def counter_charge(counter_nc: int) -> Estimate:
    """A device's own total without any trace; it may be 0.5 % short."""
    upper = counter_nc + -(-counter_nc * COUNTER_PERMILLE // 1000)
    how = f"total of the device, to {COUNTER_PERMILLE / 10:g} %"
    return Estimate(counter_nc, upper, Evidence.COUNTER, how)


def diary_charge(
    current_ua: int, flow_ms: int, *, cap_ua: int, cap_flow_ms: int
) -> Estimate:
    """What a patient wrote down at home; the bound is what the loan lets happen."""
    told = current_ua * flow_ms
    upper = max(current_ua, cap_ua) * max(flow_ms, cap_flow_ms)
    how = "as written in the diary; at most the caps of the home device"
    return Estimate(told, upper, Evidence.DIARY, how)


def worn_charge(rating_nc: int, worn_ms: int, full_ms: int) -> Estimate:
    """A patch gives its rating over `full_ms` and no more, however long it is worn.

    Raises ValueError for a full time that is not above 0 or wear below 0.
    """
    if full_ms <= 0 or worn_ms < 0:
        raise ValueError(f"worn {worn_ms} of {full_ms} ms: a patch needs time to give")
    estimate = rating_nc * min(worn_ms, full_ms) // full_ms
    how = "rating of the patch over the time that it was worn; at most the rating"
    return Estimate(estimate, rating_nc, Evidence.PATCH, how)


def split_estimate(
    estimate_nc: int, upper_nc: int, branch_ohm: Mapping[str, int]
) -> tuple[Share, ...]:
    """How a channel may have divided over the places of a split lead.

    Raises ValueError unless every branch is above 0 ohm.
    """
    # Over one millisecond: charge divides by conductance as current does.
    split = split_lead(estimate_nc, tuple(branch_ohm.values()), 1)
    return tuple(
        Share(place, part, upper_nc)
        for place, part in zip(branch_ohm, split.branch_charge_nc, strict=True)
    )
