"""Supervision inside the real Celery worker: CPU a frame, and how fast a STOP is.

    ./test --with-services python -m bench.supervision [--boxes 1 100 1000]

Simulated stimulators at 4 Hz run in a process of their own, on real sockets and
at real speed; one Celery worker (`-Q supervision -P threads`), the very command
of `./run`, leads all of them and records every sample. Of each number of boxes:

- CPU of the worker per frame (a push of the device each 250 ms), from /proc;
- `direct`: a signed stop over a connection of its own, as the page's STOP sends
  it, until the device's answer (it names another run, so that nothing ends and
  the next one can be measured);
- `by row`: from the request (a row and a hint through Celery) to the stop in the
  device's own log: the second road, for a press that never reached the device.

One box is the reference of the others.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from bench.scene import begin, percentile, report
from tests.processes import until
from tests.simulators import Box
from tests.stack import Stack, stack_environment
from tests.stores import WorkerStores

PUSHES_HZ = 4
STOP_GAP_S = 0.02
ROW_STOPS = 50
STARTED_AT_ONCE = 25
PRESS_EVERY_S = 0.25


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--boxes", type=int, nargs="+", default=[1, 100, 1_000])
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--stops", type=int, default=300)
    given = options.parse_args()
    stores = begin()
    rows: list[dict[str, Any]] = []
    for boxes in given.boxes:
        rows.append(measured(stores, boxes, given))
        report("one worker process, 4 Hz, speed 1", rows)


def measured(stores: WorkerStores, count: int, given: Any) -> dict[str, Any]:
    stores.empty()
    with (
        tempfile.TemporaryDirectory(prefix="ionto-bench-") as folder,
        Stack(
            stack_environment(stores, Path(folder)), Path(folder), boxes=count
        ) as stack,
    ):
        stack.start("supervisor-1", "worker", "beat")
        boxes = [stack.simulators.take() for _ in range(count)]
        scene = Scene(boxes)
        scene.start_all()
        pid = stack.pid("supervisor-1")
        cpu_s, frames = scene.cpu_and_frames(pid, given.seconds)
        direct = asyncio.run(scene.direct_stops(given.stops))
        by_row = scene.row_stops(min(count, ROW_STOPS))
        lost = scene.lost()
        # The runs that still flow would only hold up the end of the processes.
        stack.processes["supervisor-1"].kill()
    return {
        "boxes": count,
        "frames/s": frames / given.seconds,
        "CPU cores": cpu_s / given.seconds,
        "CPU µs/frame": cpu_s / max(frames, 1) * 1e6,
        "direct p50 ms": percentile(direct, 0.5) * 1000,
        "direct p99 ms": percentile(direct, 0.99) * 1000,
        "by row p50 ms": percentile(by_row, 0.5) * 1000,
        "by row p99 ms": percentile(by_row, 0.99) * 1000,
        "samples lost": lost,
    }


class Scene:
    """Runs of half an hour on all boxes."""

    def __init__(self, boxes: list[Box]) -> None:
        from tests.factories import make_place, make_programme, make_run

        place, programme = make_place(), make_programme(flow_s=1_800)
        self.place = place
        self.boxes = boxes
        self.runs = [make_run(place, box, programme=programme) for box in boxes]

    def start_all(self) -> None:
        """Press START at some chairs at a time, as soon as they are ready."""
        from devices.models import Run

        flowing = Run.objects.filter(state="running")
        ends_s = time.monotonic() + 60 + len(self.runs)
        while flowing.count() < len(self.runs):
            assert time.monotonic() < ends_s, f"{flowing.count()} runs flow"
            self._press()
            time.sleep(PRESS_EVERY_S)

    def _press(self) -> None:
        from devices.models import Run
        from tests.devices.leading import press_start

        waiting = Run.objects.filter(state="ready").select_related("stimulator", "site")
        asked = waiting.filter(start_command__isnull=False).count()
        free = max(STARTED_AT_ONCE - asked, 0)
        for run in waiting.filter(start_command=None)[:free]:
            press_start(run, self.place)

    def cpu_and_frames(self, pid: int, seconds: float) -> tuple[float, int]:
        """CPU seconds of the worker, and frames that the devices sent meanwhile."""
        began_s, cpu_s = time.monotonic(), cpu(pid)
        time.sleep(seconds)
        spent_s = cpu(pid) - cpu_s
        passed_s = time.monotonic() - began_s
        return spent_s * seconds / passed_s, int(len(self.boxes) * PUSHES_HZ * seconds)

    async def direct_stops(self, count: int) -> list[float]:
        """Seconds of each stop that names a run of nobody."""
        from devices.drivers.tcp import stop_once
        from devices.services.stop import stop_key

        times = []
        for _ in range(count):
            box = random.choice(self.boxes)
            began_s = time.perf_counter()
            answer = await stop_once(
                box.host,
                box.port,
                stop_key(),
                str(uuid.uuid4()),
                "bench",
                "operator",
                5.0,
            )
            times.append(time.perf_counter() - began_s)
            assert not answer.stopped
            await asyncio.sleep(STOP_GAP_S)
        return times

    def row_stops(self, count: int) -> list[float]:
        """Seconds from each committed request to the device's own log of the stop."""
        from devices.services.runs import run_stop_request

        times = []
        pairs = list(zip(self.runs, self.boxes, strict=True))
        for run, box in random.sample(pairs, count):
            offset_s = clock_offset_s(box)
            began_s = time.monotonic()
            run_stop_request(run_id=run.pk, cause="operator", by=None)
            until(lambda r=run, b=box: stops(b, r), "the stop is in the log")
            stopped_s = stops(box, run)[0] / 1000 + offset_s
            times.append(max(0.0, stopped_s - began_s))
        return times

    def lost(self) -> int:
        """Samples of stopped runs that the device has and the record has not."""
        from devices.models import Run

        ended = Run.objects.filter(state="ended", device_last_seq__isnull=False)
        rows = ended.values_list("device_last_seq", "live__have_seq")
        return sum(last - have for last, have in rows)


def stops(box: Box, run: Any) -> list[int]:
    """When the device heard a stop of the run, by its own clock in ms."""
    heard = box.events("stop")
    return [e["at_ms"] for e in heard if e["data"]["stops"] == str(run.pk)]


def cpu(pid: int) -> float:
    """CPU seconds of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clock_offset_s(box: Box) -> float:
    """This machine's monotonic clock minus the device's, from the shortest of five."""
    trips = []
    for _ in range(5):
        sent_s = time.monotonic()
        now_s = box.dump()["now_ms"] / 1000
        received_s = time.monotonic()
        trips.append((received_s - sent_s, (sent_s + received_s) / 2 - now_s))
    return min(trips)[1]


if __name__ == "__main__":
    main()
