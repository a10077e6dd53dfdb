"""The Jinja environment of the clinical pages: filters, globals, loaders."""

import datetime as dt
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    PackageLoader,
    Undefined,
    UndefinedError,
    pass_context,
)
from jinja2.runtime import Context

from clinic.quantities import clock_text, ma_min_text, ma_text

_MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]


def _local(moment: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return timezone.localtime(moment) if isinstance(moment, dt.datetime) else moment


def date_text(moment: dt.date | dt.datetime | None) -> str:
    """`02-Nov-2026` whatever the locale; a missing date is `Not known`."""
    if moment is None:
        return "Not known"
    day = _local(moment)
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year:04d}"


def long_date_text(moment: dt.date | dt.datetime) -> str:
    """`Sunday 22 November 2026`, for headings."""
    day = _local(moment)
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def time_text(moment: dt.datetime | None) -> str:
    """`09:05`, 24 h, in the clinic's zone."""
    return "–" if moment is None else f"{_local(moment):%H:%M}"


def second_text(moment: dt.datetime | None) -> str:
    """`09:05:14`."""
    return "–" if moment is None else f"{_local(moment):%H:%M:%S}"


def nhs_number_text(number: str) -> str:
    """Ten digits as 3-3-4 with single spaces; none is `Not known`."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if number else "Not known"


def kohm_text(ohm: int | None) -> str:
    """Impedance in kΩ, or `no reading`."""
    return "no reading" if ohm is None else f"{ohm / 1000:.1f} kΩ"


def dose_text(charge_nc: int | None, places: int = 1) -> str:
    """Charge as `200.0 mA·min`; a missing value is `not known`."""
    if charge_nc is None:
        return "not known"
    return f"{ma_min_text(charge_nc, places)} mA·min"


@pass_context
def _loud(context: Context, value: Any) -> Any:
    """Refuse to print what is undefined: a blank on a clinical page misleads.

    The design system's own macros rely on silent blanks.
    """
    if isinstance(value, Undefined) and not str(context.name).startswith("nhsuk/"):
        raise UndefinedError(f"{context.name} prints a value that was not given")
    return value


def environment(**options: Any) -> Environment:
    """Build the environment that Django's Jinja2 backend asks for."""
    options["loader"] = ChoiceLoader(
        [options["loader"], PackageLoader("nhsuk_frontend_jinja")]
    )
    options["undefined"] = ChainableUndefined
    env = Environment(
        finalize=_loud,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        **{name: value for name, value in options.items() if name != "autoescape"},
    )
    env.globals.update(static=static, url=reverse)
    env.filters.update(
        date=date_text,
        long_date=long_date_text,
        time=time_text,
        second=second_text,
        nhs_number=nhs_number_text,
        ma=ma_text,
        dose=dose_text,
        kohm=kohm_text,
        clock=clock_text,
    )
    return env
