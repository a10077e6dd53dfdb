"""What people type into forms, as the numbers and days that services take."""

import datetime as dt
from decimal import Decimal

from django.http import HttpRequest
from django.utils import timezone

from clinic.errors import Refusal
from clinic.quantities import MS_PER_MIN, NC_PER_MA_MIN

UA_PER_MA = 1000
MOST_DIGITS = 18


def day_of(request: HttpRequest, name: str, what: str) -> dt.date:
    """A day of a date field; raises Refusal for anything else."""
    text = request.POST.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            "no_day", f"{what}: give a day, for example 2027-04-30.", field=name
        ) from error


def time_of(text: str) -> dt.time | None:
    """A time of day of a field `due_at`, None when it is empty; raises Refusal."""
    if not text.strip():
        return None
    try:
        found = dt.time.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise Refusal(
            "no_time", "Give the time as hours and minutes, 14:30.", field="due_at"
        )
    return found


def moment_of(request: HttpRequest, name: str, what: str) -> dt.datetime:
    """A day and time in the clinic's zone; raises Refusal for anything else."""
    text = request.POST.get(name, "").strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            "no_moment",
            f"{what}: give day and time, for example 2026-11-22T09:30.",
            field=name,
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.get_current_timezone())
    return moment


def current_ua(request: HttpRequest, name: str, what: str) -> int:
    """A current typed in mA."""
    return _whole(request, name, what, "mA", UA_PER_MA)


def span_ms(request: HttpRequest, name: str, what: str) -> int:
    """A time typed in minutes."""
    return _whole(request, name, what, "minutes", MS_PER_MIN)


def charge_nc(request: HttpRequest, name: str, what: str) -> int:
    """A charge typed in mA·min."""
    return _whole(request, name, what, "mA·min", NC_PER_MA_MIN)


def milli_of(request: HttpRequest, name: str, what: str, unit: str) -> int:
    """A number typed in a unit, in its thousandths."""
    return _whole(request, name, what, unit, 1000)


def count_of(request: HttpRequest, name: str, what: str) -> int:
    """A whole number of things."""
    return _whole(request, name, what, "a whole number", 1)


def clock_ms(text: str, field: str) -> int:
    """``4:30`` or ``4`` as minutes and seconds of a run, in ms; raises Refusal."""
    minutes, _, seconds = text.strip().partition(":")
    well = digits(minutes) and (not seconds or digits(seconds))
    if not well or (seconds and int(seconds) > 59):
        raise Refusal(
            "no_clock",
            f"“{text.strip()}” is no minutes and seconds; write for example 4:30.",
            field=field,
        )
    return int(minutes) * MS_PER_MIN + int(seconds or 0) * 1000


def digits(text: str) -> bool:
    """Whether a text is a whole number that a column can have."""
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


def _whole(request: HttpRequest, name: str, what: str, unit: str, scale: int) -> int:
    """A number not below 0 in the unit of people, whole in ours."""
    text = request.POST.get(name, "").strip().replace(",", ".")
    if not text:
        said = f"{what}: nothing is entered; give {unit}."
        raise Refusal("not_a_number", said, field=name)
    try:
        value = Decimal(text) * scale
    except ArithmeticError as error:
        raise Refusal(
            "not_a_number", f"{what}: “{text}” is no number of {unit}.", field=name
        ) from error
    if not value.is_finite() or value < 0 or value > 10**13:
        raise Refusal("out_of_range", f"{what}: {text} {unit} cannot be.", field=name)
    if value != value.to_integral_value():
        raise Refusal(
            "too_fine", f"{what}: {text} {unit} is finer than is kept.", field=name
        )
    return int(value)
