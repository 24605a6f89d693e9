"""Changes of priority that can be undone."""

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
        ('tasks', '0006_platform_state'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriorityChange',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('made_by', models.CharField(max_length=200)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('priority', models.PositiveSmallIntegerField(help_text='What all of them have got.')),
                ('jobs', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('before', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, help_text='What each of them had.', size=None)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('workspace', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RunSQL((SQL / "0007_priority_changes.up.sql").read_text(), (SQL / "0007_priority_changes.down.sql").read_text()),
    ]
