"""Passwords and keys of one data directory, made once, readable by its owner alone."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from launch.console import LaunchError

PASSWORDS = ("superuser_password", "owner_password", "app_password")
KEY_NAMES = ("control", "stop")
# Runs in the virtual environment, which has `cryptography`; prints private and public.
_MAKE_KEY = """
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as Key
key = Key.generate()
print(key.private_bytes_raw().hex(), key.public_key().public_bytes_raw().hex())
"""


def passwords(path: Path) -> dict[str, str]:
    """Read the database passwords, or make them."""
    if path.exists():
        stored: dict[str, str] = json.loads(path.read_text())
        return stored
    made = {name: secrets.token_urlsafe(24) for name in PASSWORDS}
    write_private(path, json.dumps(made))
    return made


def secret_key(path: Path) -> str:
    """Django's secret key of this data directory."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(64))
    return path.read_text()


def device_keys(directory: Path, python: Path) -> None:
    """Ed25519 key pairs as hex text: control.key, control.pub, stop.key, stop.pub."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEY_NAMES:
        if not (directory / f"{name}.key").exists():
            private, public = _new_pair(python)
            (directory / f"{name}.pub").write_text(public)
            write_private(directory / f"{name}.key", private)


def _new_pair(python: Path) -> tuple[str, str]:
    made = subprocess.run(
        [python, "-c", _MAKE_KEY], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise LaunchError(f"Could not make a device key: {made.stderr.strip()[-500:]}")
    private, public = made.stdout.split()
    return private, public


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, mode 0600 from the first byte."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
    ) as f:
        f.write(text)
    draft.replace(path)


if __name__ == "__main__":
    device_keys(Path(sys.argv[1]), Path(sys.executable))
