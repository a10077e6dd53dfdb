"""Commands to a running simulator: plant faults, read the device's own log.

python -m devices.simulator.control PORTS.json S-1 lead_off
python -m devices.simulator.control PORTS.json S-1 lose_ack verb=kickoff count=1
python -m devices.simulator.control PORTS.json S-1 dump samples=false
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

from devices.simulator.faults import FaultError, apply, dump
from devices.simulator.server import HOST, Host

Json = dict[str, Any]
ENTRY = "_control"


class ControlError(Exception):
    """The simulator refused a command; the text is its reason."""


class Control:
    """A simulator's control port, from a test or a shell; blocking."""

    def __init__(self, host: str, port: int, timeout_s: float = 10) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s

    @classmethod
    def of(cls, ports: Path) -> "Control":
        """The control port that a ports file names."""
        return cls(*json.loads(ports.read_text())[ENTRY])

    def fault(self, serial: str, name: str, **arguments: Any) -> Json:
        """Plant or lift a fault. Raises ControlError."""
        return self._ask({"serial": serial, "fault": name, "arguments": arguments})

    def dump(self, serial: str, *, samples: bool = True) -> Json:
        """The device's log and state. Raises ControlError."""
        return self._ask({"serial": serial, "dump": samples})

    def _ask(self, command: Json) -> Json:
        with socket.create_connection(self._address, self._timeout_s) as link:
            link.sendall(json.dumps(command).encode() + b"\n")
            with link.makefile("rb") as lines:
                answer: Json = json.loads(lines.readline())
        if "error" in answer:
            raise ControlError(answer["error"])
        return answer


async def serve(host: Host) -> tuple[asyncio.Server, tuple[str, int]]:
    """Open the control port of a host; the server and its address."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(_answer(host, line)).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    return server, (HOST, server.sockets[0].getsockname()[1])


def _answer(host: Host, line: bytes) -> Json:
    try:
        command = json.loads(line)
        device = host.devices[command["serial"]]
        if "dump" in command:
            return dump(device.machine, command["dump"])
        done = apply(device, command["fault"], command.get("arguments", {}))
        device.flush()
        return done
    except (ValueError, KeyError, TypeError, FaultError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main(arguments: list[str]) -> None:
    ports, serial, name, *pairs = arguments
    values = dict(pair.split("=", 1) for pair in pairs)
    parsed = {key: _value(text) for key, text in values.items()}
    control = Control.of(Path(ports))
    answer = (
        control.dump(serial, **parsed)
        if name == "dump"
        else control.fault(serial, name, **parsed)
    )
    sys.stdout.write(json.dumps(answer) + "\n")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main(sys.argv[1:])
