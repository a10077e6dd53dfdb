"""Tell the stimulator rows where the simulators listen."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from devices.models import Stimulator


class Command(BaseCommand):
    help = "Set host and port of simulated stimulators from the simulators' ports file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ports", type=Path)

    def handle(self, *args: Any, ports: Path, **options: Any) -> None:
        real = Stimulator.objects.filter(is_simulated=False).first()
        if settings.SPEED != 1 and real is not None:
            raise CommandError(
                f"Speed {settings.SPEED} is refused: the real stimulator {real.label} "
                "is registered. Start with --speed 1."
            )
        for serial, (host, port) in json.loads(ports.read_text()).items():
            Stimulator.objects.filter(serial=serial, is_simulated=True).update(
                host=host, port=port
            )
