"""The journal across attempts: what was asked and granted, the files of suspended jobs, grants for a session."""

from pathlib import Path

import agents.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0003_pending_limits'),
        ('tasks', '0013_seconds_told'),
    ]

    operations = [
        migrations.CreateModel(
            name='SessionGrant',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tool', models.CharField(max_length=200)),
                ('rule', models.CharField(blank=True, max_length=64)),
                ('outcome', models.CharField(max_length=64)),
                ('granted_by', models.CharField(max_length=200)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_by', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WorkArchive',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('attempts', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=list, size=None)),
                ('content', models.BinaryField(default=bytes, help_text='A tar, compressed with gzip.')),
            ],
        ),
        migrations.AddField(
            model_name='toolcall',
            name='asks',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='toolcall',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='toolcall',
            name='decided_by',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='toolcall',
            name='digest',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='toolcall',
            name='outcome',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='toolcall',
            name='why',
            field=models.CharField(blank=True, db_default='', help_text='Why it was asked about.', max_length=500),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='outcome',
            field=models.CharField(blank=True, choices=[('completed', 'Completed'), ('failed', 'Failed'), ('timed_out', 'Timed out'), ('cancelled', 'Cancelled'), ('killed', 'Killed'), ('handed_back', 'Handed back'), ('lease_lost', 'Lease lost'), ('crashed', 'Crashed'), ('suspended', 'Suspended')], max_length=20),
        ),
        migrations.AlterField(
            model_name='toolcall',
            name='state',
            field=models.CharField(choices=[('asked', 'Asked'), ('granted', 'Granted'), ('denied', 'Denied'), ('began', 'Began'), ('done', 'Done'), ('failed', 'Failed'), ('refused', 'Refused'), ('unknown', 'Unknown')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='agentjob',
            index=models.Index(condition=models.Q(('state', 'pending_approval')), fields=['id'], name='job_asks'),
        ),
        migrations.AddIndex(
            model_name='toolcall',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['job'], name='call_asked'),
        ),
        migrations.AddField(
            model_name='sessiongrant',
            name='session',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='agents.session'),
        ),
        migrations.AddField(
            model_name='sessiongrant',
            name='workspace',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace'),
        ),
        migrations.AddField(
            model_name='workarchive',
            name='job',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='archives', to='tasks.agentjob'),
        ),
        migrations.AddField(
            model_name='workarchive',
            name='workspace',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace'),
        ),
        migrations.AddConstraint(
            model_name='workarchive',
            constraint=models.UniqueConstraint(fields=('job',), name='archive_once'),
        ),
        migrations.RunSQL((SQL / "0014_journal.up.sql").read_text(), (SQL / "0014_journal.down.sql").read_text()),
    ]
