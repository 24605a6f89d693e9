"""Places that people give to jobs, and one record for all changes that can be undone."""

from pathlib import Path

import tasks.states
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0002_tenancy'),
        ('tasks', '0007_priority_changes'),
    ]

    operations = [
        migrations.RenameModel("PriorityChange", "QueueChange"),
        migrations.AddField(
            model_name='queuechange',
            name='kind',
            field=models.CharField(choices=[('priority', 'priority'), ('move', 'move'), ('override', 'override')], default='priority', max_length=10),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='queuechange',
            name='priority',
            field=models.PositiveSmallIntegerField(blank=True, help_text='What all of them have got.', null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE tasks_queuechange ALTER COLUMN before TYPE jsonb USING to_jsonb(before)",
                    "ALTER TABLE tasks_queuechange ALTER COLUMN before TYPE smallint[] USING '{}'",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='queuechange', name='before', field=models.JSONField(default=list)
                ),
            ],
        ),
        migrations.AddField(
            model_name='queuechange',
            name='after',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='agentjob',
            name='inherited',
            field=models.PositiveSmallIntegerField(blank=True, help_text='The priority of the most urgent job that depends on it.', null=True),
        ),
        migrations.AddField(
            model_name='agentjob',
            name='override',
            field=models.FloatField(blank=True, help_text='Put before everything else by a platform admin; lower first.', null=True),
        ),
        migrations.AddField(
            model_name='agentjob',
            name='pinned',
            field=models.FloatField(blank=True, help_text='Moved by hand ahead of the other sessions of its priority; lower first.', null=True),
        ),
        migrations.AddIndex(
            model_name='agentjob',
            index=models.Index(condition=models.Q(('pinned__isnull', False), ('state', tasks.states.State['QUEUED'])), fields=['workspace', 'pinned'], name='job_pinned'),
        ),
        migrations.AddIndex(
            model_name='agentjob',
            index=models.Index(condition=models.Q(('override__isnull', False), ('state', tasks.states.State['QUEUED'])), fields=['override'], name='job_override'),
        ),
        migrations.RunSQL((SQL / "0008_places_by_hand.up.sql").read_text(), (SQL / "0008_places_by_hand.down.sql").read_text()),
    ]
