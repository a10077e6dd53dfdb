"""Dataclasses from JSON objects, with every wrong or unknown field named."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")


def build(kind: type[_Kind], data: Any, where: str, **made: Any) -> _Kind:
    """An instance of a dataclass from its JSON form; enums by value, tuples by list,
    days by ISO text.

    `made` holds fields that the caller built. Raises ValueError that names the
    field as `where.field`.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{where} is an object, not {data!r}")
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if wrong := sorted(set(data) ^ names, key=str):
        raise ValueError(f"{where}: missing or unknown {', '.join(map(str, wrong))}")
    hints = get_type_hints(kind)
    rest = names - set(made)
    read = {name: value(hints[name], data[name], f"{where}.{name}") for name in rest}
    return kind(**read, **made)


def value(hint: Any, data: Any, where: str) -> Any:
    """What a type hint makes of its JSON form; raises ValueError that names it."""
    if isinstance(hint, UnionType):
        inner = next(kind for kind in get_args(hint) if kind is not type(None))
        return None if data is None else value(inner, data, where)
    if get_origin(hint) is tuple:
        return _items(get_args(hint)[0], data, where)
    if is_dataclass(hint):
        return build(hint, data, where)  # type: ignore[arg-type]
    if issubclass(hint, StrEnum):
        return _choice(hint, data, where)
    if hint is dt.date:
        return _day(data, where)
    if type(data) is not hint:
        raise ValueError(f"{where} is {hint.__name__}, not {data!r}")
    return data


def _items(hint: Any, data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise ValueError(f"{where} is a list, not {data!r}")
    return tuple(value(hint, item, f"{where}[{n}]") for n, item in enumerate(data))


def _day(data: Any, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(data)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where} is a day as 2026-11-02, not {data!r}") from error


def _choice(kind: type[StrEnum], data: Any, where: str) -> StrEnum:
    try:
        return kind(data)
    except ValueError as error:
        raise ValueError(
            f"{where} is one of {', '.join(kind)}, not {data!r}"
        ) from error
