"""PostgreSQL and Valkey of a test's own, to freeze, kill and start again.

Those of the test run are shared with other workers and must not be harmed.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import dj_database_url
from celery import Celery
from kombu import pools

from launch import instance
from launch.console import StopFlag
from launch.instance import DataDir
from launch.postgres import discard
from launch.services import Services
from tests.processes import ROOT, signal_tree, until
from tests.stores import WorkerStores, migrate

FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@dataclass(frozen=True)
class OwnStores:
    """Two real servers; `stores` names them as a worker's share."""

    services: Services
    stores: WorkerStores

    def pid(self, name: str) -> int:
        """Of `postgres` or `valkey`."""
        return next(c.pid for c in self.services.children if c.spec.name == name)

    def freeze(self, *names: str) -> None:
        """SIGSTOP the server and every backend: connections stay, nothing answers."""
        for name in names:
            signal_tree(self.pid(name), signal.SIGSTOP)

    def thaw(self, *names: str) -> None:
        for name in names:
            signal_tree(self.pid(name), signal.SIGCONT)

    def kill(self, name: str) -> None:
        """kill -9 the server; its children end by themselves."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        child = next(c for c in self.services.children if c.spec.name == name)
        until(lambda: child.exit_code() is not None, f"{name} is gone")

    def start(self, name: str) -> None:
        child = next(c for c in self.services.children if c.spec.name == name)
        child.start()
        child.wait_ready(self.services.stop)


@contextmanager
def own_stores() -> Iterator[OwnStores]:
    """Fresh servers, migrated; this process's Django and Celery speak to them."""
    data = DataDir(Path(tempfile.mkdtemp(prefix="ionto-own-")))
    kept = {name: text for name, text in os.environ.items() if name not in FOREIGN}
    try:
        with instance.hold(data):
            # Durable, unlike those of the test run: a commit must outlive a kill.
            services = Services(data, Path(sys.executable), StopFlag())
            try:
                with mock.patch.dict(os.environ, kept, clear=True):
                    services.start()
                stores = _stores(services)
                migrate(stores.owner_url, ROOT)
                with _pointed_at(stores):
                    yield OwnStores(services, stores)
            finally:
                services.close()
    finally:
        discard(data.path)


def _stores(services: Services) -> WorkerStores:
    contract = services.contract
    return WorkerStores(
        worker="own",
        app_url=contract["DATABASE_URL"],
        owner_url=contract["DATABASE_OWNER_URL"],
        redis_url=contract["REDIS_URL"],
        data=services.data.path,
    )


@contextmanager
def _pointed_at(stores: WorkerStores) -> Iterator[None]:
    from django.conf import settings
    from django.db import connections

    from clinic.celery import app
    from devices.services.stop import stop_key
    from devices.supervision.keys import control_key

    connections.close_all()
    wanted = dj_database_url.parse(stores.app_url)
    names = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
    database = connections.settings["default"]
    celery_url = stores.redis_url.replace("unix://", "redis+socket://").replace(
        "?db=", "?virtual_host="
    )
    kept_url = app.conf.broker_url
    with (
        mock.patch.dict(database, {name: wanted[name] for name in names}),
        mock.patch.object(settings, "REDIS_URL", stores.redis_url),
        mock.patch.object(settings, "KEYS_DIR", stores.data / "keys"),
    ):
        app.conf.broker_url = celery_url
        _forget(app, stop_key, control_key)
        try:
            yield
        finally:
            connections.close_all()
            app.conf.broker_url = kept_url
    _forget(app, stop_key, control_key)


def _forget(app: Celery, *keys: Any) -> None:
    """Connections and keys that were made for other stores."""
    pools.reset()
    app._pool = app.amqp._producer_pool = None
    for key in keys:
        key.cache_clear()
