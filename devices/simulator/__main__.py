"""Run simulated stimulators, each on its own TCP port on this machine.

    python -m devices.simulator --config FILE --ports FILE --state DIR \
        --keys DIR --speed 1
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path

from devices.protocol.device import Verify
from devices.simulator import control
from devices.simulator.config import ConfigError, load_config
from devices.simulator.keys import read_public, trust
from devices.simulator.memory import write_atomically
from devices.simulator.server import Host


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devices.simulator", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--ports", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--speed", type=int, default=1)
    parser.add_argument("--keys", type=Path, help="holds control.pub and stop.pub")
    parser.add_argument("--control-pub", action="append", default=[], metavar="HEX")
    parser.add_argument("--stop-pub", action="append", default=[], metavar="HEX")
    options = parser.parse_args(arguments)
    if options.speed < 1:
        parser.error(f"--speed {options.speed}: it is a whole number from 1")
    if options.keys is None and "IONTOCLINIC_DATA" in os.environ:
        options.keys = Path(os.environ["IONTOCLINIC_DATA"]) / "keys"
    if options.keys is None and not options.control_pub:
        parser.error("whom to trust? Give --keys DIR or --control-pub HEX")
    return options


def _verify(options: argparse.Namespace) -> Verify:
    control_keys, stop_keys = list(options.control_pub), list(options.stop_pub)
    if not control_keys:
        control_keys.append(read_public(options.keys / "control.pub"))
        stop_keys.append(read_public(options.keys / "stop.pub"))
    return trust(control_keys, stop_keys)


def _raise_file_limit() -> None:
    """Two sockets and a log file per device pass the usual 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def serve(options: argparse.Namespace) -> None:
    """Host the devices until SIGTERM or SIGINT."""
    host = Host(
        load_config(options.config), options.state, options.speed, _verify(options)
    )
    earlier = json.loads(options.ports.read_text()) if options.ports.exists() else {}
    ports = await host.listen({serial: at[1] for serial, at in earlier.items()})
    commands, address = await control.serve(host)
    ports[control.ENTRY] = list(address)
    write_atomically(options.ports, json.dumps(ports, indent=1))
    host.run()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    commands.close()
    host.close()


def main() -> None:
    options = parse(sys.argv[1:])
    _raise_file_limit()
    try:
        asyncio.run(serve(options))
    except (ConfigError, OSError, ValueError) as error:
        sys.exit(f"simulator: {error}")


if __name__ == "__main__":
    main()
