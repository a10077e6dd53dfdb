"""Treat end to end on the running stack and print one JSON object."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sessions_app.demo.clinician import Failed
from sessions_app.selfcheck import selfcheck, verdict


class Command(BaseCommand):
    help = "Treat every demo patient, kill a supervisor, compare with the devices."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = selfcheck()
        except Failed as failed:
            raise CommandError(str(failed)) from failed
        self.stdout.write(json.dumps(report, indent=1))
        if wrong := verdict(report):
            raise CommandError("; ".join(wrong))
