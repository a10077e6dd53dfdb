"""Consent covers a course, a drug, places, a kind of device, and a year."""

import datetime as dt
from dataclasses import replace

import pytest

from sessions_app.domain.consenting import (
    Given,
    Terms,
    kinds_needed,
    missing,
    months_after,
)

PALMS = Terms("", "both palms", "dc stimulator, tray")
DAY = dt.date(2026, 3, 2)
ROW = Given("treatment", PALMS, DAY)


def why(terms: Terms, *rows: Given, today: dt.date = DAY, months: int = 12) -> str:
    found = missing(("treatment",), terms, rows, today, months)
    return found[0].why if found else ""


def test_a_consent_to_the_same_course_stands() -> None:
    assert why(PALMS, ROW) == ""


def test_none_is_named() -> None:
    assert why(PALMS) == "not recorded yet"
    (found,) = missing(("off_label",), PALMS, [ROW], DAY)
    assert found.text == "Consent to use outside the label: not recorded yet."


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (replace(PALMS, drug="glycopyrronium"), "for tap water, now glycopyrronium"),
        (replace(PALMS, body_site="both palms; both soles"), "without both soles"),
        (
            replace(PALMS, device_kind="pulsed stimulator, tray"),
            "for dc stimulator, tray, now pulsed stimulator, tray",
        ),
    ],
)
def test_a_change_asks_again_and_says_what_changed_and_when_it_was_given(
    now: Terms, said: str
) -> None:
    assert why(now, ROW) == f"given on 02-Mar-2026 {said}"


def test_fewer_places_are_covered() -> None:
    more = replace(PALMS, body_site="both palms; both soles")
    assert why(PALMS, replace(ROW, terms=more)) == ""


@pytest.mark.parametrize(
    ("today", "stands"), [(dt.date(2027, 3, 1), True), (dt.date(2027, 3, 2), False)]
)
def test_it_ends_after_twelve_months(today: dt.date, stands: bool) -> None:
    said = why(PALMS, ROW, today=today)
    assert said == (
        "" if stands else "given on 02-Mar-2026; 12 months ended on 02-Mar-2027"
    )


def test_the_site_may_ask_more_often() -> None:
    assert why(PALMS, ROW, today=dt.date(2026, 9, 2), months=6).endswith("02-Sep-2026")


def test_a_withdrawn_one_does_not_stand_until_another_is_given() -> None:
    gone = replace(ROW, withdrawn_on=DAY)
    assert why(PALMS, gone) == "withdrawn on 02-Mar-2026"
    assert why(PALMS, gone, ROW) == ""


@pytest.mark.parametrize(
    ("code", "drugs", "off_label"),
    [
        ("HH-PALM", [], False),
        ("HH-GLYCO", ["glycopyrronium"], False),
        ("SWEAT-CF", ["pilocarpine"], False),
        ("LIDO", ["lidocaine"], False),
        ("LE-DEX40", ["dexamethasone"], True),
        ("GALV-CNS", ["calcium"], True),
    ],
)
def test_a_drug_outside_its_label_needs_its_own_consent(
    code: str, drugs: list[str], off_label: bool
) -> None:
    assert ("off_label" in kinds_needed(code, drugs)) is off_label
    assert "photo" not in kinds_needed(code, drugs)


def test_the_end_of_a_short_month_is_its_last_day() -> None:
    assert months_after(dt.date(2027, 2, 28), 12) == dt.date(2028, 2, 28)
    assert months_after(dt.date(2028, 2, 29), 12) == dt.date(2029, 2, 28)
    assert months_after(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
