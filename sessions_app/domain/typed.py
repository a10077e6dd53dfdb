"""What a person types into a field that has a unit, as the stored value."""

import re
from decimal import Decimal

from sessions_app.domain.figures import FIGURES

_NUMBER = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[^\d\s.,].*)?")
_ALIKE = str.maketrans({"2": "²", ".": "·", "*": "·", " ": None})
_YES_NO = {"yes": True, "no": False}


def typed_number(text: str, *, label: str, unit: str, scale: int) -> int:
    """A number with or without its unit, times `scale`: ``"0.5 mA"`` is 500 µA.

    Raises ValueError for another unit, a comma, a sign, or a finer number than
    is stored; it names the field and what to type.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        like = f"2.5 {unit}".strip()
        raise ValueError(f"{label}: “{text}” is no number; write it like {like}")
    given = (found["unit"] or "").strip()
    if given and _plain(given) != _plain(unit):
        own = unit or "plain numbers"
        raise ValueError(f"{label}: “{text}” is in {given}; this field is in {own}")
    exact = Decimal(found["number"]) * scale
    if exact != exact.to_integral_value():
        least = f"{(Decimal(1) / scale).normalize():f} {unit}".strip()
        raise ValueError(f"{label}: “{text}” is finer than {least}; round it")
    return int(exact)


def typed_value(path: str, text: str) -> int | bool | str:
    """What is typed for a field of a protocol, by its dotted path.

    Raises ValueError that names the field.
    """
    figure = FIGURES.get(path)
    if figure is None or figure.options:
        return text.strip()
    if figure.kind is bool:
        if text.strip() not in _YES_NO:
            raise ValueError(f"{figure.label}: answer yes or no, not “{text}”")
        return _YES_NO[text.strip()]
    return typed_number(text, label=figure.label, unit=figure.unit, scale=figure.scale)


def _plain(unit: str) -> str:
    return unit.casefold().translate(_ALIKE)
