"""How many planted faults the tests of courses, ladders and dates catch.

As for limits and doses: a survivor is in `survivors.json` with the reason why no
test can see it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaign import Found

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
LEAST_PERCENT = 95
SURVIVORS: dict[str, dict[str, str]] = json.loads(
    (HERE / "survivors.json").read_text(encoding="utf-8")
)
# Each module with the test files that must catch its faults, the quickest first.
TESTS = {
    "stepdown": ("../test_stepdown",),
    "calendar": ("../test_calendar",),
    "course.current": ("test_current", "test_replay"),
    "course.dates": ("test_dates", "test_replay"),
    "course.deciding": ("test_rejecting", "test_deciding"),
    "course.engine": (
        "test_engine",
        "test_replay",
        "test_lateness",
        "test_induction",
        "test_tendon",
    ),
    "course.history": ("test_replay", "test_engine", "test_induction", "test_tendon"),
    "course.induction": (
        "test_induction",
        "test_replay",
        "test_lateness",
        "test_tapering",
        "test_engine",
    ),
    "course.ladders": ("test_ladders", "test_replay"),
    "course.lateness": ("test_lateness", "test_replay"),
    "course.plain": ("test_plain", "test_replay", "test_ladders"),
    "course.proposal": ("test_replay", "test_engine"),
    "course.replay": ("test_replay",),
    "course.sites": ("test_sites",),
    "course.tapering": ("test_tapering", "test_replay"),
    "course.tendon": ("test_tendon", "test_replay"),
    "course.timing": ("test_replay",),
}


def found_in(module: str) -> Found:
    """The campaign of a module, in a process that has imported nothing else."""
    files = [str((HERE / f"{name}.py").resolve()) for name in TESTS[module]]
    command = [sys.executable, "-m", "tests.campaign", f"sessions_app.domain.{module}"]
    done = subprocess.run(
        [*command, *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: Found = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("module", TESTS)
def test_planted_faults_are_caught_and_each_survivor_has_its_reason(
    module: str,
) -> None:
    found = found_in(module)
    assert sorted(found["survivors"]) == sorted(SURVIVORS.get(module, {}))
    caught = found["total"] - len(found["survivors"])
    assert caught * 100 >= LEAST_PERCENT * found["total"]


def test_only_modules_of_the_campaign_have_survivors_each_with_a_reason() -> None:
    assert set(SURVIVORS) <= set(TESTS)
    assert all(why for listed in SURVIVORS.values() for why in listed.values())
