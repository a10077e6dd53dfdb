"""Simulated and real never meet in a run, and what is append-only stays so.

The composite foreign keys make the database refuse a run whose patient or
stimulator differs from it in `is_simulated`. The application role loses UPDATE,
DELETE and TRUNCATE on append-only tables beside the triggers.
"""

from django.db import migrations

PAIRS = (("patient", "clinic_patient"), ("stimulator", "devices_stimulator"))

ADD = ";\n".join(
    f"ALTER TABLE devices_run ADD CONSTRAINT run_{name}_is_simulated "
    f"FOREIGN KEY ({name}_id, is_simulated) REFERENCES {table} (id, is_simulated) "
    "DEFERRABLE INITIALLY IMMEDIATE"
    for name, table in PAIRS
)
DROP = ";\n".join(
    f"ALTER TABLE devices_run DROP CONSTRAINT run_{name}_is_simulated"
    for name, _ in PAIRS
)


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial"), ("clinic", "0001_initial")]

    operations = [migrations.RunSQL(ADD, DROP)]
