"""The application role may add to append-only tables, and nothing else.

A trigger already refuses; the missing privilege holds where a trigger was
dropped. Where the role does not exist (a foreign database) nothing is revoked,
and a system check warns.
"""

from django.db import migrations

TABLES = (
    "clinic_auditentry",
    "devices_runevent",
    "devices_presence",
    "devices_trace",
    "sessions_app_sessionevent",
    "sessions_app_doserecord",
    "sessions_app_protocol",
)

ROLE = "iontoclinic_app"


def if_role(statements: str) -> str:
    return f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        {statements}
    END IF;
END $$
"""


REVOKE = " ".join(
    f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {ROLE};" for table in TABLES
)
GRANT = " ".join(f"GRANT UPDATE, DELETE ON {table} TO {ROLE};" for table in TABLES)
ALL = (
    f"GRANT USAGE ON SCHEMA public TO {ROLE}; "
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}; "
    f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE};"
)


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0001_initial"),
        ("devices", "0002_never_mix"),
        ("clinic", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(if_role(ALL), migrations.RunSQL.noop),
        migrations.RunSQL(if_role(REVOKE), if_role(GRANT)),
    ]
