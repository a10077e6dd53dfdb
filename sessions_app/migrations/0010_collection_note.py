"""Why nothing could be collected at a place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0009_adjunct_not_done"),
    ]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="note",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
