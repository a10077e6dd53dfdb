"""The device's session log: every sample of a run, packed, numbered from 1."""

from collections.abc import Iterable, Iterator
from struct import Struct

from devices.core.reading import Phase, Reading

_ROW = Struct("<IIiiiiiB")
_NULL = -(2**31)
ROW_BYTES = _ROW.size


def pack(reading: Reading) -> bytes:
    """29 bytes; a missing measurement keeps its own mark, never 0."""
    seq, t_ms, *measured, set_ua, phase = reading
    marked = (_NULL if value is None else value for value in measured)
    return _ROW.pack(seq, t_ms, *marked, set_ua, phase)


def _unpack(row: tuple[int, ...]) -> Reading:
    seq, t_ms, *measured, set_ua, phase = row
    mean, peak, rms, voltage = (None if v == _NULL else v for v in measured)
    return Reading(seq, t_ms, mean, peak, rms, voltage, set_ua, Phase(phase))


class SampleLog:
    """Samples of one run in the order of their numbers."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes = b"") -> None:
        # A power cut may leave half a row; the rest of the log is good.
        self._data = bytearray(data[: len(data) - len(data) % ROW_BYTES])

    def __len__(self) -> int:
        return len(self._data) // ROW_BYTES

    def __iter__(self) -> Iterator[Reading]:
        return map(_unpack, _ROW.iter_unpack(self._data))

    def extend(self, readings: Iterable[Reading]) -> bytes:
        """Append, and give back the bytes for whoever makes them durable."""
        data = b"".join(map(pack, readings))
        self._data += data
        return data

    def read(self, from_seq: int, limit: int) -> list[Reading]:
        """At most `limit` samples from a number on; empty beyond the end."""
        first = max(from_seq - 1, 0) * ROW_BYTES
        part = self._data[first : first + limit * ROW_BYTES]
        return [_unpack(row) for row in _ROW.iter_unpack(part)]
