"""Whether everything is paused."""

from pathlib import Path

from django.db import migrations, models


SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0005_cancellations'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlatformState',
            fields=[
                ('name', models.CharField(default='platform', editable=False, max_length=20, primary_key=True, serialize=False)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'platform state',
                'constraints': [models.CheckConstraint(condition=models.Q(('name', 'platform')), name='platform_state_once')],
            },
        ),
        migrations.RunSQL((SQL / "0006_platform_state.up.sql").read_text(), (SQL / "0006_platform_state.down.sql").read_text()),
    ]
