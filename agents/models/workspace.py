"""The tenant."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now

from agents.ids import new_id
from agents.tenancy import WorkspaceQuerySet


class Workspace(models.Model):
    """A tenant: people, agents and jobs that see each other and nobody else."""

    web_access = "SELECT, INSERT, UPDATE"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    weight = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Its share of the slots, against other workspaces.",
    )
    max_running = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many jobs may run at once. Empty: no limit."
    )
    max_running_per_session = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many jobs of one session may run at once. Empty: the platform's default.",
    )
    warn_pending = models.PositiveIntegerField(
        null=True, blank=True, help_text="Who submits is warned when more jobs wait. Empty: the platform's default."
    )
    max_pending = models.PositiveIntegerField(
        null=True, blank=True, help_text="No more are taken when so many jobs wait. Empty: the platform's default."
    )
    default_limits = models.JSONField(
        default=dict, blank=True, help_text='Defaults for the limits of a job, such as {"timeout_ms": 60000}.'
    )
    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Finished work older than this is deleted. Empty: the platform's default.",
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    rules_revision = models.UUIDField(
        db_default=RandomUUID(), editable=False, help_text="A new one with every change of a policy rule."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [models.CheckConstraint(condition=models.Q(weight__gte=1), name="workspace_weight_positive")]

    def __str__(self) -> str:
        return self.name or self.slug
