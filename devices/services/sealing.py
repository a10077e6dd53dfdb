"""What the sealed samples of a run add up to."""

from collections.abc import Sequence
from typing import Any

from devices.core import trace_codec
from devices.core.judge import MAX_GAP_MS
from devices.core.programme import Programme


def sealed_figures(
    payloads: Sequence[bytes], programme: Programme, device_last_seq: int | None
) -> dict[str, Any]:
    """Columns of `devices.models.Trace` for hot chunks in order.

    `gaps` counts the numbers that the device gave and nobody could read;
    charges are nC, the same integers that supervision counted online.
    """
    columns = trace_codec.columns_of(payloads)
    sealed = trace_codec.seal(columns)
    charge, flow_ms = trace_codec.integrate(
        columns,
        MAX_GAP_MS,
        bound_ua=programme.envelope.max_mean_ua,
        flow_floor_ua=programme.flow_floor_ua,
    )
    numbers = columns.column("seq")
    first, last = (int(numbers[0]), int(numbers[-1])) if len(columns) else (None, None)
    return {
        "codec": sealed.codec,
        "blob": sealed.blob,
        "sha256": sealed.sha256,
        "count": len(columns),
        "first_seq": first,
        "last_seq": last,
        "gaps": max(device_last_seq or 0, last or 0) - len(columns),
        "positive_nc": charge.positive_nc,
        "negative_nc": charge.negative_nc,
        "confirmed_nc": charge.confirmed_nc,
        "upper_nc": charge.upper_bound_nc,
        "flow_ms": flow_ms,
    }
