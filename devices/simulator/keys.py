"""Which keys a simulated device trusts; it only ever verifies."""

from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from devices.protocol.device import Verify
from devices.protocol.messages import CONTROL, STOP


def trust(control: Iterable[str], stop: Iterable[str]) -> Verify:
    """A check that trusts these public keys (hex); control keys may also stop."""
    controllers = frozenset(control)
    trusted = {CONTROL: controllers, STOP: controllers | frozenset(stop)}

    def verify(key: str, scope: str, signature: str, message: bytes) -> bool:
        return key in trusted[scope] and _signed(key, signature, message)

    return verify


def read_public(path: Path) -> str:
    """A public key file. Raises ValueError that names the file."""
    text = path.read_text().strip()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise ValueError(f"{path} holds no Ed25519 public key: {error}") from error
    return text


def _signed(key: str, signature: str, message: bytes) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True
