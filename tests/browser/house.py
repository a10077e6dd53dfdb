"""The whole product with one clinic in it, for the browser."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connections

from clinic.models import Role, Staff
from tests import factories
from tests.stack import Stack
from tests.visits import Visit, make_visit

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """Database work beside Playwright, whose event loop runs on this thread."""

    def run() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


class House:
    """A clinic with one clinician on a running stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = stack.url
        in_thread(self._build)

    def _build(self) -> None:
        self.place = factories.make_place()
        self.clinician = factories.make_staff(
            self.place.site, Role.CLINICIAN, password=factories.PASSWORD
        )
        Staff.objects.filter(pk=self.clinician.pk).update(name="Nadia Osei")

    def visit(self, code: str, family: str, **more: Any) -> Visit:
        """A patient with a signed prescription, due today, and a free stimulator."""
        plain = {"family_name": family, "title": "Ms", "nhs_number": "9990000018"}
        box = self.stack.simulators.take()
        return in_thread(lambda: make_visit(self.place, code, box, **{**plain, **more}))
