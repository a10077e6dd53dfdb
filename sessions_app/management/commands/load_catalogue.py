from typing import Any

from django.core.management.base import BaseCommand

from sessions_app.services.catalogue import catalogue_load
from sessions_app.services.ladders import ladders_load
from sessions_app.services.proposing import courses_open_missing


class Command(BaseCommand):
    help = "Publish catalogue and ladders that come with the product; adopts nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = catalogue_load()
        ladders = ladders_load()
        courses_open_missing()
        self.stdout.write(
            f"{len(rows)} protocols and {len(ladders)} ladders are published"
        )
