"""One xdist worker's share of the test stores."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

TEMPLATE = "iontoclinic"
# Filled by migrations, not by tests.
KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission")
LOCK_LIMIT = "10s"


@dataclass(frozen=True)
class WorkerStores:
    """`app_url` is what the code under test gets; `owner_url` may do more."""

    worker: str
    app_url: str
    owner_url: str
    redis_url: str
    data: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "WorkerStores":
        """Worker gw0 gets database test_gw0 and Valkey 1; no xdist: test_main and 0."""
        worker = environment.get("PYTEST_XDIST_WORKER", "main")
        number = 0 if worker == "main" else int(worker.removeprefix("gw")) + 1
        return cls(
            worker=worker,
            app_url=with_database(environment["DATABASE_URL"], f"test_{worker}"),
            owner_url=with_database(
                environment["DATABASE_OWNER_URL"], f"test_{worker}"
            ),
            redis_url=with_redis_number(environment["REDIS_URL"], number),
            data=Path(environment["IONTOCLINIC_DATA"]),
        )

    def environment(self) -> dict[str, str]:
        """What this worker and every process that it starts must see."""
        return {
            "DATABASE_URL": self.app_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
        }

    def make_database(self, root: Path) -> None:
        """Copy the migrated template; the first worker that comes migrates it."""
        template_url = with_database(self.owner_url, TEMPLATE)
        with (self.data / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            migrated = self.data / "template.migrated"
            if not migrated.exists():
                migrate(template_url, root)
                migrated.touch()
        name = sql.Identifier(urlsplit(self.owner_url).path.removeprefix("/"))
        maintenance = with_database(self.owner_url, "postgres")
        with psycopg.connect(maintenance, autocommit=True) as owner:
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            owner.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    name, sql.Identifier(TEMPLATE)
                )
            )

    def empty(self) -> None:
        """Truncate all tables as the owner, past the triggers that protect rows."""
        with psycopg.connect(self.owner_url) as owner:
            owner.execute(f"SET lock_timeout = '{LOCK_LIMIT}'")
            found = owner.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND NOT tablename = ANY(%s)",
                [list(KEPT_TABLES)],
            )
            tables = [sql.Identifier(row[0]) for row in found]
            for table in tables:
                owner.execute(
                    sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table)
                )
            owner.execute(
                sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(
                    sql.SQL(", ").join(tables)
                )
            )
            for table in tables:
                owner.execute(
                    sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table)
                )
        with redis.Redis.from_url(self.redis_url) as broker:
            broker.flushdb()


def migrate(owner_url: str, root: Path) -> None:
    """All migrations as the owner; AssertionError with the output when one fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput"],
        cwd=root,
        env={
            **os.environ,
            "DATABASE_OWNER_URL": owner_url,
            "IONTOCLINIC_DB_ROLE": "owner",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"migrate failed:\n{done.stdout}{done.stderr}"


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def with_redis_number(url: str, number: int) -> str:
    """The same server, another database number."""
    if url.startswith("unix://"):
        return f"{url.partition('?')[0]}?db={number}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
