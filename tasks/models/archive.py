"""The files of a job whose attempt ended before the job was done."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class WorkArchive(TenantModel):
    """The job's directory as its last attempt left it, so that any worker can go on. One for each job at most.

    `attempts` are those whose calls worked in it: only of these a recorded result may stand for the files it made.
    """

    web_access = "SELECT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="archives", db_index=False)
    attempts = ArrayField(models.PositiveIntegerField(), default=list)
    content = models.BinaryField(default=bytes, help_text="A tar, compressed with gzip.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job"], name="archive_once")]

    def __str__(self) -> str:
        return f"files of {self.job_id}"
