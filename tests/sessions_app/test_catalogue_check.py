"""The catalogue in plain lines."""

import pytest

from sessions_app.catalogue_check import Row, closing_line, report, rows
from sessions_app.domain.entry import Status

ROWS = {row.entry.code: row for row in rows()}


def test_every_row_is_told_with_its_status() -> None:
    assert closing_line(rows()) == (
        "46 rows: 2 adoptable, 41 locked, 1 record only, 2 refused"
    )
    assert list(ROWS["HH-PALM"].lines) == [
        "HH-PALM       adoptable    Palmar hyperhidrosis, tap water"
    ]


def test_a_locked_row_names_each_field_and_why() -> None:
    lines = list(ROWS["HH-AXIL"].lines)
    assert lines[1:] == [
        "              locks: Highest current: from memory (10 to 12 mA)",
        "              locks: Youngest age: site policy (18 years)",
    ]
    plain = list(ROWS["LIDO-PED"].lines)
    assert "              to enter: Days between sessions: empty" in plain


def test_a_refused_row_says_why() -> None:
    for code in ("PATCH-DEX", "DENT-CARIES", "OOS-FENT"):
        assert list(ROWS[code].lines)[1].strip() == ROWS[code].entry.reason


def test_a_simulated_adoption_is_told_with_places_values_and_reasons() -> None:
    lines = list(ROWS["LE-DICL"].adoption_lines)
    assert lines[0] == (
        "LE-DICL       40 years: right elbow (pad, 13.3 cm²) as cathode, right"
        " upper arm (pad, 40 cm²) opposite"
    )
    text = "\n".join(lines)
    assert "Highest current 4 mA: Simulated patients only: " in text
    assert "Drugs diclofenac 1 %: Simulated patients only: " in text
    assert "tooth 33" in next(ROWS["DENT-NAF"].adoption_lines)


@pytest.mark.parametrize("code", ["PATCH-DEX", "DENT-CARIES", "OOS-FENT"])
def test_a_row_that_is_not_treated_is_not_tried_out(code: str) -> None:
    assert ROWS[code].tried is None
    assert list(ROWS[code].adoption_lines) == []


def test_a_report_of_a_few_rows_counts_those() -> None:
    some: list[Row] = [ROWS["HH-PALM"], ROWS["OOS-FENT"]]
    assert [row.status for row in some] == [Status.ADOPTABLE, Status.REFUSED]
    assert list(report(some))[-1].startswith("2 rows: 1 adoptable, 0 locked")
