"""PostgreSQL refuses to run as root: whom to become, and what that user can reach."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

CANDIDATES = ("postgres", "nobody")
_RUN_LIMIT_S = 30.0


def service_user(cluster: Path) -> str | None:
    """Login name to drop to; None when we are not root and stay who we are.

    An existing cluster keeps its owner: PostgreSQL insists on it.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return pwd.getpwuid(owner).pw_name
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in CANDIDATES if name in known)


def run_as(
    user: str | None, argv: Sequence[str | Path], *, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run to the end as that user with a bare environment; never raises on its code."""
    identity = pwd.getpwnam(user) if user else None
    return subprocess.run(
        [str(word) for word in argv],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=_RUN_LIMIT_S,
        cwd="/",  # the caller's folder may be closed to that user
        env=server_environment(),
        user=identity.pw_uid if identity else None,
        group=identity.pw_gid if identity else None,
        extra_groups=[] if identity else None,
    )


def server_environment() -> dict[str, str]:
    """Environment of database servers: nothing of the person's leaks in."""
    keep = {
        name: os.environ[name]
        for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return {**keep, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def can_enter(user: str | None, folder: Path) -> bool:
    """May this user pass through to `folder` (or to where it will be made)?"""
    if user is None:
        return True
    existing = folder
    while not existing.exists():
        existing = existing.parent
    return run_as(user, ["test", "-x", existing]).returncode == 0


def give(user: str | None, path: Path) -> None:
    """Hand a path to the service user."""
    if user:
        identity = pwd.getpwnam(user)
        os.chown(path, identity.pw_uid, identity.pw_gid)
