"""Which driver serves which kind of stimulator."""

import ssl

from devices.drivers.base import Driver, Listener
from devices.drivers.keys import SigningKey
from devices.drivers.tcp import TcpDriver

KINDS = {"tcp": TcpDriver}


def driver_for(
    kind: str,
    host: str,
    port: int,
    key: SigningKey,
    listener: Listener,
    *,
    tls: ssl.SSLContext | None = None,
) -> Driver:
    """A new, unopened driver. Raises LookupError that lists the known kinds."""
    try:
        make = KINDS[kind]
    except KeyError:
        known = ", ".join(sorted(KINDS))
        raise LookupError(f"no driver of kind {kind!r}; known: {known}") from None
    return make(host, port, key, listener, tls=tls)
