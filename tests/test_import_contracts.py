"""The layers of the house hold, and a breach would be seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("clinic", "devices", "sessions_app", "launch")
CHECK = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHECK, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("clinic/services/planted.py", "import devices.models", "never up"),
        ("devices/core/planted.py", "import django", "Pure cores"),
        ("devices/core/planted.py", "import devices.protocol", "devices reads"),
        ("devices/models/planted.py", "import devices.services", "devices reads"),
        ("sessions_app/domain/planted.py", "import numpy", "Pure cores"),
        ("devices/simulator/planted.py", "import devices.drivers", "simulator does"),
        ("launch/planted.py", "import psycopg", "launcher runs"),
    ],
)
def test_a_planted_breach_is_named(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / module).write_text(f"{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    broken = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    assert [row for row in broken if contract in row], done.stdout
