from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from sessions_app.catalogue_check import report, rows


class Command(BaseCommand):
    help = "Print every row of the catalogue, what locks it, and how it is tried out."
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for line in report(rows()):
            self.stdout.write(line)
