"""What the launcher assumes about the two lock files."""

import re
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((REQUIREMENTS / name).read_text()))


def test_development_lock_holds_every_runtime_pin() -> None:
    """Else ./run in an environment made by ./test would run other versions."""
    runtime = pins("runtime.lock")
    assert runtime
    assert runtime.items() <= pins("dev.lock").items()


def test_every_pin_has_a_hash_and_names_no_registry() -> None:
    for name in ("runtime.lock", "dev.lock"):
        text = (REQUIREMENTS / name).read_text()
        blocks = [block for block in re.split(r"\n(?=\S)", text) if PIN.match(block)]
        assert all("--hash=sha256:" in block for block in blocks)
        assert "://" not in text
