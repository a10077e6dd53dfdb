"""One sample as the device measured it."""

from enum import IntEnum
from typing import NamedTuple


class Phase(IntEnum):
    """What the device's output is doing."""

    RAMP_UP = 1
    PLATEAU = 2
    REVERSING = 3
    HOLDING = 4
    HELD = 5
    ENDING = 6
    STOPPING = 7
    ENDED = 8


class Reading(NamedTuple):
    """A numbered sample of a run.

    `seq` counts from 1 without holes. `t_ms` is the therapy clock of the run.
    `mean_ua` and `set_ua` are signed; peak and rms are magnitudes. A missing
    measurement is None, never 0. The order on the wire is the order here.
    """

    seq: int
    t_ms: int
    mean_ua: int | None
    peak_ua: int | None
    rms_ua: int | None
    voltage_mv: int | None
    set_ua: int
    phase: Phase
