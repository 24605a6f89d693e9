"""Receipts of what was cancelled at once."""

from pathlib import Path

import agents.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0002_tenancy'),
        ('tasks', '0004_slots_taken'),
    ]

    operations = [
        migrations.AlterField(
            model_name='attempt',
            name='outcome',
            field=models.CharField(blank=True, choices=[('completed', 'Completed'), ('failed', 'Failed'), ('timed_out', 'Timed out'), ('cancelled', 'Cancelled'), ('killed', 'Killed'), ('handed_back', 'Handed back'), ('lease_lost', 'Lease lost'), ('crashed', 'Crashed')], max_length=20),
        ),
        migrations.CreateModel(
            name='Cancellation',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('asked_by', models.CharField(max_length=200)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('selection', models.JSONField(default=dict, help_text='The filter or the ids that chose the jobs.')),
                ('never_started', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('running', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('attempts', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=list, help_text='In which attempt each of them was.', size=None)),
                ('already_over', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('workspace', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RunSQL((SQL / "0005_cancellations.up.sql").read_text(), (SQL / "0005_cancellations.down.sql").read_text()),
    ]
