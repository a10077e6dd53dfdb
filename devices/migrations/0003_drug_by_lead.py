"""Each lead says what drug lies under it: several drugs may be driven in at once."""

from django.db import migrations, models

SPLIT = """
UPDATE devices_runchannel SET
    red_drug = CASE WHEN drug_lead = 'red' THEN drug ELSE '' END,
    black_drug = CASE WHEN drug_lead = 'black' THEN drug ELSE '' END
"""
JOIN = """
UPDATE devices_runchannel SET drug =
    left(CASE WHEN drug_lead = 'black' THEN black_drug ELSE red_drug END, 80)
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_never_mix")]

    operations = [
        migrations.AddField(
            "runchannel", "red_drug", models.CharField(blank=True, max_length=200)
        ),
        migrations.AddField(
            "runchannel", "black_drug", models.CharField(blank=True, max_length=200)
        ),
        migrations.RunSQL(SPLIT, JOIN),
        migrations.RemoveField("runchannel", "drug"),
    ]
