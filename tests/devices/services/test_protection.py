"""What the database itself keeps: append-only rows, roles, signed prescriptions."""

import pytest
from django.db import DatabaseError, connection, transaction

from clinic.models import AuditEntry
from devices.models import Presence, Run, RunEvent, RunLive
from tests.factories import World, make_run, make_world

pytestmark = pytest.mark.django_db
TABLES = (
    "devices_runevent",
    "devices_presence",
    "devices_trace",
    "clinic_auditentry",
    "sessions_app_doserecord",
    "sessions_app_sessionevent",
)


@pytest.fixture
def world() -> World:
    return make_world()


def refused(statement: str) -> str:
    """Why the application's role may not do it."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        connection.cursor().execute(statement)
    return str(error.value)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET id = id",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} ADD COLUMN more int",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {}",
    ],
)
def test_the_applications_role_may_only_append(table: str, statement: str) -> None:
    text = refused(statement.format(table).replace("SET id = id", first_column(table)))
    assert "permission denied" in text or "must be owner" in text


def first_column(table: str) -> str:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
    return f"SET {columns[0].name} = {columns[0].name}"


def test_the_role_of_the_application_can_create_nothing() -> None:
    assert "permission denied" in refused("CREATE TABLE own (id int)")


def test_is_simulated_is_fixed_at_creation(world: World) -> None:
    run = make_run(world.here)
    for row in (run.patient, run.stimulator):
        row.is_simulated = False
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save()


def test_a_run_ends_with_a_reason_only_when_it_ended(world: World) -> None:
    run = make_run(world.here)
    with pytest.raises(DatabaseError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(end_reason="dose")


def test_no_start_is_noted_without_the_kickoff_written_ahead(world: World) -> None:
    run = make_run(world.here)
    now = run.created_at
    with pytest.raises(DatabaseError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(started_at=now)
    Run.objects.filter(pk=run.pk).update(started_at=now, kickoff_sent_at=now)


def test_events_and_audit_rows_stay_in_the_order_of_what_happened(world: World) -> None:
    run = make_run(world.here)
    kinds = list(RunEvent.objects.filter(run=run).values_list("kind", flat=True))
    assert kinds == ["queued"]
    assert AuditEntry.objects.latest("id").action == "run.create"
    assert not Presence.objects.exists()
    assert RunLive.objects.get(run=run).have_seq == 0
