"""Results whose time will be over are found without looking at the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0020_events_by_hash")]

    operations = [
        migrations.AddIndex(
            model_name="agentjob",
            index=models.Index(
                condition=models.Q(("result_purged_at__isnull", True), ("result_ttl_seconds__isnull", False)),
                fields=["completed_at"],
                name="job_result_ttl",
            ),
        ),
    ]
