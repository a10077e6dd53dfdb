"""Chunks: sequence and fence are checked in the statement that writes."""

import uuid

import pytest

from devices.core.reading import Phase, Reading
from devices.core.trace_codec import pack
from devices.models import Lease, Run, RunLive, TraceChunk
from devices.selectors.attending import have_seqs, run_facts
from devices.services.closing import run_close
from devices.services.ingest import ChunkWrite, chunks_store
from tests.factories import World, make_run, make_world

pytestmark = pytest.mark.django_db
FENCE = 3


@pytest.fixture
def run() -> Run:
    run = make_run(make_world().here)
    Lease.objects.filter(stimulator=run.stimulator).update(fence=FENCE)
    return run


def readings(first: int, last: int) -> list[Reading]:
    return [
        Reading(n, n * 250, 4_000, 4_000, 4_000, 16_000, 4_000, Phase.PLATEAU)
        for n in range(first, last + 1)
    ]


def chunk(run: Run, after: int, last: int, fence: int = FENCE) -> ChunkWrite:
    kept = readings(after + 1, last)
    return ChunkWrite(run.pk, fence, after, after + 1, last, len(kept), pack(kept))


def have(run: Run) -> int:
    return have_seqs(run_ids=[run.pk])[run.pk]


def test_chunks_in_sequence_are_stored(run: Run) -> None:
    assert chunks_store(chunks=[chunk(run, 0, 20)]) == {run.pk}
    assert chunks_store(chunks=[chunk(run, 20, 41)]) == {run.pk}
    assert have(run) == 41
    assert [r.seq for r in run_facts(run_id=run.pk).readings] == list(range(1, 42))


def test_the_same_chunk_again_changes_nothing(run: Run) -> None:
    chunks_store(chunks=[chunk(run, 0, 20)])
    assert chunks_store(chunks=[chunk(run, 0, 20)]) == set()
    assert (have(run), TraceChunk.objects.count()) == (20, 1)


@pytest.mark.parametrize("after", [19, 21, 40])
def test_a_chunk_that_does_not_follow_is_refused(run: Run, after: int) -> None:
    chunks_store(chunks=[chunk(run, 0, 20)])
    assert chunks_store(chunks=[chunk(run, after, after + 5)]) == set()
    assert (have(run), TraceChunk.objects.count()) == (20, 1)


@pytest.mark.parametrize("fence", [FENCE - 1, FENCE + 1])
def test_a_chunk_of_another_fence_is_refused(run: Run, fence: int) -> None:
    assert chunks_store(chunks=[chunk(run, 0, 20, fence)]) == set()
    assert (have(run), TraceChunk.objects.count()) == (0, 0)
    # Positive control: the very same chunk with the fence that leads.
    assert chunks_store(chunks=[chunk(run, 0, 20)]) == {run.pk}


def test_one_refused_chunk_takes_no_other_with_it(run: Run) -> None:
    other = make_run(make_world().here)
    stale = chunk(other, 0, 20, fence=99)
    assert chunks_store(chunks=[stale, chunk(run, 0, 20)]) == {run.pk}
    assert RunLive.objects.get(run=other).have_seq == 0


def test_an_unknown_run_is_skipped(run: Run) -> None:
    unknown = chunk(run, 0, 5)._replace(run_id=uuid.uuid4())
    assert chunks_store(chunks=[unknown]) == set()


def test_no_chunks_ask_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert chunks_store(chunks=[]) == set()


def test_many_runs_are_one_statement(django_assert_num_queries) -> None:
    world: World = make_world()
    runs = [make_run(world.here) for _ in range(5)]
    Lease.objects.update(fence=FENCE)
    with django_assert_num_queries(1):
        stored = chunks_store(chunks=[chunk(run, 0, 20) for run in runs])
    assert len(stored) == 5


def test_a_sealed_trace_holds_every_sample_and_the_chunks_are_gone(run: Run) -> None:
    for after in (0, 20, 40):
        chunks_store(chunks=[chunk(run, after, after + 20)])
    Run.objects.filter(pk=run.pk).update(state="ended", device_last_seq=62)
    assert run_close(run_id=run.pk)
    trace = Run.objects.get(pk=run.pk).trace
    assert (trace.count, trace.first_seq, trace.last_seq, trace.gaps) == (60, 1, 60, 2)
    # 59 steps of 250 ms at 4 mA; the two that nobody read count in the bound.
    assert trace.confirmed_nc == 59 * 250 * 4_000
    assert not TraceChunk.objects.filter(run=run).exists()
