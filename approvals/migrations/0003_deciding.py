"""What a request for approval says, what each person said to it, and the events that tell of it."""

from pathlib import Path

import agents.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0003_pending_limits'),
        ('approvals', '0002_tenancy'),
        ('tasks', '0014_journal'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApprovalDecision',
            fields=[
                ('id', models.UUIDField(default=agents.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('said', models.CharField(choices=[('approve', 'Approve'), ('deny', 'Deny')], max_length=8)),
                ('by', models.CharField(max_length=200)),
                ('person', models.CharField(help_text='Who it was behind a token: nobody counts twice.', max_length=64)),
                ('comment', models.TextField(blank=True)),
                ('version', models.CharField(max_length=64)),
                ('arguments', models.JSONField(blank=True, help_text='As edited; null where they were left as they are.', null=True)),
                ('remembered', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='action',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='approvers',
            field=models.JSONField(blank=True, default=dict, help_text='The least role, and names of people.'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='ask',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='edited',
            field=models.JSONField(blank=True, help_text='The arguments as somebody changed them.', null=True),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='effect',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='escalated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='escalations',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='not_requester',
            field=models.BooleanField(default=False, help_text='Whoever asked may not decide.'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='outcome',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='quorum',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='requester_person',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='schema',
            field=models.JSONField(blank=True, default=dict, help_text='The JSON Schema of the arguments.'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='warned_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='why',
            field=models.CharField(blank=True, help_text="The policy's sentence.", max_length=500),
        ),
        migrations.AlterField(
            model_name='approvalrequest',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('approved', 'Approved'), ('denied', 'Denied'), ('expired', 'Expired'), ('superseded', 'Superseded'), ('withdrawn', 'Withdrawn')], default='waiting', max_length=16),
        ),
        migrations.AddIndex(
            model_name='approvalrequest',
            index=models.Index(fields=['workspace', 'state', 'id'], name='approval_list'),
        ),
        migrations.AddIndex(
            model_name='approvalrequest',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['expires_at'], name='approval_waiting'),
        ),
        migrations.AddConstraint(
            model_name='approvalrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('call__isnull', False)), fields=('call', 'ask'), name='approval_once_a_call'),
        ),
        migrations.AddConstraint(
            model_name='approvalrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('call__isnull', True)), fields=('job', 'ask'), name='approval_once_a_job'),
        ),
        migrations.AddField(
            model_name='approvaldecision',
            name='request',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='approvals.approvalrequest'),
        ),
        migrations.AddField(
            model_name='approvaldecision',
            name='workspace',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.workspace'),
        ),
        migrations.AddConstraint(
            model_name='approvaldecision',
            constraint=models.UniqueConstraint(fields=('request', 'person', 'version'), name='decision_once'),
        ),
        migrations.RunSQL((SQL / "0003_deciding.up.sql").read_text(), (SQL / "0003_deciding.down.sql").read_text()),
    ]
