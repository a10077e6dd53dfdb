from typing import Any

from django.core.management.base import BaseCommand

from sessions_app.services.catalogue import catalogue_load


class Command(BaseCommand):
    help = "Publish the catalogue that comes with the product; it adopts nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = catalogue_load()
        self.stdout.write(f"{len(rows)} protocols are published")
