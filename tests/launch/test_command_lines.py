"""What `./run` and `./test` accept, refuse and pass on."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from launch import chromium, cli, environment, processes, sockets, stack, testing, venv
from launch.console import LaunchError, StopFlag

ROOT = Path(__file__).resolve().parents[2]
OLD_PYTHON = (
    "import sys; sys.version_info = (3, 9, 2); sys.argv = ['run'];"
    "exec(compile(open('run').read(), 'run', 'exec'))"
)


@pytest.mark.parametrize("name", ["run", "test"])
def test_bootstraps_can_be_read_by_the_pythons_that_they_refuse(name: str) -> None:
    ast.parse((ROOT / name).read_text(), feature_version=(3, 6))


def test_an_old_python_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is 3.9" in done.stderr
    assert "apt-get install" in done.stderr


@pytest.mark.parametrize("speed", ["0", "-1", "1.5", "1001", "fast"])
def test_a_speed_outside_its_range_is_refused(
    speed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["--speed", speed])
    assert "whole number from 1 to 1000" in capsys.readouterr().err


def test_manage_keeps_the_words_that_look_like_our_options() -> None:
    options = cli.parser().parse_args(["manage", "migrate", "--no-demo", "--port", "x"])
    assert options.arguments == ["migrate", "--no-demo", "--port", "x"]
    assert not options.no_demo


def test_an_asked_port_that_is_taken_is_refused_and_a_wish_is_not() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with pytest.raises(LaunchError, match=f"Port {taken} .* --port"):
            sockets.choose_web_port(taken, preferred=8000)
        assert sockets.choose_web_port(None, preferred=taken) != taken
    assert sockets.choose_web_port(taken, preferred=8000) == taken


def test_the_callers_shell_does_not_redirect_our_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of these is read by libpq, Celery, granian or Python behind our back."""
    misleading = (
        *("PGPORT", "PGHOST", "CELERY_BROKER_URL", "GRANIAN_PORT", "PYTHONPATH"),
        *("DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV"),
    )
    for name in misleading:
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("DATABASE_URL")
    assert not environment.inherited().keys() & set(misleading)
    monkeypatch.setenv("DATABASE_URL", "postgres://foreign")
    assert environment.inherited()["PGPORT"] == "x"


def test_the_owners_password_reaches_only_what_may_change_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "from the shell")
    contract = {name: name for name in processes.COMMON_ENVIRONMENT}
    contract |= dict.fromkeys(processes.OWNER_ENVIRONMENT, "ours")
    app = environment.complete(contract, owner=False)
    assert not set(processes.OWNER_ENVIRONMENT) & set(app)
    owner = environment.complete(contract, owner=True)
    assert owner["DATABASE_OWNER_URL"] == owner["IONTOCLINIC_DB_ROLE"] == "ours"


def test_pytest_gets_its_arguments_and_leaves_out_slow_tests() -> None:
    python = Path("python")
    words = testing.pytest_command(python, ["tests/launch", "-k", "x"])
    assert words[:7] == ["python", "-m", "pytest", "-n", "2", "--dist", "loadgroup"]
    assert words[7:] == ["-m", "not slow", "tests/launch", "-k", "x"]
    assert "-m" not in testing.pytest_command(python, ["--all"])[3:]
    assert "not slow" not in testing.pytest_command(python, ["-m", "slow"])


def test_chromium_is_looked_for_when_browser_tests_may_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert chromium.wanted(["-x"])
    assert chromium.wanted(["tests/browser"])
    assert not chromium.wanted(["tests/devices/core", "-x"])
    monkeypatch.setenv(chromium.VARIABLE, "/opt/chromium")
    assert chromium.find() == "/opt/chromium"


def test_missing_chromium_is_said_to_people_and_fails_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    assert chromium.ensure(may_install=True) is None
    assert "browser tests are skipped" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    with pytest.raises(LaunchError, match="CI without Chromium"):
        testing.run_pytest(Path("python"), [], StopFlag())


def test_static_files_are_collected_again_when_one_changed(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    lock = tmp_path / "requirements" / venv.RUNTIME
    lock.write_text("a==1")
    (tmp_path / "static").mkdir()
    before = stack.static_digest(tmp_path)
    assert stack.static_digest(tmp_path) == before
    (tmp_path / "static" / "new.css").write_text("")
    changed = stack.static_digest(tmp_path)
    assert changed != before
    lock.write_text("a==2")
    assert stack.static_digest(tmp_path) != changed


def test_free_ports_are_none_that_the_kernel_hands_out() -> None:
    """Else a simulator on port 0 may get the port before our pages bind it."""
    limits = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(limits.read_text().split()[0]) if limits.exists() else 32_768
    assert max(sockets.UNASSIGNED_PORTS) < lowest
    assert sockets.free_port() in sockets.UNASSIGNED_PORTS
