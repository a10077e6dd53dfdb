"""The samples of one run on their way: in order, once, and nothing dropped early."""

import uuid

from devices.core.reading import Phase, Reading
from devices.core.trace_codec import unpack
from devices.supervision.recorder import MAX_CHUNK, Recorder

RUN = uuid.uuid4()


def reading(seq: int) -> Reading:
    return Reading(seq, seq * 250, 4_000, 4_000, 4_000, 16_000, 4_000, Phase.PLATEAU)


def readings(first: int, last: int) -> list[Reading]:
    return [reading(seq) for seq in range(first, last + 1)]


def numbers(taken: list[Reading]) -> list[int]:
    return [one.seq for one in taken]


def test_readings_come_out_in_order_and_once() -> None:
    recorder = Recorder(RUN, have=0)
    assert numbers(recorder.take([reading(2), reading(1)], 0)) == [1, 2]
    assert recorder.take(readings(1, 2), 0) == []
    assert numbers(recorder.take(readings(1, 4), 0)) == [3, 4]


def test_a_hole_is_seen_and_waits_for_what_is_missing() -> None:
    recorder = Recorder(RUN, have=4)
    assert recorder.take([reading(6), reading(7)], 0) == []
    assert recorder.has_hole
    assert numbers(recorder.take([reading(5)], 0)) == [5, 6, 7]
    assert not recorder.has_hole


def test_a_hole_that_the_device_cannot_fill_is_skipped_and_counted() -> None:
    recorder = Recorder(RUN, have=4)
    recorder.take([reading(8)], 0)
    assert recorder.skip_hole() == 3
    assert numbers(recorder.take([], 0)) == [8]
    assert recorder.skip_hole() == 0


def test_a_chunk_is_offered_until_it_is_stored() -> None:
    recorder = Recorder(RUN, have=0)
    recorder.take(readings(1, 3), 1.0)
    first, again = recorder.chunk(7), recorder.chunk(7)
    assert first == again
    assert first is not None
    assert (first.after_seq, first.first_seq, first.last_seq) == (0, 1, 3)
    assert numbers(unpack(first.payload)) == [1, 2, 3]
    recorder.take(readings(4, 4), 1.5)
    recorder.stored(3, 2.0)
    rest = recorder.chunk(7)
    assert rest is not None
    assert (rest.after_seq, rest.first_seq, rest.samples) == (3, 4, 1)
    recorder.stored(4, 3.0)
    assert recorder.chunk(7) is None
    assert recorder.since_s is None


def test_a_long_catch_up_is_cut_into_chunks() -> None:
    recorder = Recorder(RUN, have=0)
    recorder.take(readings(1, MAX_CHUNK + 1), 0)
    chunk = recorder.chunk(1)
    assert chunk is not None
    assert chunk.samples == MAX_CHUNK


def test_after_a_commit_whose_answer_was_lost_it_goes_on_behind_it() -> None:
    recorder = Recorder(RUN, have=0)
    recorder.take(readings(1, 6), 0)
    # The database says: I have 4 already.
    recorder.stored(4, 0)
    chunk = recorder.chunk(1)
    assert chunk is not None
    assert (chunk.after_seq, chunk.first_seq, chunk.last_seq) == (4, 5, 6)


def test_after_a_database_that_lost_commits_it_reads_the_device_again() -> None:
    recorder = Recorder(RUN, have=0)
    recorder.take(readings(1, 6), 0)
    recorder.stored(6, 0)
    recorder.take(readings(7, 8), 0)
    recorder.stored(2, 0)
    assert recorder.chunk(1) is None
    assert recorder.has_hole
    assert recorder.seen == 2
    assert numbers(recorder.take(readings(3, 6), 0)) == [3, 4, 5, 6, 7, 8]
    chunk = recorder.chunk(1)
    assert chunk is not None
    assert (chunk.after_seq, chunk.first_seq, chunk.last_seq) == (2, 3, 8)
