"""How far a job's conversation with its model has come."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import agents.ids

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("agents", "0007_mail_accounts"), ("tasks", "0014_journal")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("sealed", models.BinaryField(help_text="JSON, encrypted.")),
                ("job", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="checkpoints", to="tasks.agentjob")),
                ("workspace", models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="agents.workspace")),
            ],
        ),
        migrations.AddConstraint(
            model_name="checkpoint",
            constraint=models.UniqueConstraint(fields=("job",), name="checkpoint_once"),
        ),
        migrations.RunSQL((SQL / "0015_checkpoints.up.sql").read_text(), (SQL / "0015_checkpoints.down.sql").read_text()),
    ]
