"""Tests as data; what one place came to."""

from dataclasses import replace

import pytest

from sessions_app.catalogue import published_entries
from sessions_app.catalogue.diagnostics import published_tests
from sessions_app.domain.diagnostics import (
    DiagnosticError,
    Phase,
    Verdict,
    judge,
    milli_text,
    over_ms,
    phase_of,
    repeat_of,
)

MIN = 60_000
CF = published_tests()["SWEAT-CF"]


def test_every_diagnostic_row_has_its_test_and_no_other() -> None:
    rows = [
        one.code for one in published_entries().values() if one.group == "diagnostic"
    ]
    assert list(published_tests()) == rows


def test_the_sweat_test_is_the_published_one() -> None:
    least = [(one.kind, one.unit, one.minimum_milli) for one in CF.containers]
    assert least == [("coil", "µL", 15_000), ("paper", "mg", 75_000)]
    assert CF.collect_ms == 30 * MIN
    assert [band.reads for band in CF.norms[0].bands] == [
        "29 and under",
        "30 to 59",
        "60 and over",
    ]


def test_a_number_without_a_source_is_no_data() -> None:
    with pytest.raises(DiagnosticError, match="containers has 0 sources"):
        replace(CF, sources=CF.sources[1:])
    with pytest.raises(DiagnosticError, match="containers has 2 sources"):
        replace(CF, sources=(*CF.sources, CF.sources[0]))


@pytest.mark.parametrize(
    ("amount", "took", "verdict"),
    [
        (0, 1, Verdict.NO_SWEAT),
        (0, 31 * MIN, Verdict.NO_SWEAT),
        (1, MIN, Verdict.QNS),
        (14_999, 30 * MIN, Verdict.QNS),
        (15_000, 30 * MIN, Verdict.ENOUGH),
        (15_000, 30 * MIN + 1, Verdict.QNS),
        (90_000, 31 * MIN, Verdict.QNS),
    ],
)
def test_what_a_place_came_to(amount, took, verdict) -> None:
    got = judge(
        amount_milli=amount, minimum_milli=15_000, took_ms=took, limit_ms=30 * MIN
    )
    assert got is verdict


def test_over_the_limit_begins_after_the_limit() -> None:
    assert [over_ms(took, 10) for took in (9, 10, 11)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("flags", "phase"),
    [
        ("", Phase.WAITING),
        ("c", Phase.NOT_DONE),
        ("cw", Phase.TO_COLLECT),
        ("cws", Phase.COLLECTING),
        ("cwse", Phase.COLLECTED),
    ],
)
def test_where_a_place_stands(flags, phase) -> None:
    got = phase_of(
        had_current="c" in flags,
        complete="w" in flags,
        started="s" in flags,
        ended="e" in flags,
    )
    assert got is phase


@pytest.mark.parametrize(
    ("milli", "text"), [(0, "0"), (80, "0.08"), (15_000, "15"), (100_500, "100.5")]
)
def test_thousandths_as_people_write_them(milli, text) -> None:
    assert milli_text(milli) == text


def test_nothing_short_is_no_repeat() -> None:
    place = {
        "place": "left",
        "phase": "collected",
        "verdict": "none",
        "amount_milli": 0,
        "minimum_milli": 1,
        "unit": "µL",
        "over_ms": 0,
        "note": "",
    }
    inputs = {"repeats": True, "on": "2026-11-22", "gap_days": 1, "places": [place]}
    assert repeat_of(inputs) is None
    qns = {**inputs, "places": [{**place, "verdict": "qns", "amount_milli": 900}]}
    assert repeat_of(qns).why == (
        "left: 0.9 µL, at least 0.001 µL. No place gave enough; places are never"
        " pooled."
    )
    assert repeat_of({**qns, "repeats": False}) is None
