"""Traces as bytes: nothing lost, nothing hidden, the same integers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.core import trace_codec
from devices.core.charge import Accumulator
from devices.core.reading import MAX_COUNT, MAX_MV, MAX_UA, Phase, Reading
from devices.core.trace_codec import (
    NULL,
    Bucket,
    Columns,
    TraceError,
    buckets,
    columns_of,
    integrate,
    ohm_column,
    pack,
    seal,
    unpack,
    unseal,
)


def plain(seq: int, t_ms: int, ua: int | None, **changes: object) -> Reading:
    size = None if ua is None else abs(ua)
    reading = Reading(seq, t_ms, ua, size, size, 8_000, ua or 0, Phase.PLATEAU)
    return reading._replace(**changes)  # type: ignore[arg-type]


def trace(*readings: Reading) -> Columns:
    return columns_of([pack(readings)])


def nullable(low: int, high: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(low, high)


readings = st.builds(
    Reading,
    st.integers(1, MAX_COUNT),
    st.integers(0, MAX_COUNT),
    nullable(-MAX_UA, MAX_UA),
    nullable(0, MAX_UA),
    nullable(0, MAX_UA),
    nullable(-MAX_MV, MAX_MV),
    st.integers(-MAX_UA, MAX_UA),
    st.sampled_from(list(Phase)),
)
traces = st.lists(readings, max_size=30, unique_by=lambda reading: reading.seq)


@settings(max_examples=200, deadline=None)
@given(st.lists(readings, max_size=30))
def test_packed_samples_come_back_as_they_were(samples: list[Reading]) -> None:
    assert unpack(pack(samples)) == samples


@settings(max_examples=200, deadline=None)
@given(traces)
def test_a_sealed_trace_comes_back_in_order(samples: list[Reading]) -> None:
    sealed = seal(samples)
    opened = unseal(sealed.blob, sealed.sha256, sealed.codec)
    assert opened.readings() == sorted(samples)
    assert sealed.count == len(opened) == len(samples)


@settings(max_examples=100, deadline=None)
@given(traces, st.data())
def test_the_hash_is_that_of_the_samples_not_of_their_way(
    samples: list[Reading], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(samples + samples[:5]))
    cut = data.draw(st.integers(0, len(again)))
    chunks = [pack(again[:cut]), pack(again[cut:])]
    assert seal(columns_of(chunks)).sha256 == seal(samples).sha256


def test_one_changed_sample_changes_the_hash() -> None:
    one, other = [plain(1, 0, 4_000)], [plain(1, 0, 4_001)]
    assert seal(one).sha256 != seal(other).sha256


def test_another_trace_under_the_hash_is_refused() -> None:
    sealed, other = seal([plain(1, 0, 4_000)]), seal([plain(1, 0, 4_001)])
    with pytest.raises(TraceError, match="was sealed"):
        unseal(other.blob, sealed.sha256)


@pytest.mark.parametrize("blob", [b"", b"T1", b"XX\0\0\0\0", b"P1\1\0\0\0"])
def test_bytes_that_are_no_trace_are_refused(blob: bytes) -> None:
    with pytest.raises(TraceError):
        unseal(blob, "")
    with pytest.raises(TraceError):
        unpack(blob)


def test_a_cut_or_damaged_blob_is_refused() -> None:
    sealed = seal([plain(n, n * 250, n) for n in range(1, 200)])
    for blob in (sealed.blob[:-1], sealed.blob[:20], sealed.blob[:30] + b"\0" * 99):
        with pytest.raises(TraceError):
            unseal(blob, sealed.sha256)


def test_an_unknown_codec_is_refused() -> None:
    sealed = seal([])
    with pytest.raises(TraceError, match="not known"):
        unseal(sealed.blob, sealed.sha256, "gorilla-9")


def test_a_steady_hour_takes_few_bytes_a_sample() -> None:
    steady = [plain(n, n * 250, 4_000) for n in range(1, 14_401)]
    assert len(seal(steady).blob) < len(steady)


# Integration


@st.composite
def sessions(draw: st.DrawFn) -> list[Reading]:
    currents = st.none() | st.integers(-35_000, 35_000)
    phases = st.sampled_from([*[Phase.PLATEAU] * 5, Phase.HELD, Phase.HOLDING])
    steps = draw(st.lists(st.tuples(st.integers(0, 3_000), currents, phases)))
    t_ms, samples = 0, []
    for seq, (dt, ua, phase) in enumerate(steps, 1):
        t_ms += dt
        samples.append(plain(seq, t_ms, ua, phase=phase))
    return [sample for sample in samples if draw(st.integers(0, 5))]


@settings(max_examples=300, deadline=None)
@given(sessions(), st.integers(0, 15_000), st.integers(0, 9_000))
def test_a_whole_trace_integrates_to_the_same_bits_as_online(
    samples: list[Reading], bound_ua: int, floor_ua: int
) -> None:
    online = Accumulator(2_000, bound_ua=bound_ua, flow_floor_ua=floor_ua)
    online.add_all(samples)
    whole = integrate(trace(*samples), 2_000, bound_ua=bound_ua, flow_floor_ua=floor_ua)
    assert whole == (online.charge(), online.flow_ms)


def test_numbers_too_large_for_64_bits_integrate_exactly_too() -> None:
    samples = [plain(1, 0, -MAX_UA), plain(2, MAX_COUNT, MAX_UA)]
    online = Accumulator(MAX_COUNT)
    online.add_all(samples)
    assert integrate(trace(*samples), MAX_COUNT) == (online.charge(), online.flow_ms)
    assert online.charge().positive_nc == MAX_UA * MAX_COUNT // 4


# Buckets


def test_buckets_keep_every_extreme() -> None:
    samples = [plain(n, n * 250, 4_000) for n in range(1, 1_001)]
    samples[499] = plain(500, 125_000, 9_000)
    samples[700] = plain(701, 175_250, -50)
    steps = trace(*samples)
    found = buckets(steps, steps.column("mean_ua"), 20, 2_000)
    assert len(found) == 20
    assert max(b.high or 0 for b in found) == 9_000
    assert min(b.low or 0 for b in found) == -50
    assert not any(bucket.broken for bucket in found)


def test_a_missing_stretch_breaks_the_line() -> None:
    steps = trace(plain(1, 250, 1), plain(2, 500, 2), plain(9, 10_000, 3))
    assert buckets(steps, steps.column("mean_ua"), 10, 2_000) == [
        Bucket(250, 500, 1, 2, True),
        Bucket(10_000, 10_000, 3, 3, False),
    ]


def test_a_missing_measurement_breaks_the_line_and_is_never_zero() -> None:
    steps = trace(plain(1, 250, 1), plain(2, 500, None), plain(3, 750, 3))
    found = buckets(steps, steps.column("mean_ua"), 3, 2_000)
    assert found[1] == Bucket(500, 500, None, None, True)
    assert [bucket.broken for bucket in found] == [False, True, False]


def test_a_long_step_breaks_the_line() -> None:
    steps = trace(plain(1, 0, 1), plain(2, 2_001, 2))
    assert buckets(steps, steps.column("mean_ua"), 2, 2_000)[0].broken
    assert not buckets(steps, steps.column("mean_ua"), 2, 2_001)[0].broken


def test_nothing_has_no_buckets() -> None:
    assert buckets(trace(), trace().column("mean_ua"), 10, 2_000) == []


@settings(max_examples=100, deadline=None)
@given(sessions(), st.integers(1, 40))
def test_buckets_have_the_extremes_and_the_order_of_the_samples(
    samples: list[Reading], count: int
) -> None:
    steps = trace(*samples)
    found = buckets(steps, steps.column("mean_ua"), count, 2_000)
    known = [s.mean_ua for s in samples if s.mean_ua is not None]
    lows = [b.low for b in found if b.low is not None]
    highs = [b.high for b in found if b.high is not None]
    assert len(found) <= count
    assert (min(lows, default=0), max(highs, default=0)) == (
        min(known, default=0),
        max(known, default=0),
    )
    assert found == sorted(found, key=lambda bucket: bucket.from_ms)


def test_impedance_is_null_where_none_can_be_told() -> None:
    steps = trace(
        plain(1, 0, 2_000),
        plain(2, 250, 0),
        plain(3, 500, None),
        plain(4, 750, -2_000, voltage_mv=None),
        plain(5, 1_000, -2_000),
    )
    assert ohm_column(steps, 500).tolist() == [3_500, NULL, NULL, NULL, 3_500]


def test_codec_is_named_in_what_is_sealed() -> None:
    assert replace(seal([])).codec == trace_codec.CODEC == "delta-zstd-1"
