"""What holds for every workspace at once."""

from __future__ import annotations

from django.db import models

ONLY = "platform"


class PlatformState(models.Model):
    """At most one row: whether everything is paused. Only who sees all workspaces may write it."""

    web_access = "SELECT, INSERT, UPDATE"

    name = models.CharField(primary_key=True, max_length=20, default=ONLY, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "platform state"
        constraints = [models.CheckConstraint(condition=models.Q(name=ONLY), name="platform_state_once")]

    def __str__(self) -> str:
        return "paused" if self.paused_at else "running"
