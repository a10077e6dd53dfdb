"""`./run`: the command line."""

import argparse
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from launch import environment, instance, venv
from launch.console import Interrupted, LaunchError, StopFlag, say, tail
from launch.instance import DataDir
from launch.postgres import discard
from launch.services import Services
from launch.sockets import choose_web_port
from launch.stack import Stack, end_step

PREFERRED_PORT = 8000
# Commands of manage.py that treat: each has a stack of its own, at this speed.
CHECK_SPEED = {"selfcheck": 60, "catalogue_check": 40}
TEMPORARY = "ionto-selfcheck-"
_OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "flush"}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="./run", description="Start Iontoclinic.")
    made.add_argument("--data", type=Path, help="data directory")
    made.add_argument("--port", type=int, help="port of the pages on 127.0.0.1")
    made.add_argument("--no-demo", action="store_true", help="no demo clinic")
    made.add_argument(
        "--speed", type=_speed, help="therapy clock of the simulated stimulators"
    )
    commands = made.add_subparsers(dest="command")
    commands.add_parser("selfcheck", help="treat end to end, print one JSON object")
    manage = commands.add_parser("manage", help="run manage.py", add_help=False)
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    return made


def _speed(text: str) -> int:
    speed = int(text) if text.isdigit() else 0
    if not 1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 1000")
    return speed


def main(words: list[str]) -> int:
    """Exit code: 0 fine or stopped as asked, 1 a failure that was explained."""
    options = parser().parse_args(words)
    stop = StopFlag().listen()
    try:
        if options.command == "selfcheck":
            return check(["selfcheck"], options, stop)
        if options.command == "manage":
            return manage(options, stop)
        return run(options, stop)
    except LaunchError as error:
        say(f"{error}")
        return 1
    except Interrupted:
        return 0


def run(options: argparse.Namespace, stop: StopFlag) -> int:
    """Start, print where, watch until told to stop."""
    with _stack(_data(options), options, stop) as stack:
        stack.start()
        with suppress(OSError):  # a closed terminal is no reason to end
            print(stack.banner(), flush=True)
        stack.watch()
    return 0


def check(words: list[str], options: argparse.Namespace, stop: StopFlag) -> int:
    """A stack on a temporary directory; the command's own words alone on stdout."""
    if options.data is not None:
        return _check(words, _data(options), options, stop)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY))
    code = 1
    try:
        code = _check(words, DataDir(folder), options, stop)
    finally:
        if code == 0 or stop.is_set():
            discard(folder)
        else:
            say(f"Logs are kept in {folder / 'logs'}.")
    return code


def _check(
    words: list[str], data: DataDir, options: argparse.Namespace, stop: StopFlag
) -> int:
    name = words[0]
    options.speed = options.speed or CHECK_SPEED[name]
    options.no_demo = False
    with _stack(data, options, stop) as stack:
        stack.start()
        say(f"Up: {stack.url}; treating ...")
        log = data.logs / f"{name}.log"
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [stack.services.python, "manage.py", *words],
                cwd=venv.ROOT,
                env=stack.services.env,
                stdin=subprocess.DEVNULL,
                stderr=errors,
            )
            code = stack.watch_until_done(process)
        if code != 0:
            say(f"{name} ended with code {code}. Its log:\n{tail(log)}")
    return code


def manage(options: argparse.Namespace, stop: StopFlag) -> int:
    """manage.py against the running instance, else with only the stores up."""
    if options.arguments[:1] and options.arguments[0] in CHECK_SPEED:
        return check(options.arguments, options, stop)
    data = _data(options)
    card = instance.read_card(data)
    if card is None:
        with _services(data, options, stop) as services:
            services.start()
            return _manage(services.python, services.contract, options.arguments, stop)
    if not card["environment"]:
        raise LaunchError(f"Iontoclinic is just starting on {data.path}; try again.")
    return _manage(_python(data), card["environment"], options.arguments, stop)


def _manage(
    python: Path, contract: Mapping[str, str], words: list[str], stop: StopFlag
) -> int:
    """In the foreground, on the person's own terminal and in the person's folder."""
    is_owner = bool(_OWNER_COMMANDS & set(words[:1]))
    process = subprocess.Popen(
        [python, venv.ROOT / "manage.py", *words],
        env=environment.complete(contract, owner=is_owner),
    )
    stop.leave_ctrl_c_to_child()
    try:
        while process.poll() is None:
            stop.sleep(0.05)
    finally:
        end_step(process)
    return process.returncode


def _data(options: argparse.Namespace) -> DataDir:
    return DataDir((options.data or instance.default_data()).expanduser().resolve())


def _is_temporary(data: DataDir) -> bool:
    """Made for one check."""
    return data.path.name.startswith(TEMPORARY)


def _python(data: DataDir) -> Path:
    """A throw-away directory never carries the environment of a read-only checkout."""
    fallback = instance.default_data() if _is_temporary(data) else data.path
    return venv.ensure(venv.RUNTIME, fallback=fallback)


@contextmanager
def _services(
    data: DataDir, options: argparse.Namespace, stop: StopFlag
) -> Iterator[Services]:
    with instance.hold(data):
        services = Services(
            data,
            _python(data),
            stop,
            speed=options.speed or 1,
            temporary=_is_temporary(data),
        )
        try:
            yield services
        finally:
            services.close()


@contextmanager
def _stack(
    data: DataDir, options: argparse.Namespace, stop: StopFlag
) -> Iterator[Stack]:
    with _services(data, options, stop) as services:
        port = choose_web_port(options.port, preferred=PREFERRED_PORT)
        try:
            asked = options.port is not None
            yield Stack(services, port, demo=not options.no_demo, asked=asked)
        finally:
            say("Stopping ...")
