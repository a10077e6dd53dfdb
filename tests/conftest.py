"""Fixtures that all tests share: stores, databases, the browser.

`./test` starts PostgreSQL and Valkey and names them in the environment. Without them
(a bare `pytest`) they are started here. Each xdist worker then gets a database and a
Valkey database number of its own, in the environment too, so that processes which a
test starts use the same.

- `db` / `django_db`: as ever, a transaction that is rolled back, but as the
  application's role, which may not alter tables nor touch append-only rows.
- `live_db`: no transaction, for threads, processes and races; emptied afterwards.
- markers `processes` and `browser`: such tests run one after another on one worker.
"""

import atexit
import contextlib
import datetime as dt
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
import pytest

from launch import chromium
from launch.console import StopFlag
from launch.throwaway import throwaway
from tests.stores import WorkerStores

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = pytest.mark.xdist_group("processes")


def _ensure_services() -> None:
    """Start stores for a bare pytest; its workers find them in the environment."""
    if "DATABASE_OWNER_URL" in os.environ:
        return
    keep = contextlib.ExitStack()
    os.environ.update(keep.enter_context(throwaway(Path(sys.executable), StopFlag())))
    atexit.register(keep.close)


def _noon() -> str:
    """The zone in which it is about noon, on the date that is in UTC.

    What was treated two hours ago was treated today then, whenever the tests run;
    the hours around midnight have tests of their own.
    """
    ahead = 12 - dt.datetime.now(dt.UTC).hour
    return f"Etc/GMT{-ahead:+d}"


os.environ.setdefault("IONTOCLINIC_TIME_ZONE", _noon())
_ensure_services()
STORES = WorkerStores.from_environment(os.environ)
# At once: another conftest that imports the product may make pytest-django read the
# settings before `pytest_configure` is called here.
os.environ.update(STORES.environment())


def pytest_configure(config: pytest.Config) -> None:
    """Load Django on this worker's stores.

    The settings are not named in pyproject.toml, and not by the process that hands
    out tests: its workers would then read them before they know their own stores.
    """
    hands_out = config.getoption("dist", "no") != "no"
    if hands_out and not hasattr(config, "workerinput"):
        # Whatever imported the product here has named them (clinic/celery.py).
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    django.setup()


@pytest.hookimpl(tryfirst=True)  # xdist's own hook reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what measures time or starts processes on one worker."""
    for item in items:
        if item.get_closest_marker("processes") or item.get_closest_marker("browser"):
            item.add_marker(PROCESSES)
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            raise pytest.UsageError(
                f"{item.nodeid}: the application's role cannot truncate tables;"
                " use the fixture live_db in place of django_db(transaction=True)."
            )


@pytest.fixture(scope="session")
def django_db_setup() -> Iterator[None]:
    """This worker's database: a copy of one that the first worker has migrated."""
    from django.conf import settings

    named = settings.DATABASES["default"]["NAME"]
    assert named == f"test_{STORES.worker}", f"settings were read too early: {named}"
    STORES.make_database(ROOT)
    yield
    from django.db import connections

    connections.close_all()


@pytest.fixture
def live_db(django_db_setup: None, django_db_blocker) -> Iterator[WorkerStores]:
    """Real commits as the application's role; all rows are gone afterwards.

    Yields the stores: `.owner_url` for what only the owner may do. A test must end
    its threads and processes, or emptying the tables fails after 10 s.
    """
    from django.db import connections

    with django_db_blocker.unblock():
        try:
            yield STORES
        finally:
            connections.close_all()
            STORES.empty()


@pytest.fixture
def owner(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """An autocommit connection as the owner of the tables."""
    with psycopg.connect(STORES.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def stores() -> WorkerStores:
    """URLs of this worker's database and Valkey database."""
    return STORES


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium for Playwright's `executable_path`."""
    path = chromium.find()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI without Chromium: the browser tests must not be skipped.")
        pytest.skip("no Chromium found; ./test installs it as root on Debian")
    return path
