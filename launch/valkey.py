"""Our own Valkey: a broker and bus, never the truth."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from launch import binaries, processes, sockets
from launch.children import Spec
from launch.privileges import server_environment
from launch.secrets_file import write_private

DATABASES = 32


@dataclass(frozen=True)
class Valkey:
    """One server: its folder, where it listens, and its password on a TCP port."""

    home: Path
    program: Path
    address: sockets.Address
    password: str

    def url(self, database: int = 0) -> str:
        """redis-py URL; a unix socket is in a folder that only we can enter."""
        if self.address.path is not None:
            return f"unix://{self.address.path}?db={database}"
        return f"redis://:{self.password}@127.0.0.1:{self.address.port}/{database}"

    def ready(self) -> bool:
        return sockets.valkey_answers(self.address, self.password)

    def spec(self) -> Spec:
        return Spec(
            name="valkey",
            argv=[str(self.program), str(self.home / "valkey.conf")],
            env=server_environment(),
            cwd=Path("/"),
            stop_rank=processes.STOP_VALKEY,
            stop_deadline_s=15,
            ready=lambda _child: self.ready(),
        )


def open_valkey(data: Path, python: Path, *, runtime: Path | None) -> Valkey:
    """Find the program and write its configuration anew."""
    home = data / "valkey"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if runtime is None:
        address, password = sockets.Address(port=sockets.free_port()), _password()
    else:
        address, password = sockets.Address(path=runtime / "valkey.sock"), ""
    server = Valkey(home, binaries.find_valkey(python), address, password)
    # In a file and not in the arguments, which every user of the machine can read.
    write_private(home / "valkey.conf", _configuration(server))
    return server


def _password() -> str:
    return secrets.token_urlsafe(24)


def _configuration(server: Valkey) -> str:
    if server.address.path is not None:
        listen = f'port 0\nunixsocket "{server.address.path}"\nunixsocketperm 700\n'
    else:
        listen = (
            f"bind 127.0.0.1\nport {server.address.port}\n"
            f"requirepass {server.password}\n"
        )
    return (
        f'{listen}dir "{server.home}"\n'
        "daemonize no\n"
        # A queue that forgets under memory pressure would lose wake-ups unseen.
        "maxmemory-policy noeviction\n"
        'appendonly yes\nappendfsync everysec\nsave ""\n'
        f"databases {DATABASES}\n"
    )
