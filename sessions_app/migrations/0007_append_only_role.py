"""The application role may add to the append-only tables of courses, no more."""

from importlib import import_module

from django.db import migrations

_role = import_module("sessions_app.migrations.0002_append_only_role")
_earlier = import_module("sessions_app.migrations.0004_append_only_role")
TABLES = (
    "sessions_app_adjunctdone",
    "sessions_app_attendedtime",
    "sessions_app_courseevent",
    "sessions_app_interpretation",
    "sessions_app_labresult",
    "sessions_app_ladder",
    "sessions_app_measurement",
)
REVOKE = " ".join(
    f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {_role.ROLE};" for table in TABLES
)
GRANT = " ".join(
    f"GRANT UPDATE, DELETE ON {table} TO {_role.ROLE};" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0006_courses")]

    operations = [
        # ALL gives back what the older tables had lost, so it is taken again.
        migrations.RunSQL(
            _role.if_role(_role.ALL + _role.REVOKE + _earlier.REVOKE),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(_role.if_role(REVOKE), _role.if_role(GRANT)),
    ]
