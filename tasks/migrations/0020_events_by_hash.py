"""The events of many rows at once: the old and the new rows are joined by hash, whatever their session forbids itself."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0019_positions")]

    operations = [migrations.RunSQL((SQL / "0020_events_by_hash.up.sql").read_text(), (SQL / "0020_events_by_hash.down.sql").read_text())]
