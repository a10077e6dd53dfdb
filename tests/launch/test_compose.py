"""The container files say what the launcher does."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from launch import environment, processes

ROOT = Path(__file__).resolve().parents[2]
IN_CONTAINER = {
    "host": "0.0.0.0",  # noqa: S104
    "port": "8000",
    "data": "/data",
    "static": "/srv/static",
    "speed": "1",
}
STORES = {"postgres", "valkey"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded["services"]


def test_compose_has_every_process_and_no_other(compose: dict[str, Any]) -> None:
    once = {"migrate", "catalogue"}
    expected = {process.name for process in processes.APPLICATION} | once
    assert set(compose) - STORES == expected


@pytest.mark.parametrize("process", processes.APPLICATION, ids=lambda p: p.name)
def test_compose_runs_the_launchers_command(
    compose: dict[str, Any], process: processes.Process
) -> None:
    service = compose[process.name]
    assert service["command"] == process.command(IN_CONTAINER)
    assert service["stop_grace_period"] == f"{process.stop_deadline_s:g}s"


@pytest.mark.parametrize("process", processes.APPLICATION, ids=lambda p: p.name)
def test_compose_gives_the_launchers_environment(
    compose: dict[str, Any], process: processes.Process
) -> None:
    given = compose[process.name]["environment"]
    expected = {*processes.COMMON_ENVIRONMENT, *process.environment}
    assert set(given) == expected
    assert {name: given[name] for name in process.environment} == process.environment


def test_only_migrate_knows_the_owner(compose: dict[str, Any]) -> None:
    migrate = compose["migrate"]
    assert migrate["command"] == list(processes.MIGRATE)
    assert set(migrate["environment"]) == {
        *processes.COMMON_ENVIRONMENT,
        *processes.OWNER_ENVIRONMENT,
    }
    for name in set(compose) - {"migrate"}:
        names = set(compose[name].get("environment", {}))
        assert not names & set(processes.OWNER_ENVIRONMENT), name


def test_the_catalogue_is_published_before_anything_serves(
    compose: dict[str, Any],
) -> None:
    catalogue = compose["catalogue"]
    assert catalogue["command"] == list(processes.LOAD_CATALOGUE)
    assert set(catalogue["environment"]) == set(processes.COMMON_ENVIRONMENT)
    for process in processes.APPLICATION:
        waits = compose[process.name]["depends_on"]
        assert waits["catalogue"] == {"condition": "service_completed_successfully"}


def test_launcher_sets_exactly_the_common_environment() -> None:
    made = environment.application(
        database_url="d", redis_url="r", data="/x", secret_key="k", speed=1
    )
    assert tuple(made) == processes.COMMON_ENVIRONMENT
    assert tuple(environment.owner("o")) == processes.OWNER_ENVIRONMENT


def test_containers_make_the_roles_from_the_launchers_sql(
    compose: dict[str, Any],
) -> None:
    assert "./launch/sql:/roles:ro" in compose["postgres"]["volumes"]
    script = (ROOT / "docker" / "make-roles.sh").read_text()
    for name in ("roles.sql", "schema.sql"):
        assert f"/roles/{name}" in script
        assert (ROOT / "launch" / "sql" / name).exists()


def test_image_installs_the_lock_and_collects_where_web_serves() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements/runtime.lock" in dockerfile
    assert f"IONTOCLINIC_STATIC={IN_CONTAINER['static']}" in dockerfile
