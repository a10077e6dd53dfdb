"""Samples as bytes: packed while a run lives, sealed when it has ended.

Lossless: what was measured comes back as it was, a missing reading as None.
The only pure module with numpy and zstandard. All numbers are 32-bit; the
smallest one stands for None.

*Packed*: `P1`, count, then the eight columns of `Reading` one after another.
*Canonical*, what the hash of a trace is taken from: eight little-endian 32-bit
numbers a sample, in the order of the sequence numbers. *Sealed*: `T1`, count,
then the columns as differences, byte by byte, compressed.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from devices.core.charge import Accumulator, Charge, halved
from devices.core.reading import Phase, Reading

CODEC = "delta-zstd-1"
NULL = -(2**31)
_HEADER = struct.Struct("<2sI")
_WIDTH = len(Reading._fields)
_LEVEL = 12
# Beyond it a product of two currents and a time would leave 64 bits.
_SAFE_PRODUCT = 2**62

Column = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class TraceError(ValueError):
    """Bytes that are no trace, or not the trace that was sealed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    codec: str
    blob: bytes
    sha256: str
    count: int


class Bucket(NamedTuple):
    """The extremes of some samples. `broken` when a line to the next bucket, or one
    inside, would hide a gap. Both extremes are None where nothing was measured."""

    from_ms: int
    to_ms: int
    low: int | None
    high: int | None
    broken: bool


class Columns:
    """A trace as one array a column, in the order of the sequence numbers.

    `table` has the shape (8, samples) and the columns of `Reading`.
    """

    __slots__ = ("table",)

    def __init__(self, table: npt.NDArray[np.int32]) -> None:
        # The first of equal numbers is kept, as when it was counted online.
        _, first = np.unique(table[0], return_index=True)
        self.table = np.ascontiguousarray(table[:, first])

    def __len__(self) -> int:
        return int(self.table.shape[1])

    def column(self, name: str) -> Column:
        values: Column = self.table[Reading._fields.index(name)].astype(np.int64)
        return values

    def readings(self) -> list[Reading]:
        return [_reading(row) for row in self.table.T.tolist()]

    def canonical(self) -> bytes:
        return np.ascontiguousarray(self.table.T).astype("<i4").tobytes()


def pack(readings: Iterable[Reading]) -> bytes:
    """Some seconds of samples as bytes."""
    columns = list(zip(*readings, strict=True))
    count = len(columns[0]) if columns else 0
    numbers = [NULL if n is None else n for column in columns for n in column]
    return _HEADER.pack(b"P1", count) + struct.pack(f"<{count * _WIDTH}i", *numbers)


def unpack(payload: bytes) -> list[Reading]:
    """The samples of `pack`. Raises TraceError for other bytes."""
    return [_reading(row) for row in _table(payload).T.tolist()]


def columns_of(payloads: Iterable[bytes]) -> Columns:
    """Packed samples in any order as one trace."""
    empty = np.empty((_WIDTH, 0), np.int32)
    return Columns(np.concatenate([empty, *map(_table, payloads)], axis=1))


def seal(trace: Columns | Iterable[Reading]) -> Sealed:
    """A whole trace as one blob with the hash of its raw samples."""
    columns = trace if isinstance(trace, Columns) else columns_of([pack(trace)])
    # Differences wrap around in 32 bits, so that they always come back exactly.
    deltas = np.diff(columns.table.view(np.uint32), axis=1, prepend=np.uint32(0))
    planes = deltas.astype("<u4").view(np.uint8).reshape(_WIDTH, -1, 4)
    body = zstandard.compress(planes.transpose(0, 2, 1).tobytes(), _LEVEL)
    digest = sha256(columns.canonical()).hexdigest()
    blob = _HEADER.pack(b"T1", len(columns)) + body
    return Sealed(CODEC, blob, digest, len(columns))


def unseal(blob: bytes, digest: str, codec: str = CODEC) -> Columns:
    """The trace of `seal`. Raises TraceError unless its hash is `digest`."""
    if codec != CODEC:
        raise TraceError(f"Codec {codec!r} is not known, only {CODEC!r}")
    count, body = _opened(blob, b"T1")
    size = count * _WIDTH * 4
    try:
        raw = zstandard.decompress(body, max_output_size=size) if size else b""
    except zstandard.ZstdError as error:
        raise TraceError(f"The trace cannot be decompressed: {error}") from error
    if len(raw) != size:
        raise TraceError(f"The trace has {len(raw)} bytes, {count} samples are {size}")
    planes = np.frombuffer(raw, np.uint8).reshape(_WIDTH, 4, count)
    deltas = np.ascontiguousarray(planes.transpose(0, 2, 1)).view("<u4")[:, :, 0]
    table = np.cumsum(deltas, axis=1, dtype=np.uint32).view(np.int32)
    columns = Columns(table)
    found = sha256(columns.canonical()).hexdigest()
    if found != digest:
        raise TraceError(f"The samples hash to {found}, {digest} was sealed")
    return columns


def integrate(
    trace: Columns, max_gap_ms: int, *, bound_ua: int = 0, flow_floor_ua: int = 0
) -> tuple[Charge, int]:
    """Charge and flow time (ms) of a whole trace: the integers of `Accumulator`."""
    seq, t_ms, ua, phase = _measured(trace)
    size, dt = np.abs(ua), np.diff(t_ms)
    if _too_large(size, dt):
        slow = Accumulator(max_gap_ms, bound_ua=bound_ua, flow_floor_ua=flow_floor_ua)
        slow.add_all(trace.readings())
        return slow.charge(), slow.flow_ms
    joined = np.diff(seq) == 1
    lives = joined & (dt > 0) & _neither(phase == Phase.HELD)
    counted = lives & (dt <= max_gap_ms)
    unseen = ~joined | (lives & ~counted)
    most = np.maximum(np.maximum(size[:-1], size[1:]), bound_ua)
    gap2 = 2 * int((most * np.maximum(dt, 0))[unseen].sum())
    if len(seq) and seq[0] > 1:
        gap2 += 2 * max(int(size[0]), bound_ua) * int(t_ms[0])
    moving = _neither((phase == Phase.HELD) | (phase == Phase.HOLDING))
    flows = counted & moving & _neither(size < flow_floor_ua)
    charge = halved(*_parts2(ua[:-1][counted], ua[1:][counted], dt[counted]), gap2)
    return charge, int(dt[flows].sum())


def ohm_column(trace: Columns, series_ohm: int = 0) -> Column:
    """Skin impedance of each sample, NULL where none can be told."""
    volts, ua = trace.column("voltage_mv"), trace.column("mean_ua")
    missing = (volts == NULL) | (ua == NULL) | (ua == 0)
    loop = np.abs(volts) * 1000 // np.where(missing, 1, np.abs(ua))
    return np.where(missing, NULL, loop - series_ohm)


def buckets(
    trace: Columns, values: Column, count: int, max_gap_ms: int
) -> list[Bucket]:
    """At most `count` buckets of equal time over a column: no extreme is lost.

    Stretches without a sample have no bucket; the one before them is `broken`.
    """
    if not len(trace):
        return []
    t_ms, seq = trace.column("t_ms"), trace.column("seq")
    span = int(t_ms[-1] - t_ms[0]) + 1
    place = (t_ms - t_ms[0]) * count // span
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    missing = values == NULL
    gap_after = (np.diff(seq) > 1) | (np.diff(t_ms) > max_gap_ms)
    broken = np.append(gap_after, False) | missing
    limit = np.iinfo(np.int64).max
    low = np.minimum.reduceat(np.where(missing, limit, values), starts)
    high = np.maximum.reduceat(np.where(missing, -limit, values), starts)
    ends = np.append(starts[1:], len(trace)) - 1
    rows = zip(
        t_ms[starts].tolist(),
        t_ms[ends].tolist(),
        low.tolist(),
        high.tolist(),
        np.logical_or.reduceat(broken, starts).tolist(),
        strict=True,
    )
    return [
        Bucket(start, end, None, None, cut)
        if least > most
        else Bucket(start, end, least, most, cut)
        for start, end, least, most, cut in rows
    ]


def _reading(row: list[int]) -> Reading:
    values = [None if number == NULL else number for number in row]
    return Reading._make((*values[:-1], Phase(row[-1])))


def _opened(blob: bytes, magic: bytes) -> tuple[int, bytes]:
    if len(blob) < _HEADER.size:
        raise TraceError(f"{len(blob)} bytes are no trace")
    found, count = _HEADER.unpack_from(blob)
    if found != magic:
        raise TraceError(f"A trace begins with {magic!r}, not {found!r}")
    return count, blob[_HEADER.size :]


def _table(payload: bytes) -> npt.NDArray[np.int32]:
    count, body = _opened(payload, b"P1")
    if len(body) != count * _WIDTH * 4:
        raise TraceError(f"{count} samples are {count * _WIDTH * 4} bytes: {len(body)}")
    return np.frombuffer(body, "<i4").reshape(_WIDTH, count).astype(np.int32)


def _measured(trace: Columns) -> tuple[Column, Column, Column, Column]:
    """Number, time, current and phase where a current is known; 0 while HELD."""
    ua, phase = trace.column("mean_ua"), trace.column("phase")
    held = phase == Phase.HELD
    known = (ua != NULL) | held
    current = np.where(held & (ua == NULL), 0, ua)
    seq, t_ms = trace.column("seq"), trace.column("t_ms")
    return seq[known], t_ms[known], current[known], phase[known]


def _neither(excluded: Mask) -> Mask:
    return ~(excluded[:-1] | excluded[1:])


def _too_large(size: Column, dt: Column) -> bool:
    largest = int(size.max(initial=0))
    return largest * largest * int(dt.max(initial=0)) >= _SAFE_PRODUCT


def _parts2(a: Column, b: Column, dt: Column) -> tuple[int, int, int]:
    """Doubled positive, negative and signed charge of pairs."""
    both = (a + b) * dt
    crosses = a * b < 0
    high, low = np.maximum(a, b), -np.minimum(a, b)
    width = np.where(crosses, high + low, 1)
    up = np.where(crosses, high * high * dt // width, np.maximum(both, 0))
    down = np.where(crosses, low * low * dt // width, np.maximum(-both, 0))
    return int(up.sum()), int(down.sum()), int(both.sum())
