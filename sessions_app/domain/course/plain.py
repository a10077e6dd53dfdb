"""Typed values as plain JSON, the same on the way out and back."""

import datetime as dt
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from sessions_app.domain.calendar import DayOffsets, EveryDays, Weekdays, pattern_data


def plain(value: Any) -> Any:
    """JSON-ready: dates as ISO text, enums by value, tuples as lists."""
    if isinstance(value, Weekdays | EveryDays | DayOffsets):
        return dict(pattern_data(value))
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
