"""Where the papers name code: `path/to/file.py` or `path/to/file.py::name`."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Of these folders every name in backticks must exist.
_OURS = "assets|bench|clinic|devices|docker|docs|launch|requirements|sessions_app"
_NAMED = re.compile(rf"`((?:{_OURS}|static|templates|tests)/[^`\s]*)`")
# Made by running, not part of the repository.
_MADE = ("*", "{", "<")


def references(text: str) -> list[str]:
    """Every `file` and `file::name` of a paper."""
    return [name for name in _NAMED.findall(text) if not set(name) & set(_MADE)]


def missing(names: Iterable[str]) -> list[str]:
    """Those of the names that lead nowhere."""
    return [name for name in names if not exists(name)]


def exists(name: str) -> bool:
    path, _, inside = name.partition("::")
    file = ROOT / path
    if not inside:
        return file.exists()
    return file.is_file() and inside in _names_of(file)


@cache
def _names_of(file: Path) -> frozenset[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(file.read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))
