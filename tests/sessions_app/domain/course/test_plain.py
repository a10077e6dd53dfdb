"""Typed values as plain JSON: nothing of ours is left in it."""

import datetime as dt

from sessions_app.domain.calendar import EveryDays
from sessions_app.domain.course.history import Harm, State
from sessions_app.domain.course.plain import plain


def test_an_enum_is_its_value_and_no_more() -> None:
    assert type(plain(State.TAPER)) is str
    assert plain(State.TAPER) == "taper"


def test_what_is_inside_is_plain_too() -> None:
    found = plain(((Harm("ERY", 1), dt.date(2026, 3, 2)), EveryDays(7), None, True))
    assert found == [
        [{"code": "ERY", "grade": 1}, "2026-03-02"],
        {"every_days": 7},
        None,
        True,
    ]
