"""The state machine and the event log, kept by triggers."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial"), ("agents", "0002_tenancy")]

    operations = [migrations.RunSQL((SQL / "0002_transitions.up.sql").read_text(), (SQL / "0002_transitions.down.sql").read_text())]
