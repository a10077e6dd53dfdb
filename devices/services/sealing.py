"""What the sealed samples of a run add up to."""

from collections.abc import Sequence
from typing import Any

from devices.core import trace_codec
from devices.core.charge import Accumulator
from devices.core.judge import MAX_GAP_MS
from devices.core.programme import Programme


def sealed_figures(
    payloads: Sequence[bytes], programme: Programme, device_last_seq: int | None
) -> dict[str, Any]:
    """Columns of `devices.models.Trace` for hot chunks in order.

    `gaps` counts the numbers that the device gave and nobody could read;
    charges are nC, the same integers that supervision counted online.
    """
    readings = [r for payload in payloads for r in trace_codec.unpack(payload)]
    sealed = trace_codec.seal(readings)
    trace = Accumulator(
        MAX_GAP_MS,
        bound_ua=programme.envelope.max_mean_ua,
        flow_floor_ua=programme.flow_floor_ua,
    )
    trace.add_all(readings)
    charge = trace.charge()
    newest = max(device_last_seq or 0, readings[-1].seq if readings else 0)
    return {
        "codec": sealed.codec,
        "blob": sealed.blob,
        "sha256": sealed.sha256,
        "count": len(readings),
        "first_seq": readings[0].seq if readings else None,
        "last_seq": readings[-1].seq if readings else None,
        "gaps": newest - len(readings),
        "positive_nc": charge.positive_nc,
        "negative_nc": charge.negative_nc,
        "confirmed_nc": charge.confirmed_nc,
        "upper_nc": charge.upper_bound_nc,
        "flow_ms": trace.flow_ms,
    }
