"""What holds for every workspace at once."""

from __future__ import annotations

from django.db import models

ONLY = "platform"


class PlatformState(models.Model):
    """At most one row: whether everything is paused, how much runs at once, and what machines may use.

    Only who sees all workspaces may write it. An empty maximum is the deployment's own; 0 is none. A `max_running` of 0
    starts nothing.
    """

    web_access = "SELECT, INSERT, UPDATE"

    name = models.CharField(primary_key=True, max_length=20, default=ONLY, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    max_running = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many jobs run at once, all together."
    )
    max_cpu_percent = models.FloatField(null=True, blank=True, help_text="Of a whole machine.")
    max_memory_percent = models.FloatField(null=True, blank=True)
    max_disk_mbs = models.FloatField("max disk MB/s", null=True, blank=True)
    max_network_mbs = models.FloatField("max network MB/s", null=True, blank=True)
    min_disk_free_mb = models.FloatField(
        "min disk free, MB", null=True, blank=True, help_text="Below this a worker starts nothing more."
    )

    class Meta:
        verbose_name_plural = "platform state"
        constraints = [models.CheckConstraint(condition=models.Q(name=ONLY), name="platform_state_once")]

    def __str__(self) -> str:
        return "paused" if self.paused_at else "running"
