"""One source change in one module, seen by one test, in this process.

The module is compiled from its changed source and every module of the cores
and of their tests is imported anew on top of it; then all is put back.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

OURS = (
    "clinic.quantities",
    "devices.core.",
    "sessions_app.domain.",
    "tests.devices.core.",
    "tests.sessions_app.domain.",
)
# Loading numpy twice is neither possible nor needed.
KEPT = ("devices.core.trace_codec", __name__)


def _ours() -> dict[str, ModuleType]:
    return {
        name: module
        for name, module in sys.modules.items()
        if name.startswith(OURS)
        and name not in KEPT
        and not hasattr(module, "__path__")
    }


@contextmanager
def mutated(module: str, old: str, new: str) -> Iterator[None]:
    """The cores with `old` replaced by `new` in the source of one module.

    Raises LookupError unless `old` stands there exactly once.
    """
    saved = _ours()
    for name in saved:
        del sys.modules[name]
    try:
        _load(module, old, new)
        yield
    finally:
        for name in _ours():
            del sys.modules[name]
        for name, original in saved.items():
            sys.modules[name] = original
            parent, _, child = name.rpartition(".")
            setattr(sys.modules[parent], child, original)


def _load(module: str, old: str, new: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    if source.count(old) != 1:
        raise LookupError(f"{module} has {old!r} {source.count(old)} times, not once")
    changed = importlib.util.module_from_spec(spec)
    sys.modules[module] = changed
    code = compile(source.replace(old, new), spec.origin, "exec")
    exec(code, changed.__dict__)  # noqa: S102


def run_check(test_module: str, test: str, arguments: tuple[object, ...]) -> None:
    """Run one test function of a module as it is imported now."""
    function = getattr(importlib.import_module(test_module), test)
    function(*arguments)
