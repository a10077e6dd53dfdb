"""`manage.py simulate_course`: a table of what a ladder does to synthetic patients."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sessions_app.catalogue import simulated_adoptions
from sessions_app.catalogue.ladders import ladder_for, published_ladders
from sessions_app.domain.virtual_report import Share, summary_of
from sessions_app.management.commands import simulate_course


def told(*args: str) -> list[str]:
    out = io.StringIO()
    call_command("simulate_course", *args, stdout=out)
    return out.getvalue().splitlines()


def test_it_prints_sessions_weeks_rungs_and_rules() -> None:
    lines = told("HH-PALM", "--patients", "10", "--seed", "3")
    assert lines[0].startswith("HH-PALM, 10 synthetic patients, seed 3: made up")
    assert lines[1].split() == ["HH-STEP", "v1"]
    text = "\n".join(lines)
    for label in (
        "responder, sessions",
        "relapser, weeks",
        "rung TAPER_2",
        "rule stay",
    ):
        assert label in text


def test_it_compares_two_ladders_on_the_same_patients(tmp_path: Path) -> None:
    data = published_ladders()["HH-STEP"].to_dict()
    data["code"], data["version"] = "OURS", 2
    data["down"]["ladder"]["stages"][0]["sessions"] = 7
    path = tmp_path / "ladder.json"
    path.write_text(json.dumps(data))
    lines = told("HH-PALM", "--patients", "10", "--ladder", str(path))
    assert lines[1].split() == ["HH-STEP", "v1", "OURS", "v2"]
    sessions = next(line for line in lines if line.startswith("responder, sessions"))
    theirs, ours = sessions.split()[-2:]
    assert float(ours) < float(theirs)


def test_the_same_ladder_twice_gives_the_same_column(tmp_path: Path) -> None:
    path = tmp_path / "ladder.json"
    path.write_text(json.dumps(published_ladders()["TENDON-6"].to_dict()))
    lines = told("LE-DEX40", "--patients", "10", "--ladder", str(path))
    for line in lines[2:]:
        one, other = line.split()[-2:]
        assert one == other


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("NONE",), "NONE cannot be run; one of "),
        (("SWEAT-CF",), "SWEAT-CF has no ladder"),
        (("HH-PALM", "--patients", "0"), "--patients is at least 1"),
        (("HH-PALM", "--seed", "-1"), "--seed at least 0"),
        (("HH-PALM", "--ladder", "/nowhere.json"), "/nowhere.json: "),
    ],
)
def test_it_refuses_what_it_cannot_simulate(args: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        told(*args)


def test_a_ladder_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ladder.json"
    path.write_text('{"code": "X"}')
    with pytest.raises(CommandError, match=r"ladder\.json: ladder: missing"):
        told("HH-PALM", "--ladder", str(path))


def test_shares_come_to_the_same_as_all_at_once() -> None:
    ladder, spec = ladder_for("HH-PALM"), simulated_adoptions()["HH-PALM"].spec
    assert ladder is not None
    whole = summary_of(ladder, spec, 25, 3)
    first, *others = (summary_of(ladder, spec, 25, 3, Share(n, 3)) for n in range(3))
    assert first.groups != whole.groups
    for other in others:
        first.join(other)
    assert first == whole


def test_many_patients_are_shared_out(monkeypatch: Any) -> None:
    alone = told("HH-PALM", "--patients", "12")
    monkeypatch.setattr(simulate_course, "ALONE", 12)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert told("HH-PALM", "--patients", "12") == alone
