"""Build the demo clinic once."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from sessions_app.demo.clinic import simulators_config, site_build, staff_build
from sessions_app.demo.courses import courses_build
from sessions_app.demo.sweat import sweat_build
from sessions_app.demo.treatment import treatment_build


class Command(BaseCommand):
    help = "Build the demo clinic; what stands already is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simulators", type=Path, required=True)

    def handle(self, *args: Any, simulators: Path, **options: Any) -> None:
        with transaction.atomic():
            site = site_build()
            signins = staff_build(site)
            treatment_build(site)
            courses_build(site)
            sweat_build(site)
        simulators.write_text(json.dumps(simulators_config(), indent=1))
        if signins:
            _write_private(settings.DATA_DIR / "demo.json", {"signins": signins})


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """The sign-ins are for the person who started the demo, for nobody else."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=1)
