"""The vendored assets are the pinned ones, and nothing on a page leaves the host."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "static" / "vendor", ROOT / "tests" / "browser" / "vendor"]
OWN = [
    *(ROOT / "static" / "css").rglob("*.css"),
    *(ROOT / "static" / "js").rglob("*.js"),
]


def sums(folder: Path) -> dict[str, str]:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    return {line[66:]: line[:64] for line in lines}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_each_vendored_file_is_listed_with_its_hash(folder):
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == sums(folder)


def test_each_library_comes_with_its_licence():
    libraries = {path.parent for path in FOLDERS[0].rglob("*") if path.is_file()}
    libraries -= {FOLDERS[0]}
    assert libraries
    assert all((library / "LICENCE.txt").is_file() for library in libraries)


def test_versions_are_pinned_exactly():
    package = json.loads((ROOT / "assets" / "package.json").read_text())
    for version in package["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_own_assets_name_no_other_host(path):
    assert not re.search(r"(?:https?:)?//[\w-]+\.[a-z]{2,}", path.read_text())


def test_the_stylesheet_loads_no_font_and_names_its_own_for_the_page():
    css = (FOLDERS[0] / "nhsuk" / "nhsuk.css").read_text()
    assert "@font-face" not in css
    assert "url(http" not in css
    assert re.search(r"html\{font-family:system-ui", css)


def test_templates_have_no_inline_style_and_no_script_without_nonce():
    for path in (ROOT / "templates").rglob("*.*"):
        text = path.read_text()
        assert not re.search(r"<[^>]*\sstyle=", text), path
        assert not re.search(r"\son(click|submit|load|change)=", text), path
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag or "nonce=" in tag, path
