"""How long completed work took, in its event."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0012_submit_at_once")]

    operations = [
        migrations.RunSQL(
            (SQL / "0013_seconds_told.up.sql").read_text(), (SQL / "0008_places_by_hand.up.sql").read_text()
        )
    ]
