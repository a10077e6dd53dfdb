"""The application role may add to the newer append-only tables, and nothing else."""

from importlib import import_module

from django.db import migrations

_role = import_module("sessions_app.migrations.0002_append_only_role")
TABLES = (
    "clinic_consenttext",
    "sessions_app_adverseevent",
    "sessions_app_delivery",
    "sessions_app_lotuse",
    "sessions_app_poleconfirmation",
    "sessions_app_precheck",
    "sessions_app_skincheck",
    "sessions_app_visitpeople",
)
REVOKE = " ".join(
    f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {_role.ROLE};" for table in TABLES
)
GRANT = " ".join(
    f"GRANT UPDATE, DELETE ON {table} TO {_role.ROLE};" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0003_prescribing")]

    operations = [
        # ALL gives back what the older tables had lost, so it is taken again.
        migrations.RunSQL(
            _role.if_role(_role.ALL + _role.REVOKE), migrations.RunSQL.noop
        ),
        migrations.RunSQL(_role.if_role(REVOKE), _role.if_role(GRANT)),
    ]
