"""Roles of agents, and their contexts: sealed, in numbered revisions. Whether an agent is busy its jobs say."""

from pathlib import Path

import agents.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"
TYPES = [("planner", "Planner"), ("dev", "Developer"), ("qa", "Quality"), ("devops", "Operations")]
REASONS = [("spawned", "The agent was made"), ("finished", "A job of it completed"), ("compressed", "It came near the model's window"), ("recovered", "It was loaded again")]


class Migration(migrations.Migration):
    dependencies = [("agents", "0007_mail_accounts")]

    operations = [
        migrations.CreateModel(
            name="AgentRole",
            fields=[
                ("id", models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("type", models.CharField(choices=TYPES, max_length=16)),
                ("prompt", models.TextField(help_text="What the model is told first: who it is, and its rules.", max_length=100_000)),
                ("tools", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, help_text="Names and globs of its tools, with commas between them. Empty: none.", size=None)),
                ("workspace", models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="agents.workspace")),
            ],
            options={
                "ordering": ["type"],
                "constraints": [models.UniqueConstraint(fields=("workspace", "type"), name="agent_role_once")],
            },
        ),
        migrations.RemoveField(model_name="agent", name="state"),
        migrations.AddField(
            model_name="agent",
            name="tools",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name="agent", name="spawned_by", field=models.UUIDField(editable=False, help_text="The job that made it.", null=True)
        ),
        migrations.RemoveConstraint(model_name="agent", name="agent_name_once"),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.UniqueConstraint(condition=models.Q(("terminated_at__isnull", True)), fields=("session", "name"), name="agent_name_once"),
        ),
        # Contexts were empty so far: no job had written into one.
        migrations.RunSQL("DELETE FROM agents_contextsnapshot", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="contextsnapshot", name="data"),
        migrations.AlterField(model_name="contextsnapshot", name="reason", field=models.CharField(choices=REASONS, max_length=16)),
        migrations.AddField(
            model_name="contextsnapshot",
            name="session",
            field=models.ForeignKey(db_constraint=False, db_index=False, default=None, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="agents.session"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="contextsnapshot", name="job", field=models.UUIDField(help_text="The job that wrote it.", null=True)
        ),
        migrations.AddField(
            model_name="contextsnapshot", name="messages", field=models.PositiveIntegerField(default=0, help_text="How many messages it holds.")
        ),
        migrations.AddField(
            model_name="contextsnapshot", name="tokens", field=models.PositiveIntegerField(default=0, help_text="How long they are, estimated.")
        ),
        migrations.AddField(
            model_name="contextsnapshot", name="sealed", field=models.BinaryField(default=b"", help_text="JSON, encrypted."), preserve_default=False
        ),
        migrations.RunSQL(
            (SQL / "0008_agents_and_their_contexts.up.sql").read_text(), (SQL / "0008_agents_and_their_contexts.down.sql").read_text()
        ),
    ]
