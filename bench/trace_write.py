"""The trace's way to disk against COPY rows of the same samples.

    ./test --with-services python -m bench.trace_write [--sessions N] [--samples N]

Both write as in life: all sessions at once, five seconds of each at a time,
each flush committed. The product's way is `services.ingest` (pack, sequence and
fence checked in the statement) and the sealing of each session at its end; the
reference is COPY BINARY of a ready-made buffer into a lean table, the fastest
that PostgreSQL takes rows. `at rest` is table, TOAST and index.
"""

import argparse
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg

from bench.scene import HZ, Table, begin, median, report, session_samples

if TYPE_CHECKING:
    from devices.core.reading import Reading

FLUSH = 5 * HZ
FENCE = 1
# The write to be measured, and the table in which its samples are then.
Write = tuple[Callable[[], None], str]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=100)
    options.add_argument("--samples", type=int, default=6_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    stores = begin()
    tables = [session_samples(seed, given.samples) for seed in range(given.sessions)]
    with psycopg.connect(stores.owner_url, autocommit=True) as owner:
        rounds = [
            (measured(owner, tables, copy_rows), measured(owner, tables, product))
            for _ in range(given.rounds)
        ]
    copied, ours = (
        summary(name, [pair[n] for pair in rounds])
        for n, name in enumerate(("COPY BINARY rows", "ingest and seal"))
    )
    for row in (copied, ours):
        row["× COPY"] = row["samples/s"] / copied["samples/s"]
    report(f"{given.sessions} sessions × {given.samples} samples", [copied, ours])


def measured(
    owner: psycopg.Connection,
    tables: list[Table],
    prepare: Callable[[psycopg.Connection, list[Table]], Write],
) -> dict[str, float]:
    """Samples a second, and bytes a sample at rest and in the log of writes."""
    write, relation = prepare(owner, tables)
    began = _one(owner, "SELECT pg_current_wal_insert_lsn()")
    began_s = time.perf_counter()
    write()
    took_s = time.perf_counter() - began_s
    wal = _one(owner, "SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", began)
    owner.execute(f"VACUUM FULL {relation}")
    size = _one(owner, "SELECT pg_total_relation_size(%s::regclass)", relation)
    count = sum(table.shape[1] for table in tables)
    return {
        "samples/s": count / took_s,
        "at rest B/sample": float(size) / count,
        "WAL B/sample": float(wal) / count,
    }


def _one(owner: psycopg.Connection, query: str, *values: Any) -> Any:
    row = owner.execute(query, values).fetchone()
    assert row is not None
    return row[0]


def summary(name: str, rounds: list[dict[str, float]]) -> dict[str, Any]:
    return {"way": name} | {
        head: median([one[head] for one in rounds]) for head in rounds[0]
    }


# The reference


def copy_rows(owner: psycopg.Connection, tables: list[Table]) -> Write:
    owner.execute("DROP TABLE IF EXISTS bench_rows")
    owner.execute(
        "CREATE TABLE bench_rows (run int4, seq int4, t_ms int4, mean int4, peak int4,"
        " rms int4, voltage int4, set_ua int4, phase int4, PRIMARY KEY (run, seq))"
    )

    def write() -> None:
        statement = "COPY bench_rows FROM STDIN (FORMAT BINARY)"
        for first in range(0, tables[0].shape[1], FLUSH):
            parts = [table[:, first : first + FLUSH] for table in tables]
            with owner.cursor().copy(statement) as out:
                out.write(_buffer(parts))

    return write, "bench_rows"


def _buffer(parts: list[Table]) -> bytes:
    """Rows of nine int4 in COPY's binary form, packed by numpy."""
    fields = [("n", ">i2")]
    for number in range(9):
        fields += [(f"l{number}", ">i4"), (f"v{number}", ">i4")]
    count = sum(part.shape[1] for part in parts)
    rows = np.empty(count, dtype=np.dtype(fields))
    rows["n"] = 9
    runs = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    for number, column in enumerate([runs, *np.concatenate(parts, axis=1)]):
        rows[f"l{number}"], rows[f"v{number}"] = 4, column
    head = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    return head + rows.tobytes() + b"\xff\xff"


# The product's way


def product(owner: psycopg.Connection, tables: list[Table]) -> Write:
    from devices.core.reading import Phase, Reading

    runs = make_runs(owner, len(tables), tables[0].shape[1])
    sessions = [
        [Reading(*row[:-1], Phase(row[-1])) for row in table.T.tolist()]
        for table in tables
    ]

    def write() -> None:
        for first in range(0, tables[0].shape[1], FLUSH):
            flush(runs, [session[first : first + FLUSH] for session in sessions])
        close(runs)

    return write, "devices_trace"


def flush(runs: list[uuid.UUID], parts: "list[list[Reading]]") -> None:
    """Five seconds of every session in one statement."""
    from devices.core.trace_codec import pack
    from devices.services.ingest import ChunkWrite, chunks_store

    chunks = [
        ChunkWrite(
            run,
            FENCE,
            part[0].seq - 1,
            part[0].seq,
            part[-1].seq,
            len(part),
            pack(part),
        )
        for run, part in zip(runs, parts, strict=True)
    ]
    assert len(chunks_store(chunks=chunks)) == len(runs)


def close(runs: list[uuid.UUID]) -> None:
    """End and seal every session."""
    from devices.models import Run
    from devices.services.closing import run_close

    Run.objects.filter(pk__in=runs).update(state="ended")
    for run in runs:
        assert run_close(run_id=run)


def make_runs(owner: psycopg.Connection, count: int, samples: int) -> list[uuid.UUID]:
    """Running runs, each led with FENCE, whose device has `samples` samples."""
    from devices.models import Lease, Run
    from tests.factories import make_place, make_run

    owner.execute("ALTER TABLE devices_trace DISABLE TRIGGER USER")
    owner.execute("DELETE FROM devices_trace")
    owner.execute("ALTER TABLE devices_trace ENABLE TRIGGER USER")
    place = make_place()
    runs = [make_run(place).pk for _ in range(count)]
    Run.objects.filter(pk__in=runs).update(state="running", device_last_seq=samples)
    Lease.objects.update(fence=FENCE)
    return runs


if __name__ == "__main__":
    main()
