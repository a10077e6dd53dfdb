"""Worked cases through the product's own functions; bad ones fail by name."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sessions_app.casebook import (
    KINDS,
    CaseError,
    Status,
    cases_in,
    closing_line,
    evaluate,
)

GOLDEN = Path(__file__).parents[1] / "data" / "golden-cases.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]

# What is wrong for most inputs, but an answerable question for these.
GOOD_HERE = {("ohm", None), ("site", "x"), ("minutes", "{'a': 1}")}


def case_of(kind: str) -> dict[str, Any]:
    return copy.deepcopy(next(case for case in CASES if case["kind"] == kind))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_each_golden_case_passes(case: dict[str, Any]) -> None:
    outcome = evaluate(case)
    assert (outcome.status, outcome.note) == (Status.PASS, "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_trap_of_a_golden_case_is_not_what_the_product_says(
    case: dict[str, Any],
) -> None:
    for trap in case.get("traps", []):
        wrong = {name: trap[name] for name in trap if name != "why"}
        answer = {**case, "expected": {**case["expected"], **wrong}}
        assert evaluate(answer).status is Status.FAIL


@pytest.mark.parametrize("kind", KINDS)
def test_another_expected_value_fails_and_shows_both(kind: str) -> None:
    case = case_of(kind)
    name = sorted(case["expected"])[0]
    case["expected"][name] = "something else"
    outcome = evaluate(case)
    assert outcome.status is Status.FAIL
    assert "expected {" in outcome.note
    assert "got {" in outcome.note
    assert "something else" in outcome.note


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_expected_value_fails(kind: str) -> None:
    case = case_of(kind)
    case["expected"].popitem()
    assert evaluate(case).status is Status.FAIL
    del case["expected"]
    assert evaluate(case).status is Status.FAIL


@pytest.mark.parametrize("bad", [None, "x", 1.5, True, [None], {"a": 1}, [[1, 2, 3]]])
@pytest.mark.parametrize("kind", KINDS)
def test_any_malformed_input_is_a_fail_line_with_its_reason(
    kind: str, bad: Any
) -> None:
    for name, good in case_of(kind)["inputs"].items():
        if type(good) is type(bad) is bool or (name, _key(bad)) in GOOD_HERE:
            continue
        case = case_of(kind)
        case["inputs"][name] = bad
        outcome = evaluate(case)
        assert outcome.status is Status.FAIL
        assert outcome.note.startswith(name)


def _key(bad: Any) -> Any:
    return bad if isinstance(bad, str | None) else repr(bad)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_input_is_a_fail_line_that_names_it(kind: str) -> None:
    for name in case_of(kind)["inputs"]:
        case = case_of(kind)
        del case["inputs"][name]
        assert evaluate(case).note.startswith(name)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("compliance", {"loop_ohm": 0}),
        ("density", {"contact_permille": 0}),
        ("density", {"anode_mm2": 0}),
        ("split_lead", {"branch_ohm": []}),
        ("split_lead", {"branch_ohm": [0, 5]}),
        ("charge", {"holds": [[5, 4]]}),
        ("charge", {"max_gap_ms": -1}),
        ("wrong_pole", {"drug_sign": "neutral"}),
        ("reconcile", {"basis": "mood"}),
        ("series", {"zone": "Europe/Lodnon"}),
        ("series", {"start_local": "2026-03-02T09:00+01:00"}),
        ("series", {"pattern": {"weekdays": []}}),
        ("series", {"pattern": {"weekdays": [7]}}),
        ("series", {"pattern": {"every_days": 0}}),
        ("series", {"pattern": {"every_days": 1, "weekdays": [1]}}),
        ("series", {"pattern": {"day_offsets": [-1]}}),
        ("series", {"pattern": {"every_days": 10**12}}),
        ("series", {"count": 10**9}),
        ("elapsed", {"start_fold": 2}),
        ("ladder", {"stages": []}),
        ("ladder", {"stages": [{"name": "A", "pattern": {"every_days": 1}}]}),
        ("ladder", {"hdss_after": {"ten": 3}}),
        ("evaluation", {"before": -1}),
        ("window", {"weekdays": []}),
        ("window", {"window_days": 0}),
        ("min_gap", {"treatments": [{"day": "2026-06-01"}]}),
        ("min_gap", {"treatments": [{"day": "1 June", "site": "palm-left"}]}),
        ("response", {"before": "NaN"}),
        ("response", {"before": "1e3"}),
        ("response", {"rule": {"type": "absolute", "points": 13}}),
        ("response", {"rule": {"type": "relative", "permille": True}}),
        ("response", {"rule": {"type": "kindness"}}),
        ("units", {"minutes": {"97033": -1}}),
        ("current_steps", {"every_sessions": 0}),
    ],
)
def test_an_impossible_input_is_a_fail_line(kind: str, changes: dict[str, Any]) -> None:
    case = case_of(kind)
    case["inputs"].update(changes)
    assert evaluate(case).status is Status.FAIL


@pytest.mark.parametrize("case", [None, 5, [], "charge"])
def test_what_is_no_case_fails(case: Any) -> None:
    assert evaluate(case).status is Status.FAIL


@pytest.mark.parametrize("inputs", [None, 5, []])
def test_inputs_that_are_no_object_fail(inputs: Any) -> None:
    case = {**case_of("charge"), "inputs": inputs}
    assert evaluate(case).note.startswith("inputs is an object")


@pytest.mark.parametrize("kind", ["phlogiston", None, [], {}])
def test_an_unknown_kind_is_not_supported(kind: Any) -> None:
    assert evaluate({"id": "X1", "kind": kind}).status is Status.NOT_SUPPORTED


def test_exact_means_exact_also_in_type() -> None:
    case = case_of("reconcile")
    case["expected"]["counts"] = 1
    assert evaluate(case).status is Status.FAIL


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cases": 5}', "{'cases'"])
def test_a_file_without_cases_is_refused(text: str) -> None:
    with pytest.raises(CaseError):
        cases_in(text)


def test_closing_line_counts_each_kind_of_outcome() -> None:
    outcomes = [evaluate(case) for case in (CASES[0], None, {"kind": "x"})]
    assert closing_line(outcomes) == "1 passed, 1 failed, 1 not supported"


# The command


def run(path: Path) -> tuple[int, list[str]]:
    out, code = io.StringIO(), 0
    try:
        call_command("check_cases", str(path), stdout=out)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, out.getvalue().splitlines()


def write(path: Path, cases: list[Any]) -> Path:
    path.write_text(json.dumps({"cases": cases}), encoding="utf-8")
    return path


def test_command_prints_a_line_a_case_and_exits_zero_when_all_pass(
    tmp_path: Path,
) -> None:
    code, lines = run(write(tmp_path / "cases.json", CASES))
    assert code == 0
    assert len(lines) == len(CASES) + 1
    assert lines[0] == "pass G01 charge"
    assert lines[-1] == f"{len(CASES)} passed, 0 failed, 0 not supported"


@pytest.mark.parametrize("other", [{"id": "X", "kind": "phlogiston"}, None])
def test_command_exits_nonzero_unless_all_pass(tmp_path: Path, other: Any) -> None:
    code, lines = run(write(tmp_path / "cases.json", [CASES[0], other]))
    assert code == 1
    assert len(lines) == 3


def test_command_runs_the_whole_golden_file() -> None:
    code, lines = run(GOLDEN)
    assert code == 0
    assert lines[-1] == "54 passed, 0 failed, 0 not supported"


def test_every_kind_has_a_golden_case() -> None:
    assert {case["kind"] for case in CASES} == set(KINDS)


# Odd inputs, worked by hand


def answer(kind: str, **changes: Any) -> Any:
    """What the product says, as the casebook would show it."""
    return KINDS[kind]({**case_of(kind)["inputs"], **changes})


def test_a_skipped_wall_time_moves_forward_and_a_double_one_is_the_first() -> None:
    daily = {"pattern": {"every_days": 1}, "count": 2, "closures": []}
    skipped = answer(
        "series", zone="Europe/London", start_local="2026-03-28T01:30", **daily
    )
    assert skipped["local"][1] == "2026-03-29T02:30:00+01:00"
    double = answer(
        "series", zone="Europe/London", start_local="2026-10-24T01:30", **daily
    )
    assert double["utc"] == ["2026-10-24T00:30Z", "2026-10-25T00:30Z"]


def test_seconds_of_a_start_are_not_lost() -> None:
    found = answer("series", start_local="2026-03-02T09:00:05", count=1)
    assert found["utc"] == ["2026-03-02T14:00:05Z"]


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("series", {"count": 0}, {"local": [], "utc": []}),
        ("ladder", {"sessions": 0}, {"sessions": []}),
        ("current_steps", {"sessions": 0}, {"rows": (), "total_nc": 0}),
        ("units", {"minutes": {}}, {"units": {}, "total": 0}),
        ("units", {"minutes": {"97033": 0}}, {"units": {"97033": 0}, "total": 0}),
        (
            "evaluation",
            {"before": 0, "after": 0},
            {"improvement_permille": None, "decision": "change_factor"},
        ),
        (
            "window",
            {"done": [], "remaining": 0},
            {"planned": [], "window_end": None, "fits": True, "max_gap_days": 0},
        ),
        (
            "min_gap",
            {"treatments": []},
            {"allowed": True, "earliest": "2026-06-07"},
        ),
        (
            "response",
            {"before": "0", "after": "0"},
            {"improvement": "0", "responder": False},
        ),
    ],
)
def test_empty_and_zero_inputs_have_an_answer(
    kind: str, changes: dict[str, Any], expected: Any
) -> None:
    assert answer(kind, **changes) == expected


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[]"])
def test_command_refuses_an_unreadable_file(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "cases.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=r"cases\.json"):
        run(path)
