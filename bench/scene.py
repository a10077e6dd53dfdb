"""What the benchmarks share: stores, rows, samples, and the table that is printed."""

import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
import numpy as np
import numpy.typing as npt

from tests.stores import WorkerStores

ROOT = Path(__file__).resolve().parent.parent
HZ = 4
Table = npt.NDArray[np.int32]


def begin() -> WorkerStores:
    """A migrated database of its own on the servers that the environment names."""
    stores = WorkerStores.from_environment(os.environ)
    os.environ.update(stores.environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    django.setup()
    stores.make_database(ROOT)
    return stores


def session_samples(seed: int, count: int) -> Table:
    """A tap-water session at 10 mA as the columns of `Reading`, shape (8, count).

    Resolution 10 µA and 10 mV; noise of 6 µA and 25 mV; the skin falls from
    about 3.2 to 2.2 kΩ.
    """
    rng = np.random.default_rng(seed)
    seq = np.arange(1, count + 1)
    t_ms = seq * (1000 // HZ)
    set_ua = np.minimum(10_000, t_ms * 10_000 // 15_000)
    mean = _step(set_ua + rng.normal(0, 6, count), 10)
    ohm = 2_200 + 1_000 * np.exp(-t_ms / 240_000)
    voltage = _step(np.abs(mean) * ohm / 1000 + rng.normal(0, 25, count), 10)
    columns = [seq, t_ms, mean, np.abs(mean), np.abs(mean), voltage, set_ua]
    return np.array([*columns, np.full(count, 2)], dtype=np.int32)


def _step(values: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.int64]:
    return (np.round(values / size) * size).astype(np.int64)


def median(values: Sequence[float]) -> float:
    return float(statistics.median(values))


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share * 100))


def report(title: str, rows: list[dict[str, Any]]) -> None:
    """A table for people, then the same as one line of JSON."""
    heads = list(rows[0])
    lines = [heads, *([_text(row[head]) for head in heads] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    out = [f"\n{title}"]
    for line in lines:
        cells = zip(line, widths, strict=True)
        out.append("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
    out.append(json.dumps({"title": title, "rows": rows}))
    sys.stdout.write("\n".join(out) + "\n")
    sys.stdout.flush()


def _text(value: Any) -> str:
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and value < 1000
        else (f"{value:,.0f}" if isinstance(value, int | float) else str(value))
    )
