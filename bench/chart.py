"""Reading a whole session for its chart against one bare SELECT of that size.

    ./test --with-services python -m bench.chart [--sessions N] [--samples N]

The product's way is `selectors.trace.chart`: read the sealed trace, check its
hash, and take the extremes of 600 spans of three curves. The reference fetches
one bytea of the same length by its key, and does nothing with it.
"""

import argparse
import random
import time

from django.db import connection

from bench.scene import begin, median, percentile, report, session_samples


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=12)
    options.add_argument("--samples", type=int, default=6_000)
    options.add_argument("--reads", type=int, default=300)
    given = options.parse_args()
    begin()
    runs = sealed_runs(given.sessions, given.samples)
    from devices.models import Trace
    from devices.selectors.trace import chart

    lengths = [len(blob) for blob in Trace.objects.values_list("blob", flat=True)]
    draw = random.Random(1)
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(given.reads):
        run = draw.choice(runs)
        began_s = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT blob FROM devices_trace WHERE run_id = %s", [run.pk])
            cursor.fetchone()
        bare.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        points = chart(run)["points"]
        ours.append(time.perf_counter() - began_s)
        assert len(points) >= 1_200
    rows = [
        {
            "read": name,
            "p50 ms": median(times) * 1000,
            "p99 ms": percentile(times, 0.99) * 1000,
            "× bare": median(times) / median(bare),
        }
        for name, times in (("bare SELECT", bare), ("chart", ours))
    ]
    size = sum(lengths) // len(lengths)
    report(f"one session of {given.samples} samples, {size} bytes", rows)


def sealed_runs(sessions: int, samples: int):  # type: ignore[no-untyped-def]
    """Closed runs with sealed traces."""
    from devices.core.reading import Phase, Reading
    from devices.core.trace_codec import pack
    from devices.models import Run, TraceChunk
    from devices.services.closing import run_close
    from tests.factories import make_place, make_run

    place, runs = make_place(), []
    for seed in range(sessions):
        run = make_run(place)
        rows = session_samples(seed, samples).T.tolist()
        readings = [Reading(*row[:-1], Phase(row[-1])) for row in rows]
        TraceChunk.objects.create(
            run=run, first_seq=1, count=samples, payload=pack(readings)
        )
        Run.objects.filter(pk=run.pk).update(state="ended", device_last_seq=samples)
        assert run_close(run_id=run.pk)
        runs.append(Run.objects.select_related("stimulator").get(pk=run.pk))
    return runs


if __name__ == "__main__":
    main()
