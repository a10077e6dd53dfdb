"""The trace of a run as a chart reads it: extremes of equal spans, no spike lost."""

from typing import Any

from devices.core.judge import MAX_GAP_MS
from devices.core.profile import Profile
from devices.core.reading import Phase
from devices.core.trace_codec import (
    NULL,
    Bucket,
    Columns,
    buckets,
    columns_of,
    ohm_column,
    unseal,
)
from devices.models import Run, Trace, TraceChunk

Point = list[int | None]


def run_columns(run: Run) -> Columns:
    """All stored samples of a run: the sealed trace, else what has come so far.

    Raises devices.core.trace_codec.TraceError when the seal does not hold.
    """
    trace = Trace.objects.filter(run=run).first()
    if trace is not None:
        return unseal(bytes(trace.blob), trace.sha256, trace.codec)
    chunks = TraceChunk.objects.filter(run=run).values_list("payload", flat=True)
    return columns_of([bytes(payload) for payload in chunks])


def ohm_figures(run: Run) -> tuple[int, int, int] | None:
    """Skin impedance at the plateau: first, least, last; None where none was told.

    In a ramp the current is too small to tell it well.
    """
    series_ohm = Profile.from_dict(run.stimulator.profile).series_ohm
    columns = run_columns(run)
    column = ohm_column(columns, series_ohm)
    told = column[(column != NULL) & (columns.column("phase") == Phase.PLATEAU)]
    if not len(told):
        return None
    return int(told[0]), int(told.min()), int(told[-1])


def chart(run: Run, count: int = 600) -> dict[str, Any]:
    """Points `[t_ms, set_ua, mean_ua, ohm]`, two a bucket, and what is allowed.

    `gap_ms` is the distance of two points from which on no line joins them.
    """
    columns = run_columns(run)
    series_ohm = Profile.from_dict(run.stimulator.profile).series_ohm
    parts = [
        buckets(columns, column, count, MAX_GAP_MS)
        for column in (
            columns.column("set_ua"),
            columns.column("mean_ua"),
            ohm_column(columns, series_ohm),
        )
    ]
    points = [point for row in zip(*parts, strict=True) for point in _points(*row)]
    width = points[-1][0] // count if points else 0
    return {
        "points": points,
        "allowed_ua": run.programme["window"]["ceiling_ua"],
        "gap_ms": MAX_GAP_MS + 2 * (width or 0),
    }


def _points(set_: Bucket, mean: Bucket, ohm: Bucket) -> list[Point]:
    first: Point = [mean.from_ms, set_.low, mean.low, ohm.low]
    last: Point = [max(mean.to_ms, mean.from_ms + 1), set_.high, mean.high, ohm.high]
    if not mean.broken:
        return [first, last]
    # A missing reading breaks the line: it is never drawn over.
    return [first, last, [(last[0] or 0) + 1, None, None, None]]
