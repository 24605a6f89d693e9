"""What agents do is told like what jobs do; and which of their jobs run is found by the agent."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("agents", "0008_agents_and_their_contexts"), ("tasks", "0016_giving_back")]

    operations = [
        migrations.AddIndex(
            model_name="agentjob",
            index=models.Index(
                condition=models.Q(("agent__isnull", False), ("state", "running")), fields=["agent", "type"], name="job_runs_for_agent"
            ),
        ),
        migrations.RunSQL((SQL / "0017_events_of_agents.up.sql").read_text(), (SQL / "0017_events_of_agents.down.sql").read_text()),
    ]
