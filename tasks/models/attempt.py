"""One execution of a job by one worker."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class Outcome(models.TextChoices):
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    TIMED_OUT = "timed_out", "Timed out"
    CANCELLED = "cancelled", "Cancelled"
    KILLED = "killed", "Killed"  # cancelled too, and gone only when its grace was over
    HANDED_BACK = "handed_back", "Handed back"
    LEASE_LOST = "lease_lost", "Lease lost"
    CRASHED = "crashed", "Crashed"
    SUSPENDED = "suspended", "Suspended"


class Attempt(TenantModel):
    """Written when a worker claims the job, ended by whoever takes the job out of `running`."""

    web_access = "SELECT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    epoch = models.PositiveIntegerField()
    worker_id = models.CharField(max_length=64)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    charged = models.BooleanField(default=False, help_text="Whether it counts against the job's attempts.")
    error_code = models.CharField(max_length=64, blank=True)
    error_kind = models.CharField(max_length=20, blank=True)
    error_message = models.TextField(blank=True)
    cost = models.FloatField(default=0, help_text="Seconds of a slot, which the fairness clock is settled with.")
    cpu_seconds = models.FloatField(null=True, blank=True)
    max_rss_mb = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["job_id", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"attempt {self.number}"
