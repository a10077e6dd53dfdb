"""Dataclasses from JSON objects, with every wrong or unknown field named."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")


def build(kind: type[_Kind], data: Any, where: str) -> _Kind:
    """An instance of a dataclass from its JSON form; enums by value, tuples by list.

    Raises ValueError that names the field as `where.field`.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{where} is an object, not {data!r}")
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if wrong := sorted(set(data) ^ names):
        raise ValueError(f"{where}: missing or unknown {', '.join(wrong)}")
    hints = get_type_hints(kind)
    return kind(
        **{name: _value(hints[name], data[name], f"{where}.{name}") for name in names}
    )


def _value(hint: Any, value: Any, where: str) -> Any:
    if isinstance(hint, UnionType):
        inner = next(kind for kind in get_args(hint) if kind is not type(None))
        return None if value is None else _value(inner, value, where)
    if get_origin(hint) is tuple:
        return _items(get_args(hint)[0], value, where)
    if is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    if issubclass(hint, StrEnum):
        return _choice(hint, value, where)
    if type(value) is not hint:
        raise ValueError(f"{where} is {hint.__name__}, not {value!r}")
    return value


def _items(hint: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where} is a list, not {value!r}")
    return tuple(_value(hint, item, f"{where}[{n}]") for n, item in enumerate(value))


def _choice(kind: type[StrEnum], value: Any, where: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        raise ValueError(
            f"{where} is one of {', '.join(kind)}, not {value!r}"
        ) from error
