"""What the bar code on a box says: GS1 element strings, as scanned or as printed.

GS1 General Specifications, sections 3 and 7.8 (element strings, FNC1) and 7.9
(check digit), 7.12 (the century of a two-digit year).
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

FNC1 = "\x1d"
_BLANK = " \t\r\n"  # str.strip() would take FNC1 away too
# What scanners put first to say which symbol it was (ISO/IEC 15424).
SYMBOLOGIES = ("]d2", "]C1", "]e0", "]Q3", "]J1")


class Gs1Error(ValueError):
    """A label that cannot be read; the text names the field and the place."""


@dataclass(frozen=True, slots=True)
class _Field:
    """An application identifier. A fixed `length` needs no separator behind it."""

    name: str
    length: int | None
    most: int
    digits: bool


_FIELDS = {
    "00": _Field("shipping container", 18, 18, True),
    "01": _Field("GTIN", 14, 14, True),
    "02": _Field("GTIN of contents", 14, 14, True),
    "10": _Field("lot number", None, 20, False),
    "11": _Field("production date", 6, 6, True),
    "13": _Field("packaging date", 6, 6, True),
    "15": _Field("best before date", 6, 6, True),
    "17": _Field("expiry date", 6, 6, True),
    "20": _Field("variant", 2, 2, True),
    "21": _Field("serial number", None, 20, False),
    "30": _Field("count", None, 8, True),
    "37": _Field("count of contents", None, 8, True),
    "240": _Field("article number", None, 30, False),
    "241": _Field("customer part number", None, 30, False),
    "250": _Field("secondary serial number", None, 30, False),
}
# The characters that a text field may hold (GS1 character set 82).
_TEXT = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says; "" or None where it says nothing."""

    gtin: str = ""
    lot: str = ""
    serial: str = ""
    produced_on: dt.date | None = None
    expires_on: dt.date | None = None
    count: int | None = None


def is_scan(text: str) -> bool:
    """Whether a typed text looks like a label and not like a plain lot number."""
    text = text.strip(_BLANK)
    bare = re.match(r"01\d{14}", text) is not None
    return bare or text.startswith(("(", *SYMBOLOGIES)) or FNC1 in text


def parse(text: str, today: dt.date) -> Label:
    """The label of an element string, with brackets or as a scanner sends it.

    `today` settles the century. Raises Gs1Error that names what is wrong where.
    """
    text = text.strip(_BLANK)
    if not text:
        raise Gs1Error("nothing was scanned; scan the code or type what is printed")
    pairs = _bracketed(text) if text.startswith("(") else _scanned(text)
    found: dict[str, str] = {}
    for code, value, place in pairs:
        _check(code, value, place)
        if found.setdefault(code, value) != value:
            raise Gs1Error(f"({code}) stands twice and differs, again at {place}")
    return Label(
        gtin=found.get("01", ""),
        lot=found.get("10", ""),
        serial=found.get("21", ""),
        produced_on=_date(found, "11", today),
        expires_on=_date(found, "17", today),
        count=int(found["30"]) if "30" in found else None,
    )


def check_digit(digits: str) -> int:
    """The last digit of a GTIN or SSCC from those before it."""
    weighted = zip(reversed(digits), (3, 1) * len(digits), strict=False)
    return -sum(int(digit) * weight for digit, weight in weighted) % 10


def year_of(two: int, today: dt.date) -> int:
    """The full year of two digits: from 49 years back to 50 years ahead."""
    year = today.year - today.year % 100 + two
    if year - today.year >= 51:
        return year - 100
    if year - today.year <= -50:
        return year + 100
    return year


Found = tuple[str, str, int]


def _bracketed(text: str) -> list[Found]:
    """``(01)…(17)…``: the printed form; a value may itself hold brackets."""
    known = "|".join(sorted(_FIELDS, key=len, reverse=True))
    marks = list(re.finditer(rf"\(({known})\)", text))
    if not marks or marks[0].start() != 0:
        raise Gs1Error(_unknown(text[1:5].split(")")[0], 1))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    found = []
    for mark, end in zip(marks, ends, strict=True):
        value = text[mark.end() : end].strip().rstrip(FNC1)
        stray = re.search(r"\((\d{2,4})\)", value)
        if stray:
            raise Gs1Error(_unknown(stray[1], mark.end() + stray.start() + 1))
        found.append((mark[1], value, mark.start() + 1))
    return found


def _scanned(text: str) -> list[Found]:
    """A scanner's string: a field of free length ends at FNC1 or at the end."""
    at = next((len(s) for s in SYMBOLOGIES if text.startswith(s)), 0)
    found = []
    while at < len(text):
        if text[at] == FNC1:
            at += 1
            continue
        code = next(
            (text[at : at + n] for n in (2, 3) if text[at : at + n] in _FIELDS), ""
        )
        if not code:
            raise Gs1Error(_unknown(text[at : at + 2], at + 1))
        start = at + len(code)
        end = _end(text, start, _FIELDS[code])
        found.append((code, text[start:end], at + 1))
        at = end
    return found


def _end(text: str, start: int, field: _Field) -> int:
    stop = text.find(FNC1, start)
    stop = len(text) if stop < 0 else stop
    return stop if field.length is None else min(start + field.length, stop)


def _unknown(code: str, place: int) -> str:
    return (
        f"“{code}” at {place} is no field that this clinic reads;"
        " type GTIN, lot number and expiry instead"
    )


def _check(code: str, value: str, place: int) -> None:
    field = _FIELDS[code]
    where = f"({code}) {field.name} at {place}"
    if not value:
        raise Gs1Error(f"{where} is empty")
    if field.length is not None and len(value) != field.length:
        raise Gs1Error(f"{where} has {len(value)} characters, not {field.length}")
    if len(value) > field.most:
        raise Gs1Error(f"{where} has {len(value)} characters, at most {field.most}")
    if field.digits and not (value.isascii() and value.isdigit()):
        raise Gs1Error(f"{where} is “{value}”; only digits stand there")
    if not field.digits and not _TEXT.fullmatch(value):
        raise Gs1Error(f"{where} is “{value}” with a character that no label has")
    if code in {"00", "01", "02"} and check_digit(value[:-1]) != int(value[-1]):
        raise Gs1Error(
            f"{where} is {value}; its last digit should be {check_digit(value[:-1])}:"
            " scan again"
        )


def _date(found: dict[str, str], code: str, today: dt.date) -> dt.date | None:
    """YYMMDD; day 00 is the last day of the month."""
    text = found.get(code)
    if text is None:
        return None
    year, month, day = year_of(int(text[:2]), today), int(text[2:4]), int(text[4:])
    try:
        last = calendar.monthrange(year, month)[1]
        return dt.date(year, month, day or last)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise Gs1Error(
            f"({code}) {_FIELDS[code].name} is {text}, which is no day (YYMMDD)"
        ) from error
