"""Jobs submit jobs, wait for them without a slot, and share one budget with them."""

from pathlib import Path

import agents.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"
STATES = ["Asked", "Granted", "Denied", "Began", "Done", "Failed", "Refused", "Unknown", "Waits"]


def id_and_time():
    return [
        ("id", models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
    ]


def key(to, related, **options):
    return models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name=related, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("agents", "0009_sealed_alike"), ("tasks", "0017_events_of_agents")]

    operations = [
        migrations.CreateModel(
            name="Child",
            fields=[
                *id_and_time(),
                ("call", models.CharField(max_length=80)),
                ("awaited", models.BooleanField(default=False)),
                ("shares_budget", models.BooleanField(default=False)),
                ("job", key("tasks.agentjob", "parents", db_index=False)),
                ("parent", key("tasks.agentjob", "children")),
                ("workspace", key("agents.workspace", "+", db_index=False, editable=False)),
            ],
            options={"verbose_name_plural": "children"},
        ),
        migrations.CreateModel(
            name="Spending",
            fields=[
                *id_and_time(),
                ("tokens", models.PositiveBigIntegerField(default=0, help_text="In and out together.")),
                ("cost", models.DecimalField(decimal_places=6, default=0, help_text="US dollars.", max_digits=14)),
                ("job", key("tasks.agentjob", "spendings", db_index=False)),
                ("workspace", key("agents.workspace", "+", db_index=False, editable=False)),
            ],
            options={"verbose_name_plural": "spending"},
        ),
        migrations.AddConstraint("child", models.UniqueConstraint(fields=("job",), name="child_once")),
        migrations.AddConstraint(
            "child", models.CheckConstraint(condition=~models.Q(job=models.F("parent")), name="child_not_of_itself")
        ),
        migrations.AddConstraint("spending", models.UniqueConstraint(fields=("job",), name="spending_once")),
        migrations.AlterField(
            "toolcall", "state", models.CharField(choices=[(word.lower(), word) for word in STATES], max_length=16)
        ),
        migrations.AddIndex(
            "toolcall", models.Index(condition=models.Q(("state", "waits")), fields=["job"], name="call_waits")
        ),
        migrations.RunSQL((SQL / "0018_children.up.sql").read_text(), (SQL / "0018_children.down.sql").read_text()),
    ]
