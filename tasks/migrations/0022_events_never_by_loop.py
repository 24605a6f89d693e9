"""The events of many rows at once: a connection whose first statement moved one job joins the next 128 by hash, too."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0021_results_to_purge")]

    operations = [
        migrations.RunSQL(
            (SQL / "0022_events_never_by_loop.up.sql").read_text(), (SQL / "0022_events_never_by_loop.down.sql").read_text()
        )
    ]
