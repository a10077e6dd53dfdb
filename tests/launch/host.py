"""A launcher with the stores alone, for tests: python host.py DATA PYTHON

Prints one JSON line with the stores' URLs when they answer, then watches them.
"""

import json
import sys
from pathlib import Path

from launch import instance
from launch.console import Interrupted, LaunchError, StopFlag, say
from launch.instance import DataDir
from launch.services import Services
from launch.watch import Watch


def main(data: DataDir, python: Path) -> int:
    stop = StopFlag().listen()
    try:
        with instance.hold(data):
            services = Services(data, python, stop)
            try:
                serve(services, stop)
            finally:
                services.close()
    except LaunchError as error:
        say(str(error))
        return 1
    except Interrupted:
        return 0
    return 2


def serve(services: Services, stop: StopFlag) -> None:
    services.start()
    instance.write_card(
        services.data,
        url="http://127.0.0.1:1/",
        runtime=services.runtime,
        environment=services.contract,
    )
    print(json.dumps(services.contract), flush=True)
    watch = Watch(services.children)
    while True:
        stop.sleep(0.05)
        watch.tick()


if __name__ == "__main__":
    sys.exit(main(DataDir(Path(sys.argv[1])), Path(sys.argv[2])))
