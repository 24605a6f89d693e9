"""What is foreseen of the queue."""

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
        ('tasks', '0008_places_by_hand'),
    ]

    operations = [
        migrations.CreateModel(
            name='Coverage',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('hour', models.DateTimeField()),
                ('foreseen', models.BigIntegerField(default=0)),
                ('before_p50', models.BigIntegerField(default=0)),
                ('before_p90', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'coverage',
                'ordering': ['-hour'],
            },
        ),
        migrations.CreateModel(
            name='Forecast',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('made_at', models.DateTimeField()),
                ('jobs', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('p50', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None)),
                ('p90', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None)),
                ('finished', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='How many of its kind had ended.', size=None)),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='WorkKind',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(max_length=100)),
                ('finished', models.BigIntegerField(default=0, help_text='All that ever ended.')),
                ('samples', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, help_text='Seconds of the last of them.', size=None)),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['kind'],
            },
        ),
        migrations.AddField(
            model_name='coverage',
            name='workspace',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace'),
        ),
        migrations.AddField(
            model_name='forecast',
            name='workspace',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace'),
        ),
        migrations.AddField(
            model_name='workkind',
            name='workspace',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace'),
        ),
        migrations.AddConstraint(
            model_name='coverage',
            constraint=models.UniqueConstraint(fields=('workspace', 'hour'), name='coverage_once'),
        ),
        migrations.AddConstraint(
            model_name='forecast',
            constraint=models.UniqueConstraint(fields=('workspace',), name='forecast_once'),
        ),
        migrations.AddConstraint(
            model_name='workkind',
            constraint=models.UniqueConstraint(fields=('workspace', 'kind'), name='work_kind_once'),
        ),
        migrations.RunSQL((SQL / "0009_estimates.up.sql").read_text(), (SQL / "0009_estimates.down.sql").read_text()),
    ]
