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
    """A clinic on a running stack: who treats, and two who prescribe."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = stack.url
        in_thread(self._build)

    def _build(self) -> None:
        self.place = factories.make_place()
        self.clinician = self._member(Role.CLINICIAN, "Nadia Osei")
        self.prescriber = self._member(Role.PRESCRIBER, "Ruth Lindqvist")
        self.second = self._member(Role.PRESCRIBER, "Tomas Albrecht")

    def _member(self, role: Role, name: str) -> Staff:
        """Somebody who can sign in."""
        password = factories.PASSWORD
        staff = factories.make_staff(self.place.site, role, password=password)
        Staff.objects.filter(pk=staff.pk).update(name=name)
        staff.name = name
        return staff

    def visit(self, code: str, family: str, **more: Any) -> Visit:
        """A patient with a signed prescription, due today, and a free stimulator."""
        plain = {"family_name": family, "title": "Ms", "nhs_number": "9990000018"}
        box = self.stack.simulators.take()
        return in_thread(lambda: make_visit(self.place, code, box, **{**plain, **more}))
