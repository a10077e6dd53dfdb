"""Why an adoption was withdrawn."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0004_append_only_role"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="protocoladoption",
            name="adoption_is_immutable",
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="withdraw_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocoladoption",
            trigger=pgtrigger.compiler.Trigger(
                name="adoption_is_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.withdrawn_at IS NOT NULL OR OLD.second_at IS NOT NULL AND OLD.second_by_id IS DISTINCT FROM NEW.second_by_id OR (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdraw_reason' - 'second_by_id' - 'second_at') IS DISTINCT FROM (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdraw_reason' - 'second_by_id' - 'second_at'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="578d86886d3437a77d11107ec9524352543f4b52",
                    operation="UPDATE",
                    pgid="pgtrigger_adoption_is_immutable_30439",
                    table="sessions_app_protocoladoption",
                    when="BEFORE",
                ),
            ),
        ),
    ]
