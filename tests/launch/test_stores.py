"""The rules that every other test leans on."""

import os

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from tests.stores import WorkerStores, with_database, with_redis_number


@pytest.mark.django_db
def test_code_under_test_runs_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == (
            "iontoclinic_app",
            f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
        )


@pytest.mark.django_db
def test_application_role_may_not_change_the_schema() -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE smuggled (id int)")


def test_live_db_commits_are_seen_by_others_and_then_emptied(
    live_db: WorkerStores, owner: psycopg.Connection
) -> None:
    _insert_session("live")
    found = owner.execute("SELECT count(*) FROM django_session").fetchone()
    assert found == (1,)
    connection.close()
    live_db.empty()
    assert owner.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
    assert owner.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (
        True,
    )


def _insert_session(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_session VALUES (%s, '', '2026-01-01Z')", [key]
        )


def test_a_worker_gets_its_own_database_and_valkey_number() -> None:
    environment = {
        "PYTEST_XDIST_WORKER": "gw3",
        "DATABASE_URL": "postgres://app:a@%2Ftmp%2Fx:5432/iontoclinic",
        "DATABASE_OWNER_URL": "postgres://owner:b@%2Ftmp%2Fx:5432/iontoclinic",
        "REDIS_URL": "unix:///tmp/x/valkey.sock?db=0",
        "IONTOCLINIC_DATA": "/tmp/x",
    }
    stores = WorkerStores.from_environment(environment)
    assert stores.app_url == "postgres://app:a@%2Ftmp%2Fx:5432/test_gw3"
    assert stores.redis_url == "unix:///tmp/x/valkey.sock?db=4"


@pytest.mark.processes
@pytest.mark.skipif(
    "PYTEST_XDIST_WORKER" not in os.environ, reason="only with several workers"
)
def test_tests_with_processes_share_one_worker(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@processes")


def test_urls_over_tcp_keep_their_server() -> None:
    assert with_database("postgres://u:p@h:1/a", "b") == "postgres://u:p@h:1/b"
    assert with_redis_number("redis://:p@h:1/0", 2) == "redis://:p@h:1/2"
