"""The places of queued jobs in their sessions, counted from the index alone."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0018_children")]

    operations = [migrations.RunSQL((SQL / "0019_positions.up.sql").read_text(), (SQL / "0019_positions.down.sql").read_text())]
