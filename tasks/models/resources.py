"""What machines had to spare, over time."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class ResourceSample(models.Model):
    """One look of one worker at its machine; without a worker, the leader's look at the whole queue.

    Rates are means since the look before. Percentages are of the whole machine.
    """

    web_access = "SELECT"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    worker = models.CharField(max_length=64, blank=True)
    cpu_percent = models.FloatField(null=True)
    memory_percent = models.FloatField(null=True)
    disk_percent = models.FloatField(null=True)
    disk_free_mb = models.FloatField(null=True)
    disk_mbs = models.FloatField(null=True, help_text="Read and written, MB/s.")
    network_mbs = models.FloatField(null=True, help_text="Received and sent, MB/s.")
    connections = models.PositiveIntegerField(null=True, help_text="Established TCP connections.")
    running = models.PositiveIntegerField(null=True)
    queued = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["worker", "at"], name="sample_of_worker"),
            models.Index(fields=["at"], name="sample_at"),
        ]

    def __str__(self) -> str:
        return f"{self.worker or 'the queue'} at {self.at:%H:%M:%S}"
