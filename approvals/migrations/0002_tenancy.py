"""Row-level security and composite foreign keys of the approvals."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial"), ("tasks", "0003_tenancy")]

    operations = [
        migrations.RunSQL((SQL / "0002_tenancy.up.sql").read_text(), (SQL / "0002_tenancy.down.sql").read_text())
    ]
