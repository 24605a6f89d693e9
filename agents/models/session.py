"""One agent conversation or run: it owns jobs, and is the unit of fairness."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from agents.models.base import TenantModel, tenant_key


class Session(TenantModel):
    """Owns many jobs. A closed session refuses submissions."""

    web_access = "SELECT, INSERT, UPDATE"

    name = models.CharField(max_length=200)
    project = tenant_key("agents.Project", null=True, blank=True, related_name="sessions")
    weight = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Its share, against other sessions of the workspace.",
    )
    max_running = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many of its jobs may run at once. Empty: the workspace's default.",
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="session_name_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="session_in_workspace"),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="session_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name
