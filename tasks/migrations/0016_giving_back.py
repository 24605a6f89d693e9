"""Running jobs can be asked back, and what runs at once on the whole platform has its limit in the admin."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0015_checkpoints")]

    operations = [
        migrations.AddField(
            model_name="agentjob",
            name="give_back",
            field=models.CharField(blank=True, db_default="", default="", help_text="Why its worker is to hand it back, if it is.", max_length=200),
        ),
        migrations.AddField(
            model_name="platformstate",
            name="max_running",
            field=models.PositiveIntegerField(blank=True, help_text="How many jobs run at once, all together.", null=True),
        ),
        migrations.RunSQL((SQL / "0016_giving_back.up.sql").read_text(), (SQL / "0016_giving_back.down.sql").read_text()),
    ]
