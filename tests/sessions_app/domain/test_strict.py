"""Dataclasses from JSON: nothing is guessed, and what is wrong is named."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from sessions_app.domain.strict import build, value


class Colour(StrEnum):
    RED = "red"
    BLACK = "black"


@dataclass(frozen=True)
class Lead:
    colour: Colour
    length_mm: int


@dataclass(frozen=True)
class Kit:
    name: str
    leads: tuple[Lead, ...]
    spare: Lead | None
    wet: bool


RED = {"colour": "red", "length_mm": 900}
KIT: dict[str, Any] = {"name": "A", "leads": [RED], "spare": None, "wet": False}


def test_nested_parts_are_built() -> None:
    lead = Lead(Colour.RED, 900)
    assert build(Kit, KIT, "kit") == Kit("A", (lead,), None, False)
    assert build(Kit, {**KIT, "spare": RED}, "kit").spare == lead


def test_what_the_caller_built_is_taken_as_it_is() -> None:
    lead = Lead(Colour.BLACK, 1)
    assert build(Kit, KIT, "kit", leads=(lead,)).leads == (lead,)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": 5}, "kit.name is str, not 5"),
        ({"wet": 1}, "kit.wet is bool, not 1"),
        ({"leads": RED}, r"kit.leads is a list"),
        ({"leads": [{**RED, "length_mm": True}]}, r"kit.leads\[0\].length_mm is int"),
        ({"spare": {**RED, "colour": "blue"}}, "kit.spare.colour is one of red, black"),
        ({"spare": {"colour": "red"}}, "kit.spare: missing or unknown length_mm"),
        ({"extra": 1}, "kit: missing or unknown extra"),
        ({5: 1}, "kit: missing or unknown 5"),
    ],
)
def test_a_wrong_field_is_named(change: dict[Any, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        build(Kit, {**KIT, **change}, "kit")


def test_a_single_value_is_read_by_its_kind() -> None:
    assert value(Colour, "red", "lead") is Colour.RED
    with pytest.raises(ValueError, match="lead is one of red, black, not None"):
        value(Colour, None, "lead")


def test_a_day_is_iso_text() -> None:
    assert value(dt.date, "2026-03-02", "on") == dt.date(2026, 3, 2)
    for wrong in ("2026-02-30", 1, None):
        with pytest.raises(ValueError, match="on is a day as 2026-11-02, not"):
            value(dt.date, wrong, "on")
