"""The session log keeps every sample as it was."""

from devices.core.reading import Phase, Reading
from devices.simulator.log import ROW_BYTES, SampleLog, pack


def reading(seq: int, mean: int | None = -5_000) -> Reading:
    return Reading(seq, seq * 250, mean, 5_000, None, 0, -5_010, Phase.PLATEAU)


LOG = [reading(seq) for seq in range(1, 11)]


def filled() -> SampleLog:
    log = SampleLog()
    log.extend(LOG)
    return log


def test_samples_come_back_as_they_were():
    assert list(filled()) == LOG


def test_a_missing_measurement_is_not_zero():
    log = SampleLog()
    log.extend([reading(1, None), reading(2, 0)])
    assert [r.mean_ua for r in log] == [None, 0]


def test_reading_starts_anywhere_and_ends_at_the_end():
    log = filled()
    assert log.read(1, 3) == LOG[:3]
    assert log.read(9, 100) == LOG[8:]
    assert log.read(11, 100) == []
    assert len(log) == 10


def test_bytes_read_back_without_the_half_row_of_a_power_cut():
    data = b"".join(map(pack, LOG))
    assert list(SampleLog(data)) == LOG
    assert list(SampleLog(data[:-1])) == LOG[:-1]
    assert len(data) == 10 * ROW_BYTES
