"""A step beside the current can be told as not done, with a reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0008_measurement_reason"),
    ]

    operations = [
        migrations.AddField(
            model_name="adjunctdone",
            name="done",
            field=models.BooleanField(default=True),
        ),
    ]
