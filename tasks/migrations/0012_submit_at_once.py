"""A submission in one statement."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0011_tickets")]

    operations = [
        migrations.RunSQL(
            (SQL / "0012_submit_at_once.up.sql").read_text(), (SQL / "0012_submit_at_once.down.sql").read_text()
        )
    ]
