"""Find Chromium for the browser tests, or install Debian's."""

import os
import shutil
import subprocess
from collections.abc import Iterable

from launch.console import say

VARIABLE = "IONTOCLINIC_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL = (
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
)
_INSTALL_LIMIT_S = 600


def find() -> str | None:
    """Path of a browser, or None."""
    named = os.environ.get(VARIABLE)
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def ensure(*, may_install: bool) -> str | None:
    """Path of a browser, installed if need be and allowed; None with a word why."""
    path = find()
    if path is None and may_install:
        path = _install()
    if path is None:
        say("No Chromium: the browser tests are skipped. " + _advice())
    return path


def _install() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    say("Installing Debian's Chromium for the browser tests (once) ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in _INSTALL:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_LIMIT_S,
        )
        if done.returncode != 0:
            say(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
            return None
    return find()


def _advice() -> str:
    if shutil.which("apt-get"):
        return "Run as root: apt-get update && apt-get install chromium"
    return f"Install Chromium, or name one in {VARIABLE}."


def wanted(words: Iterable[str]) -> bool:
    """Do these pytest arguments ask for the browser tests?

    With paths named, only when one of them speaks of the browser.
    """
    paths = [word for word in words if word.startswith("tests")]
    return not paths or any("browser" in word for word in paths)
