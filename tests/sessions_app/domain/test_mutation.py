"""How many planted faults the tests of limits, plans and doses catch.

A survivor is in `survivors.json` with the reason why no test can see it; one
that is not listed, or listed and caught by now, fails here.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaign import Found
from tests.mutation import mutants

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LEAST_PERCENT = 95
SURVIVORS: dict[str, dict[str, str]] = json.loads(
    (HERE / "survivors.json").read_text(encoding="utf-8")
)
# Each module of the domain with the test files that must catch its faults.
TESTS = {
    "limits": ("limits", "planning"),
    "layers": ("limits", "planning"),
    "pads": ("pads", "planning"),
    "planning": ("planning",),
    "dosimetry": ("dosimetry", "estimates"),
    "estimates": ("estimates",),
    "continuation": ("continuation",),
    "ledger": ("ledger",),
    "spacing": ("spacing",),
    "current_steps": ("current_steps",),
    "completeness": ("completeness",),
}


def found_in(module: str) -> Found:
    """The campaign of a module, in a process that has imported nothing else."""
    files = [str(HERE / f"test_{name}.py") for name in TESTS[module]]
    command = [sys.executable, "-m", "tests.campaign", f"sessions_app.domain.{module}"]
    done = subprocess.run(
        [*command, *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: Found = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("module", TESTS)
def test_planted_faults_are_caught_and_each_survivor_has_its_reason(
    module: str,
) -> None:
    found = found_in(module)
    listed = SURVIVORS.get(module, {})
    assert sorted(found["survivors"]) == sorted(listed)
    assert all(listed.values())
    caught = found["total"] - len(found["survivors"])
    assert caught * 100 >= LEAST_PERCENT * found["total"]


def test_only_modules_of_the_campaign_have_survivors() -> None:
    assert set(SURVIVORS) <= set(TESTS)


SAMPLE = '''
"""A docstring is left alone."""
LIMIT = 3
def f(a: int | None, b):
    """So is this one."""
    if a < LIMIT and not b:
        return a - 1
    return min(a, b)
class C:
    @property
    def word(self):
        return f"{self.x:2d} mA"
'''


def test_the_faults_that_are_planted() -> None:
    keys = [mutant.key for mutant in mutants(SAMPLE, "sample.py")]
    assert keys == [
        ": 3 -> 4",
        ": 3 -> 2",
        "f: if a < LIMIT and (not b): return a - 1 -> if True: return a - 1",
        "f: if a < LIMIT and (not b): return a - 1 -> if False: return a - 1",
        "f: a < LIMIT and (not b) -> a < LIMIT or not b",
        "f: a < LIMIT and (not b) -> not b",
        "f: a < LIMIT and (not b) -> a < LIMIT",
        "f: a < LIMIT -> a <= LIMIT",
        "f: a < LIMIT -> a >= LIMIT",
        "f: not b -> b",
        "f: return a - 1 -> return None",
        "f: a - 1 -> a + 1",
        "f: 1 -> 2",
        "f: 1 -> 0",
        "f: return min(a, b) -> return None",
        "f: min(a, b) -> max(a, b)",
        "C.word: return f'{self.x:2d} mA' -> return None",
        "C.word: ' mA' -> ' mA?'",
    ]


def test_a_fault_is_in_the_code_and_gone_from_the_next_one() -> None:
    results = []
    for mutant in mutants("def f(a):\n    return a < 2", "sample.py"):
        names: dict[str, object] = {}
        exec(mutant.code, names)  # noqa: S102
        results.append([names["f"](at) for at in (1, 2, 3)])  # type: ignore[operator]
    assert results == [
        [False, True, True],  # not (a < 2)
        [True, True, False],  # a <= 2
        [False, True, True],  # a >= 2
        [True, True, False],  # a < 3
        [False, False, False],  # a < 1
    ]
