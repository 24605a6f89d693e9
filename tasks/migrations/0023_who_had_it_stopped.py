"""A running job that is asked to stop has an event that says who asked, and why."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"
BEFORE = ("0013_seconds_told", "0020_events_by_hash", "0022_events_never_by_loop")  # made the function what it was


class Migration(migrations.Migration):
    dependencies = [("tasks", "0022_events_never_by_loop")]

    operations = [
        migrations.RunSQL(
            (SQL / "0023_who_had_it_stopped.up.sql").read_text(),
            "\n".join((SQL / f"{name}.up.sql").read_text() for name in BEFORE),
        )
    ]
