"""What people type becomes numbers and times, or is refused at its field."""

import datetime as dt

import pytest

from clinic.errors import Refusal
from sessions_app.web import parsing


@pytest.mark.parametrize("text", ["9e999999", "NaN", "-1", "²", "1e14", ""])
def test_what_is_no_number_is_refused(rf, text) -> None:
    request = rf.post("/", {"ua": text})
    with pytest.raises(Refusal) as refused:
        parsing.current_ua(request, "ua", "Current")
    assert refused.value.extra["field"] == "ua"


@pytest.mark.parametrize("text", ["²", "4:²", "4:75", "9" * 5000, ":"])
def test_what_is_no_clock_is_refused(text) -> None:
    with pytest.raises(Refusal, match="no minutes and seconds"):
        parsing.clock_ms(text, "at")


def test_a_clock_is_minutes_and_seconds() -> None:
    assert (parsing.clock_ms("4:30", "at"), parsing.clock_ms("4", "at")) == (
        270_000,
        240_000,
    )


@pytest.mark.parametrize("text", ["25:00", "noon", "09:00+05:00"])
def test_a_time_of_day_has_no_zone_of_its_own(text) -> None:
    with pytest.raises(Refusal) as refused:
        parsing.time_of(text)
    assert refused.value.extra["field"] == "due_at"


def test_a_time_of_day_may_be_left_open() -> None:
    assert parsing.time_of(" ") is None
    assert parsing.time_of("14:30") == dt.time(14, 30)
