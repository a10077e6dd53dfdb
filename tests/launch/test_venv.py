"""When the environment is made, where, and what is said when it cannot be."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch import venv
from launch.console import LaunchError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout with empty locks, and installing replaced by a note of it."""
    (tmp_path / "requirements").mkdir()
    for lock in (venv.RUNTIME, venv.DEVELOPMENT):
        (tmp_path / "requirements" / lock).write_text("")
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.setattr(venv, "_with_pip", fake_install)
    monkeypatch.setattr(venv.shutil, "which", lambda _name: None)
    return tmp_path


def fake_install(home: Path, _lock: str) -> list[list[str]]:
    """An interpreter that starts; the first command makes the folder."""
    program = f"{home}/bin/python"
    return [
        ["mkdir", "-p", f"{home}/bin"],
        ["sh", "-c", f"printf '#!/bin/sh\\nexit 0\\n' > {program}"],
        ["chmod", "+x", program],
    ]


def installs(capsys: pytest.CaptureFixture[str]) -> int:
    return capsys.readouterr().err.count("Installing")


def test_installs_once_and_again_when_the_lock_changed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        python = venv.ensure(venv.RUNTIME, fallback=checkout / "data")
        assert python == checkout / ".venv" / "bin" / "python"
    assert installs(capsys) == 1
    (checkout / "requirements" / venv.RUNTIME).write_text("a==1")
    venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    assert installs(capsys) == 1


def test_the_development_environment_serves_run_too_but_not_the_reverse(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    venv.ensure(venv.DEVELOPMENT, fallback=checkout / "data")
    venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    assert installs(capsys) == 1
    (checkout / ".venv" / "installed.json").write_text(
        json.dumps({venv.RUNTIME: venv._digest(venv.RUNTIME)})
    )
    venv.ensure(venv.DEVELOPMENT, fallback=checkout / "data")
    assert installs(capsys) == 1


def test_an_environment_whose_interpreter_is_gone_is_made_anew(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    python.unlink()
    venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    assert installs(capsys) == 2


def test_a_read_only_checkout_keeps_its_environment_under_the_data(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    python = venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    assert python == checkout / "data" / "venv" / "bin" / "python"


def test_a_current_environment_in_a_read_only_checkout_is_used(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert venv.ensure(venv.RUNTIME, fallback=checkout / "data") == inside


def test_without_the_venv_module_the_one_command_is_named(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(LaunchError, match=r"apt-get install python3\.\d+-venv"):
        venv.ensure(venv.RUNTIME, fallback=checkout / "data")


def test_a_failed_install_is_shown_and_tried_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [["sh", "-c", "echo no such wheel; exit 3"]]
    with monkeypatch.context() as patch:
        patch.setattr(venv, "_with_pip", lambda _home, _lock: failing)
        with pytest.raises(LaunchError, match=r"(?s)code 3.*no such wheel"):
            venv.ensure(venv.RUNTIME, fallback=checkout / "data")
    assert venv.ensure(venv.RUNTIME, fallback=checkout / "data").exists()
