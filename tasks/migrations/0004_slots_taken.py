"""The number of taken slots, for who explains why a job waits."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0003_tenancy")]

    operations = [migrations.RunSQL((SQL / "0004_slots_taken.up.sql").read_text(), (SQL / "0004_slots_taken.down.sql").read_text())]
