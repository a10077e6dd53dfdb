"""Ends the children of a launcher that was killed.

It waits on a pipe whose other end only the launcher holds: when that closes, the
launcher is gone, however it went. Run as: python -m launch.reaper DATA [--remove]
"""

import subprocess
import sys
from pathlib import Path

from launch import pidfiles, processes
from launch.identity import start_stamp
from launch.instance import DataDir, clear_card
from launch.postgres import discard
from launch.venv import ROOT

NAME = "reaper"
DONE = b"."  # the launcher stopped everything itself


def start(data: DataDir, *, remove: bool = False) -> subprocess.Popen[bytes]:
    """Start the reaper; with `remove` it also deletes a throw-away data directory."""
    words = [sys.executable, "-m", "launch.reaper", str(data.path)]
    with (data.logs / "reaper.log").open("ab") as log:
        process = subprocess.Popen(
            words + (["--remove"] if remove else []),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    recorded = pidfiles.Recorded(
        name=NAME,
        pid=process.pid,
        started=start_stamp(process.pid) or "",
        stop_signal=9,  # a new launcher takes over its work at once
        stop_deadline_s=5,
        stop_rank=processes.STOP_REAPER,
    )
    pidfiles.write(data.pids, recorded)
    return process


def dismiss(process: subprocess.Popen[bytes], data: DataDir) -> None:
    """Tell it that nothing is left to do."""
    process.communicate(DONE)
    pidfiles.remove(data.pids, NAME)


def main(arguments: list[str]) -> None:
    data = DataDir(Path(arguments[0]))
    if sys.stdin.buffer.read() == DONE:
        return
    for recorded in pidfiles.alive(data.pids):
        if recorded.name != NAME:
            pidfiles.end(recorded)
    clear_card(data)
    if "--remove" in arguments:
        discard(data.path)


if __name__ == "__main__":
    main(sys.argv[1:])
