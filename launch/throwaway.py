"""Stores for one test run: fast, forgetful, gone at the end even after kill -9."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launch import instance
from launch.console import StopFlag
from launch.instance import DataDir
from launch.postgres import discard
from launch.services import Services


@contextmanager
def throwaway(python: Path, stop: StopFlag) -> Iterator[dict[str, str]]:
    """The environment of fresh stores in a temporary directory.

    It holds the owner's URL too: tests make and fill their databases with it.
    """
    data = DataDir(Path(tempfile.mkdtemp(prefix="ionto-test-")))
    try:
        with instance.hold(data):
            services = Services(data, python, stop, throwaway=True, temporary=True)
            try:
                services.start()
                yield services.tester_env
            finally:
                services.close()
    finally:
        discard(data.path)
