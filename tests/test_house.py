"""The house stands as docs/architecture.md draws it, and its papers are true."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from launch.processes import APPLICATION, SIMULATORS
from tests.papers import ROOT, missing, references

TOP = (
    "README.md",
    "clinic",
    "devices",
    "docker-compose.yml",
    "manage.py",
    "run",
    "sessions_app",
    "templates",
    "test",
    "tests",
)
PACKAGES = ("clinic", "devices", "sessions_app", "launch", "bench")
MAX_LINES = 400
PAPERS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def modules() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]


def test_the_top_level_names_stand() -> None:
    assert [name for name in TOP if not (ROOT / name).exists()] == []


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules()
        if (count := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_stop_comes_before_every_other_middleware() -> None:
    assert settings.MIDDLEWARE[0].endswith(".StopFirst")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_a_paper_names_only_what_exists(paper: Path) -> None:
    assert missing(references(paper.read_text())) == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_between_papers_lead_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", paper.read_text())
    local = [target for target in targets if "://" not in target]
    assert [name for name in local if not (paper.parent / name).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_a_paper_claims_no_conformity(paper: Path) -> None:
    claims = r"\b(certified|compliant|complies with|FDA[- ]cleared|is safe)\b"
    assert re.findall(claims, paper.read_text(), re.IGNORECASE) == []


def test_the_readme_names_every_variable_and_no_other() -> None:
    name = re.compile(r"\bIONTOCLINIC_[A-Z_]+\b")
    code = [ROOT / "clinic" / "settings.py", *(ROOT / "launch").glob("*.py")]
    read = {found for path in code for found in name.findall(path.read_text())}
    assert set(name.findall((ROOT / "README.md").read_text())) == read


def test_the_architecture_names_every_process() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    processes = [*APPLICATION, SIMULATORS]
    assert [one.name for one in processes if f"`{one.name}`" not in text] == []


def test_what_a_run_makes_is_not_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-ci", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.stdout == ""
