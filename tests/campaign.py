"""Plant every fault of a module and see which the pure tests do not catch.

`python -m tests.campaign MODULE TEST_FILE ...` prints a JSON object: how many
mutants there were, and the keys of the survivors. Each mutant has a process of
its own, forked from this one, in which pytest runs the named files.
"""

import importlib.abc
import importlib.util
import json
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import TypedDict

import hypothesis
import pytest

# Imported before any fork, since no mutant changes it.
import tests.devices.core.examples  # noqa: F401
from tests.mutation import mutants

# Of computing, so that a busy machine does not look like an endless loop.
SECONDS = 8


class Found(TypedDict):
    total: int
    survivors: list[str]


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from code, whenever it is imported."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name = name
        self.code = code

    def find_spec(self, name, path, target=None):  # type: ignore[no-untyped-def]
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)  # noqa: S102


def campaign(module: str, files: Sequence[str]) -> Found:
    """Every mutant of a module against test files.

    Raises RuntimeError when the tests fail without any fault, since then no
    failure would mean anything.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{module}: no source")
    source = Path(spec.origin).read_text(encoding="utf-8")
    if _caught(module, compile(source, spec.origin, "exec"), files):
        raise RuntimeError(f"{module}: its tests fail without a fault: {files}")
    total, survivors = 0, []
    for mutant in mutants(source, spec.origin):
        total += 1
        if not _caught(module, mutant.code, files):
            survivors.append(mutant.key)
    return Found(total=total, survivors=survivors)


def _caught(module: str, code: CodeType, files: Sequence[str]) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(_run(module, code, files))
    _, status = os.waitpid(child, 0)
    return status != 0


def _run(module: str, code: CodeType, files: Sequence[str]) -> int:
    """The exit code of pytest over the planted module; 0 when nothing failed."""
    # A fault may never end: then the process is ended, and the fault caught.
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    sys.meta_path.insert(0, _Planted(module, code))
    hypothesis.settings.register_profile(
        "campaign", max_examples=50, derandomize=True, database=None, deadline=None
    )
    hypothesis.settings.load_profile("campaign")
    options = ["-x", "-q", "--assert=plain", "--noconftest", "-p", "no:cacheprovider"]
    return int(pytest.main(["-c", _empty_ini(), *options, *files]))


def _empty_ini() -> str:
    path = Path(tempfile.gettempdir(), "iontoclinic-campaign.ini")
    path.write_text("[pytest]\n", encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    print(json.dumps(campaign(sys.argv[1], sys.argv[2:])))
