"""Each row of docs/safety.md names controls and tests that exist."""

import pytest

from tests.papers import ROOT, missing, references

COLUMNS = ["Id", "Hazard", "Cause", "Control", "Verification"]
TEXT = (ROOT / "docs" / "safety.md").read_text()


def rows(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == COLUMNS
    return [dict(zip(COLUMNS, row, strict=True)) for row in cells[2:]]


def faults(row: dict[str, str]) -> list[str]:
    """What a row promises and does not keep."""
    controls, tests = references(row["Control"]), references(row["Verification"])
    wrong = missing(controls + tests)
    if not [name for name in controls if not name.startswith("tests/")]:
        wrong.append("no control in the code")
    if not tests:
        wrong.append("no test")
    wrong += [name for name in tests if not name.startswith("tests/")]
    wrong += [name for name in tests if "::test_" not in name]
    return wrong


@pytest.mark.parametrize("row", rows(TEXT), ids=lambda row: row["Id"])
def test_a_row_keeps_what_it_promises(row: dict[str, str]) -> None:
    assert faults(row) == []


def test_rows_are_numbered_once_and_whole() -> None:
    ids = [row["Id"] for row in rows(TEXT)]
    assert ids == [f"H-{number:02}" for number in range(1, len(ids) + 1)]
    assert all(cell for row in rows(TEXT) for cell in row.values())


@pytest.mark.parametrize(
    ("column", "planted", "fault"),
    [
        ("Verification", "`tests/test_house.py::test_of_nothing`", None),
        ("Verification", "`tests/test_nowhere.py::test_a`", None),
        ("Verification", "`tests/test_safety_rows.py::rows`", None),
        ("Verification", "shown by hand", "no test"),
        ("Control", "`clinic/permissions.py::nobody`", None),
        ("Control", "care", "no control in the code"),
    ],
)
def test_a_planted_row_is_caught(column: str, planted: str, fault: str | None) -> None:
    row = {**rows(TEXT)[0], column: planted}
    assert faults(row) == [fault or planted.strip("`")]
