"""Looks at machines, and what is limited because of them."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0009_estimates'),
    ]

    operations = [
        migrations.AddField(
            model_name='leader',
            name='limited_by',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='leader',
            name='open_levels',
            field=models.PositiveSmallIntegerField(db_default=5, default=5, help_text='How many priorities start now: 5 is P0 to P4.'),
        ),
        migrations.AddField(
            model_name='platformstate',
            name='max_cpu_percent',
            field=models.FloatField(blank=True, help_text='Of a whole machine.', null=True),
        ),
        migrations.AddField(
            model_name='platformstate',
            name='max_disk_mbs',
            field=models.FloatField(blank=True, null=True, verbose_name='max disk MB/s'),
        ),
        migrations.AddField(
            model_name='platformstate',
            name='max_memory_percent',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='platformstate',
            name='max_network_mbs',
            field=models.FloatField(blank=True, null=True, verbose_name='max network MB/s'),
        ),
        migrations.AddField(
            model_name='platformstate',
            name='min_disk_free_mb',
            field=models.FloatField(blank=True, help_text='Below this a worker starts nothing more.', null=True, verbose_name='min disk free, MB'),
        ),
        migrations.AddField(
            model_name='worker',
            name='limited_by',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='worker',
            name='slot_limit',
            field=models.PositiveIntegerField(blank=True, help_text='How many jobs it gets now, where its machine is under load.', null=True),
        ),
        migrations.CreateModel(
            name='ResourceSample',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('worker', models.CharField(blank=True, max_length=64)),
                ('cpu_percent', models.FloatField(null=True)),
                ('memory_percent', models.FloatField(null=True)),
                ('disk_percent', models.FloatField(null=True)),
                ('disk_free_mb', models.FloatField(null=True)),
                ('disk_mbs', models.FloatField(help_text='Read and written, MB/s.', null=True)),
                ('network_mbs', models.FloatField(help_text='Received and sent, MB/s.', null=True)),
                ('connections', models.PositiveIntegerField(help_text='Established TCP connections.', null=True)),
                ('running', models.PositiveIntegerField(null=True)),
                ('queued', models.PositiveIntegerField(null=True)),
            ],
            options={
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['worker', 'at'], name='sample_of_worker'), models.Index(fields=['at'], name='sample_at')],
            },
        ),
    ]
