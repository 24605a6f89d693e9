"""Row-level security and composite foreign keys of the jobs' tables."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0002_transitions")]

    operations = [migrations.RunSQL((SQL / "0003_tenancy.up.sql").read_text(), (SQL / "0003_tenancy.down.sql").read_text())]
