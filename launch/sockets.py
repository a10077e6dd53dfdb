"""Where local servers listen, and whether they answer."""

import http.client
import os
import secrets
import socket
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launch.console import LaunchError

# The kernel keeps 108 bytes (104 on some systems) for a socket's path.
LONGEST_PATH_BYTES = 100
POSTGRES_PORT = 5432  # on a unix socket only a part of its file name
_ANSWER_LIMIT_S = 2.0
UNASSIGNED_PORTS = range(18_000, 32_000)  # below the kernel's own range
_PORT_TRIES = 50
CHOICE_VARIABLE = "IONTOCLINIC_SOCKETS"  # "tcp" where unix sockets do not work
BASES = ("/tmp",)  # noqa: S108


@dataclass(frozen=True)
class Address:
    """A unix socket when `path` is set, else a TCP port on loopback."""

    path: Path | None = None
    port: int = 0

    def connect(self) -> socket.socket:
        if self.path is None:
            return socket.create_connection(("127.0.0.1", self.port), _ANSWER_LIMIT_S)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(_ANSWER_LIMIT_S)
        try:
            link.connect(str(self.path))
        except OSError:
            link.close()
            raise
        return link


def runtime_dir() -> Path | None:
    """A new private folder short enough for sockets; None when there is none."""
    if os.environ.get(CHOICE_VARIABLE) == "tcp":
        return None
    for base in dict.fromkeys((tempfile.gettempdir(), *BASES)):
        longest = Path(base) / "ionto-12345678" / f".s.PGSQL.{POSTGRES_PORT}"
        if len(os.fsencode(longest)) <= LONGEST_PATH_BYTES and os.access(base, os.W_OK):
            return Path(tempfile.mkdtemp(prefix="ionto-", dir=base))
    return None


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago.

    Not one that the kernel hands out itself: until our server binds it, any outgoing
    connection or simulator on port 0 could be given the same.
    """
    for _try in range(_PORT_TRIES):
        port = secrets.choice(UNASSIGNED_PORTS)
        if _is_free(port):
            return port
    raise LaunchError(
        f"No free port on 127.0.0.1: {_PORT_TRIES} from {UNASSIGNED_PORTS[0]} to"
        f" {UNASSIGNED_PORTS[-1]} were taken. Name one with --port."
    )


def choose_web_port(asked: int | None, *, preferred: int) -> int:
    """The asked port or LaunchError; without a wish the preferred or any free one."""
    if asked is None:
        return preferred if _is_free(preferred) else free_port()
    if not _is_free(asked):
        raise LaunchError(
            f"Port {asked} on 127.0.0.1 is taken by another program."
            " Choose another with --port, or leave --port out."
        )
    return asked


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def postgres_accepts(address: Address, role: str, database: str) -> bool:
    """True once PostgreSQL asks for a password; False while it starts or stops."""
    words = f"user\0{role}\0database\0{database}\0\0".encode()
    hello = struct.pack("!ii", 8 + len(words), 196608) + words  # protocol 3.0
    try:
        with address.connect() as link:
            link.sendall(hello)
            return link.recv(1) == b"R"
    except OSError:
        return False


def valkey_answers(address: Address, password: str) -> bool:
    """True once PING is answered; False while it loads its file."""
    try:
        with address.connect() as link:
            if password:
                link.sendall(f"AUTH {password}\r\n".encode())
                link.recv(64)
            link.sendall(b"PING\r\n")
            return link.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def http_ok(port: int, path: str) -> bool:
    """True when GET answers 200."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_LIMIT_S)
    try:
        link.request("GET", path)
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
