import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.casebook import CaseError, Status, cases_in, closing_line, evaluate


class Command(BaseCommand):
    help = "Evaluate a file of worked cases by the product's own functions."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSON with a list `cases`")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            cases = cases_in(file.read_text(encoding="utf-8"))
        except (OSError, CaseError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from error
        outcomes = [evaluate(case) for case in cases]
        for outcome in outcomes:
            self.stdout.write(outcome.line)
        self.stdout.write(closing_line(outcomes))
        if any(outcome.status is not Status.PASS for outcome in outcomes):
            sys.exit(1)
