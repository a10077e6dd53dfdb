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


MAX_UA = 1_000_000
MAX_MV = 1_000_000
MAX_COUNT = 2**31 - 1
_COLUMNS = (
    ("seq", 1, MAX_COUNT, False),
    ("t_ms", 0, MAX_COUNT, False),
    ("mean_ua", -MAX_UA, MAX_UA, True),
    ("peak_ua", 0, MAX_UA, True),
    ("rms_ua", 0, MAX_UA, True),
    ("voltage_mv", -MAX_MV, MAX_MV, True),
    ("set_ua", -MAX_UA, MAX_UA, False),
    ("phase", min(Phase), max(Phase), False),
)


class ReadingError(ValueError):
    """A sample that no device can have measured; the text names column and limits."""


def read_wire(row: object) -> Reading:
    """A reading from its wire form, a list of eight numbers or nulls.

    Raises ReadingError for another shape, type or range.
    """
    if not isinstance(row, list | tuple) or len(row) != len(_COLUMNS):
        raise ReadingError(
            f"A sample is a list of {len(_COLUMNS)} numbers, not {row!r}"
        )
    for value, (name, low, high, nullable) in zip(row, _COLUMNS, strict=True):
        if value is None and nullable:
            continue
        if type(value) not in (int, Phase) or not low <= value <= high:
            raise ReadingError(
                f"Sample {row[0]!r}: {name} {value!r} is outside {low} to {high}"
            )
    return Reading._make((*row[:-1], Phase(row[-1])))
