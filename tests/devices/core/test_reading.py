"""Samples from the wire."""

from typing import Any

import pytest

from devices.core.reading import Phase, Reading, ReadingError, read_wire

GOOD: list[Any] = [1, 250, -4000, 4000, 4000, 32000, -4000, 2]


def test_a_good_sample_is_read() -> None:
    reading = read_wire(GOOD)
    assert reading == Reading(1, 250, -4000, 4000, 4000, 32000, -4000, Phase.PLATEAU)
    assert reading.phase is Phase.PLATEAU


@pytest.mark.parametrize("column", [2, 3, 4, 5])
def test_a_missing_measurement_stays_null(column: int) -> None:
    row = GOOD.copy()
    row[column] = None
    assert read_wire(row)[column] is None


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        (0, 0, "seq"),
        (0, None, "seq"),
        (1, -1, "t_ms"),
        (1, 2**31, "t_ms"),
        (2, 1_000_001, "mean_ua"),
        (2, 4.0, "mean_ua"),
        (2, "4000", "mean_ua"),
        (2, True, "mean_ua"),
        (3, -1, "peak_ua"),
        (4, -1, "rms_ua"),
        (5, -1_000_001, "voltage_mv"),
        (6, None, "set_ua"),
        (7, 0, "phase"),
        (7, 9, "phase"),
        (7, None, "phase"),
    ],
)
def test_a_column_out_of_range_is_named(column: int, value: Any, name: str) -> None:
    row = GOOD.copy()
    row[column] = value
    with pytest.raises(ReadingError, match=f"{name} .* is outside"):
        read_wire(row)


@pytest.mark.parametrize("row", [None, {}, "12345678", [], GOOD[:7], [*GOOD, 1]])
def test_another_shape_is_refused(row: Any) -> None:
    with pytest.raises(ReadingError, match="list of 8"):
        read_wire(row)
