"""Why a result was corrected."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0007_append_only_role"),
    ]

    operations = [
        migrations.AddField(
            model_name="measurement",
            name="reason",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
