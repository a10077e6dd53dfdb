"""Ed25519 keys of controllers: hex text in files, raw 32 bytes inside."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


class SigningKey:
    """A private key of one scope, `control` or `stop`."""

    def __init__(self, private_hex: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_hex))
        self.public_hex = self._key.public_key().public_bytes_raw().hex()

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Read a key file; raises ValueError that names the file."""
        try:
            return cls(path.read_text().strip())
        except ValueError as error:
            raise ValueError(f"{path} holds no Ed25519 key in hex: {error}") from error

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(Ed25519PrivateKey.generate().private_bytes_raw().hex())

    @property
    def private_hex(self) -> str:
        return self._key.private_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """Signature as 128 hex digits."""
        return self._key.sign(message).hex()


def verify(public_hex: str, signature_hex: str, message: bytes) -> bool:
    """Whether the signature is that key's over the message; never raises."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))
        key.verify(bytes.fromhex(signature_hex), message)
    except (ValueError, InvalidSignature):
        return False
    return True
