"""A hand-off may be in its message alone; leaving the queue raises the epoch."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0010_resources")]

    operations = [migrations.RunSQL((SQL / "0011_tickets.up.sql").read_text(), (SQL / "0011_tickets.down.sql").read_text())]
