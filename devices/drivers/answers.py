"""Wire results as the contract's types; ValueError names what is malformed."""

from dataclasses import fields
from typing import Any

from devices.core.reading import Reading, ReadingError, read_wire
from devices.drivers.base import (
    Alive,
    DeviceEvent,
    Hello,
    Json,
    Log,
    RunSummary,
    Samples,
    StopAnswer,
)

Kinds = type | tuple[type, ...]
_NULL = type(None)


def part(result: Any, name: str, kind: Kinds) -> Any:
    """`result[name]` of one of these types; a boolean is no number."""
    value = result.get(name) if isinstance(result, dict) else None
    wrong_bool = isinstance(value, bool) and kind is not bool
    if not isinstance(value, kind) or wrong_bool:
        raise ValueError(f"answer lacks {name} or has {value!r} there")
    return value


def hello_from(result: Any) -> Hello:
    last = part(result, "last_run", (dict, _NULL))
    return Hello(
        device=part(result, "device", str),
        boot=part(result, "boot", str),
        now_ms=part(result, "now_ms", int),
        fence=part(result, "fence", int),
        state=part(result, "state", str),
        run=part(result, "run", (str, _NULL)),
        last_run=None if last is None else summary_from(last),
        profile=part(result, "profile", dict),
        buffer_samples=part(result, "buffer_samples", int),
        speed=part(result, "speed", int),
        simulated=part(result, "simulated", bool),
    )


def summary_from(result: Json) -> RunSummary:
    kinds: dict[str, Kinds] = {
        "run": str,
        "state": str,
        "reason": (str, _NULL),
        "log": bool,
    }
    names = [field.name for field in fields(RunSummary)]
    return RunSummary(**{n: part(result, n, kinds.get(n, int)) for n in names})


def log_from(result: Any) -> Log:
    readings, malformed = _readings(result)
    return Log(
        readings,
        part(result, "last_seq", int),
        part(result, "ended", bool),
        malformed,
    )


def alive_from(result: Any) -> Alive:
    kinds: dict[str, Kinds] = {"state": str, "run": (str, _NULL)}
    return Alive(*(part(result, n, kinds.get(n, int)) for n in Alive._fields))


def stop_answer_from(result: Any) -> StopAnswer:
    return StopAnswer(
        part(result, "run", (str, _NULL)),
        part(result, "state", str),
        part(result, "stopped", bool),
        part(result, "reason", (str, _NULL)),
    )


def samples_from(params: Json) -> Samples:
    readings, malformed = _readings(params)
    return Samples(
        part(params, "run", str),
        readings,
        part(params, "counter_nc", int),
        part(params, "flow_ms", int),
        part(params, "last_seq", int),
        part(params, "level_ua", int),
        malformed,
    )


def _readings(result: Any) -> tuple[list[Reading], tuple[str, ...]]:
    """Readings, and why each other row is none.

    One bad row must not take the link, and with it every good one, away.
    """
    readings: list[Reading] = []
    malformed: list[str] = []
    for row in part(result, "samples", list):
        try:
            readings.append(read_wire(row))
        except ReadingError as error:
            malformed.append(str(error))
    return readings, tuple(malformed)


def malformed_event(run: str, why: str) -> DeviceEvent:
    return DeviceEvent(run, 0, 0, "malformed", {"why": why})


def event_from(params: Json) -> DeviceEvent:
    return DeviceEvent(
        part(params, "run", (str, _NULL)),
        part(params, "seq", int),
        part(params, "t_ms", int),
        part(params, "kind", str),
        part(params, "data", dict),
    )
