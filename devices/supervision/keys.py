"""The keys with which this server speaks to stimulators."""

import ssl
from functools import cache

from django.conf import settings

from devices.drivers.keys import SigningKey
from devices.drivers.link import is_loopback


@cache
def control_key() -> SigningKey:
    """The key of scope control; raises ValueError that names an unreadable file."""
    return SigningKey.load(settings.KEYS_DIR / "control.key")


@cache
def tls_for(host: str) -> ssl.SSLContext | None:
    """The TLS context for a stimulator's address; none on loopback.

    Trusts the clinic's own authority in `keys/stimulators.pem` when it stands
    there, else the system's.
    """
    if is_loopback(host):
        return None
    own = settings.KEYS_DIR / "stimulators.pem"
    return ssl.create_default_context(cafile=str(own) if own.exists() else None)
