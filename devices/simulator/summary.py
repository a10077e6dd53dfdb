"""What the device says of a run in a few numbers: the run summary of the protocol."""

from typing import Any

from devices.core.reading import Reading
from devices.core.run_lifecycle import EndReason
from devices.simulator.counter import ChargeCounter
from devices.simulator.log import SampleLog
from devices.simulator.therapy import Therapy

Json = dict[str, Any]


def summary_of(run: str, therapy: Therapy, state: str) -> Json:
    counter = therapy.output.counter
    return {
        "run": run,
        "state": state,
        "reason": therapy.reason,
        "counter_nc": counter.total_nc,
        "positive_nc": counter.positive_nc,
        "negative_nc": counter.negative_nc,
        "flow_ms": therapy.flow_ms,
        "last_seq": therapy.last_seq,
        "log": True,
    }


def summary_of_log(run: str, log: SampleLog) -> Json:
    """What is left to say after a power cut: the counter rebuilt from the log."""
    counter = ChargeCounter()
    last: Reading | None = None
    for reading in log:
        if last is not None:
            span_ms = reading.t_ms - last.t_ms
            counter.add(last.mean_ua or 0, reading.mean_ua or 0, span_ms)
        last = reading
    return {
        "run": run,
        "state": "ended",
        "reason": EndReason.REBOOT.value,
        "counter_nc": counter.total_nc,
        "positive_nc": counter.positive_nc,
        "negative_nc": counter.negative_nc,
        "flow_ms": 0 if last is None else last.t_ms,
        "last_seq": len(log),
        "log": True,
    }
