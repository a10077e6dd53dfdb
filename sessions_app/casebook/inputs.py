"""Inputs of worked cases, read strictly: each error begins with the input's name."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeGuard, TypeVar

Inputs = Mapping[str, Any]
Kind = Callable[[Inputs], dict[str, Any]]
_Enum = TypeVar("_Enum", bound=StrEnum)
_Value = TypeVar("_Value")

# More visits than any course has; a larger number is a slip that would never end.
MOST_VISITS = 10_000


class CaseError(ValueError):
    """An input that its kind cannot have; the text names it."""


def whole(inputs: Inputs, name: str, *, least: int | None = None) -> int:
    value = inputs.get(name)
    if not is_whole(value):
        raise CaseError(f"{name} is a whole number, not {value!r}")
    if least is not None and value < least:
        raise CaseError(f"{name} is at least {least}, not {value}")
    return value


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether a value is a whole number; true and false are none."""
    return type(value) is int


def count(inputs: Inputs, name: str) -> int:
    return whole(inputs, name, least=0)


def visits(inputs: Inputs, name: str) -> int:
    """A number of visits to list."""
    value = count(inputs, name)
    if value > MOST_VISITS:
        raise CaseError(f"{name} is at most {MOST_VISITS}, not {value}")
    return value


def flag(inputs: Inputs, name: str) -> bool:
    value = inputs.get(name)
    if not isinstance(value, bool):
        raise CaseError(f"{name} is true or false, not {value!r}")
    return value


def choice(inputs: Inputs, name: str, kind: type[_Enum]) -> _Enum:
    value = inputs.get(name)
    try:
        return kind(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise CaseError(f"{name} is one of {', '.join(kind)}, not {value!r}") from error


def text(inputs: Inputs, name: str) -> str:
    value = inputs.get(name)
    if not isinstance(value, str) or not value:
        raise CaseError(f"{name} is a text, not {value!r}")
    return value


def items(inputs: Inputs, name: str) -> list[Any]:
    values = inputs.get(name)
    if not isinstance(values, list):
        raise CaseError(f"{name} is a list, not {values!r}")
    return values


def wholes(inputs: Inputs, name: str) -> list[int]:
    values = items(inputs, name)
    if not all(map(is_whole, values)):
        raise CaseError(f"{name} is a list of whole numbers, not {values!r}")
    return values


def pairs(inputs: Inputs, name: str) -> list[tuple[int, int]]:
    rows = items(inputs, name)
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or not all(map(is_whole, row)):
            raise CaseError(f"{name}: {row!r} is no pair of whole numbers")
    return [(first, second) for first, second in rows]


def spans(inputs: Inputs, name: str) -> list[tuple[int, int]]:
    found = pairs(inputs, name)
    for start, end in found:
        if end < start:
            raise CaseError(f"{name}: {start} to {end} ends before it begins")
    return found


def day(inputs: Inputs, name: str) -> dt.date:
    return _day(inputs.get(name), name)


def days(inputs: Inputs, name: str) -> list[dt.date]:
    return [_day(value, name) for value in items(inputs, name)]


def _day(value: Any, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise CaseError(f"{name}: {value!r} is no date") from error


def wall_time(inputs: Inputs, name: str) -> dt.datetime:
    """A local date and time, without zone."""
    value = inputs.get(name)
    try:
        moment = dt.datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise CaseError(f"{name}: {value!r} is no local time") from error
    if moment.tzinfo is not None:
        raise CaseError(f"{name}: {value!r} has an offset; give the local time alone")
    return moment


def mapping(inputs: Inputs, name: str) -> Mapping[str, Any]:
    value = inputs.get(name)
    if not isinstance(value, dict):
        raise CaseError(f"{name} is an object, not {value!r}")
    return value


def counted(inputs: Inputs, name: str) -> dict[str, int]:
    """Whole numbers of 0 or more by name."""
    rows = mapping(inputs, name)
    for key, value in rows.items():
        if not is_whole(value) or value < 0:
            raise CaseError(f"{name}: {key!r}: {value!r} is no whole number from 0 on")
    return dict(rows)


def numbered(inputs: Inputs, name: str) -> dict[int, int]:
    """Whole numbers by number, which JSON writes as text."""
    rows = mapping(inputs, name)
    for key, value in rows.items():
        if not (key.isascii() and key.isdigit() and is_whole(value)):
            raise CaseError(f"{name}: {key!r}: {value!r} is no whole number by number")
    return {int(key): value for key, value in rows.items()}


def made(inputs: Inputs, name: str, make: Callable[[Any], _Value]) -> _Value:
    """What the core makes of an input; its refusal gets the input's name."""
    try:
        return make(inputs.get(name))
    except ValueError as error:
        raise CaseError(f"{name}: {error}") from error


def only(data: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """Raise CaseError unless an object has exactly these fields."""
    if wrong := sorted(set(data) ^ set(names)):
        raise CaseError(f"{where}: missing or unknown {', '.join(wrong)}")
