"""GS1 labels: both forms, the check digit, the dates, and what is said of a bad one."""

import datetime as dt

import pytest

from sessions_app.domain.gs1 import FNC1, Gs1Error, check_digit, is_scan, parse, year_of

TODAY = dt.date(2026, 11, 22)
GTIN = "09506000134352"


def test_the_printed_form_is_read_with_its_brackets() -> None:
    label = parse(f"(01){GTIN}(17)271231(10)AB-12/3(21)S1(30)5(11)251130", TODAY)
    assert label.gtin == GTIN
    assert (label.lot, label.serial, label.count) == ("AB-12/3", "S1", 5)
    assert label.expires_on == dt.date(2027, 12, 31)
    assert label.produced_on == dt.date(2025, 11, 30)


@pytest.mark.parametrize("prefix", ["", "]d2", "]C1", FNC1, f"]d2{FNC1}"])
def test_the_raw_form_ends_free_fields_at_the_separator(prefix: str) -> None:
    label = parse(f"{prefix}01{GTIN}10LOT7{FNC1}17280200{FNC1}21SER", TODAY)
    assert (label.gtin, label.lot, label.serial) == (GTIN, "LOT7", "SER")
    assert label.expires_on == dt.date(2028, 2, 29)


def test_a_lot_that_holds_the_digits_of_another_field_stays_whole() -> None:
    label = parse(f"01{GTIN}10A1727123101", TODAY)
    assert label.lot == "A1727123101"
    assert label.expires_on is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("270200", dt.date(2027, 2, 28)),
        ("280200", dt.date(2028, 2, 29)),
        ("260100", dt.date(2026, 1, 31)),
        ("261130", dt.date(2026, 11, 30)),
    ],
)
def test_day_00_is_the_last_of_the_month(text: str, day: dt.date) -> None:
    assert parse(f"(17){text}", TODAY).expires_on == day


@pytest.mark.parametrize(
    ("two", "year"), [(26, 2026), (76, 2076), (77, 1977), (99, 1999), (0, 2000)]
)
def test_the_century_lies_from_49_years_back_to_50_ahead(two: int, year: int) -> None:
    assert year_of(two, TODAY) == year


def test_the_century_turns_over() -> None:
    assert year_of(5, dt.date(2098, 1, 1)) == 2105
    assert year_of(98, dt.date(2101, 1, 1)) == 2098


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert check_digit("629104150021") == 3
    assert check_digit(GTIN[:-1]) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing was scanned"),
        ("(01)09506000134353", r"last digit should be 2"),
        ("(01)9506000134352", r"\(01\) GTIN at 1 has 13 characters, not 14"),
        ("(01)0950600013435X", "only digits"),
        ("(17)271301", "271301, which is no day"),
        ("(17)270230", "270230, which is no day"),
        ("(10)", r"\(10\) lot number at 1 is empty"),
        ("(10)" + "A" * 21, "21 characters, at most 20"),
        ("(10)AB(99)X", "“99” at 7"),
        ("(99)X", "“99” at 1"),
        (f"01{GTIN}99X", "“99” at 17"),
        ("(10)ÄB", "no label has"),
        ("(10)A(10)B", "stands twice and differs"),
        ("01095060001343", "12 characters, not 14"),
        (f"]d217271{FNC1}10A", "3 characters, not 6"),
        ("hello", "“he” at 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(Gs1Error, match=says):
        parse(text, TODAY)


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("(10)A", True),
        ("]d210A", True),
        (f"10A{FNC1}", True),
        (f"01{GTIN}10A", True),
        ("LOT-7", False),
        ("01", False),
    ],
)
def test_a_scan_is_told_from_a_typed_lot(text: str, scan: bool) -> None:
    assert is_scan(text) is scan
