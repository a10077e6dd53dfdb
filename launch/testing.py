"""`./test`: everything that the tests need, then pytest."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launch import chromium, venv
from launch.console import Interrupted, LaunchError, StopFlag, say
from launch.instance import default_data
from launch.stack import end_step
from launch.throwaway import throwaway

USAGE = """usage: ./test [--all] [PYTEST ARGUMENT ...]
       ./test --with-services COMMAND ...   run a command beside fresh stores
       ./test --python                      print the development interpreter
--all adds the tests marked slow."""


def main(words: list[str]) -> int:
    """Exit code of pytest or of the command; 1 for an explained failure."""
    if words[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    stop = StopFlag().listen()
    try:
        python = venv.ensure(venv.DEVELOPMENT, fallback=default_data())
        if words == ["--python"]:
            print(python)
            return 0
        if words[:1] == ["--with-services"]:
            return beside_services(python, words[1:], stop)
        return run_pytest(python, words, stop)
    except LaunchError as error:
        say(f"{error}")
        return 1
    except Interrupted:
        return 130


def run_pytest(python: Path, words: list[str], stop: StopFlag) -> int:
    """pytest on two workers; its closing line is the last that is printed."""
    in_ci = os.environ.get("CI") == "true"
    browser = chromium.ensure(may_install=in_ci or chromium.wanted(words))
    if browser is None and in_ci:
        raise LaunchError("CI without Chromium: the browser tests must not be skipped.")
    if browser is not None:
        os.environ[chromium.VARIABLE] = browser
    return beside_services(python, pytest_command(python, words), stop)


def pytest_command(python: Path, words: Sequence[str]) -> list[str]:
    """Arguments are passed through; without --all the slow tests are left out."""
    rest = [word for word in words if word != "--all"]
    chosen = [] if len(rest) < len(words) or "-m" in rest else ["-m", "not slow"]
    parallel = ["-n", "2", "--dist", "loadgroup"]
    return [str(python), "-m", "pytest", *parallel, *chosen, *rest]


def beside_services(python: Path, command: Sequence[str], stop: StopFlag) -> int:
    """Run a command with fresh stores named in its environment."""
    program, *rest = command
    if program == "python":
        program = str(python)
    with throwaway(python, stop) as environment:
        sys.stdout.flush()
        process = subprocess.Popen([program, *rest], cwd=venv.ROOT, env=environment)
        try:
            while process.poll() is None:
                stop.sleep(0.05)
        finally:
            end_step(process)
    return process.returncode
