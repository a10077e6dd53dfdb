from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from clinic.models import Site
from sessions_app.catalogue_check import report, rows
from sessions_app.demo.clinic import SITE
from sessions_app.demo.findings import faults, line
from sessions_app.demo.trials import trials

LEAST = 40


class Command(BaseCommand):
    """Print the catalogue, then treat by every row that can be treated."""

    help = (
        "Print every row of the catalogue and what locks it; treat a simulated "
        "patient by each that can be, on the simulated stimulators."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = rows()
        for text in report(found):
            self.stdout.write(text)
        self.stdout.write("")
        wrong: list[str] = []
        done = 0
        tried = [row.tried for row in found if row.tried is not None]
        for trial in trials(Site.objects.get(name=SITE), tried):
            self.stdout.write(line(trial))
            self.stdout.flush()
            wrong += faults(trial)
            done += not faults(trial)
        self.stdout.write(f"{len(tried)} rows dispatched, {done} as the row says")
        if wrong or done < LEAST:
            raise CommandError("; ".join(wrong) or f"{done} rows, {LEAST} are due")
