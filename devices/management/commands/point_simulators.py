"""Tell the stimulator rows where the simulators listen."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from devices.models import Stimulator


class Command(BaseCommand):
    help = "Set host and port of simulated stimulators from the simulators' ports file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ports", type=Path)

    def handle(self, *args: Any, ports: Path, **options: Any) -> None:
        for serial, (host, port) in json.loads(ports.read_text()).items():
            Stimulator.objects.filter(serial=serial, is_simulated=True).update(
                host=host, port=port
            )
