"""Integers with units, shared by every package.

Current is microampere (`_ua`), time millisecond (`_ms`), charge nanocoulomb
(`_nc`, the same thing as µA·ms), impedance ohm (`_ohm`), voltage millivolt
(`_mv`), area square millimetre (`_mm2`), density microampere per square
centimetre (`_ua_cm2`). Text with other units exists at the edges only.
"""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

NC_PER_MA_MIN = 60_000_000
MS_PER_MIN = 60_000


def ma_min_text(charge_nc: int, places: int = 4) -> str:
    """Charge as mA·min, rounded half to even, for example ``"39.9167"``."""
    exact = Decimal(charge_nc) / NC_PER_MA_MIN
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def charge_nc(ma_min: str | int) -> int:
    """Charge of a decimal mA·min text.

    Raises ValueError for text that is no number or no whole number of nC.
    """
    try:
        exact = Decimal(ma_min) * NC_PER_MA_MIN
    except ArithmeticError as error:
        raise ValueError(f"{ma_min!r} is not a charge in mA·min") from error
    if exact != exact.to_integral_value():
        raise ValueError(f"{ma_min} mA·min is finer than 1 nC")
    return int(exact)


def ma_text(current_ua: int | None, places: int = 1) -> str:
    """Current as mA, ``"12.0 mA"``; a missing reading is ``"no reading"``."""
    if current_ua is None:
        return "no reading"
    exact = Decimal(current_ua) / 1000
    return f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)} mA"


def ma_exact_text(current_ua: int) -> str:
    """Current as mA without rounding: 250 µA is ``"0.25 mA"``, 12000 is ``"12.0 mA"``.

    For limits, where two different numbers must never read the same.
    """
    whole, thousandths = divmod(abs(current_ua), 1000)
    sign = "-" if current_ua < 0 else ""
    return f"{sign}{whole}.{f'{thousandths:03d}'.rstrip('0') or '0'} mA"


def cm2_text(area_mm2: int) -> str:
    """Area in cm², trailing zeros dropped: 1330 mm² is ``"13.3 cm²"``."""
    return f"{(Decimal(area_mm2) / 100).normalize():f} cm²"


def density_text(density_ua_cm2: int) -> str:
    """Current density in mA/cm²: 500 µA/cm² is ``"0.5 mA/cm²"``."""
    return f"{(Decimal(density_ua_cm2) / 1000).normalize():f} mA/cm²"


def clock_text(span_ms: int) -> str:
    """A span as minutes and seconds, ``"19:05"``."""
    minutes, seconds = divmod(span_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def age_on(born: dt.date, day: dt.date) -> int:
    """Whole years on a day; born on 29 February turns a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
