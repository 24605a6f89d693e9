"""How far the conversation of a job with its model has come."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class Checkpoint(TenantModel):
    """What a runtime gave to be kept last, so that the next attempt goes on from there. One for each job at most.

    Sealed: it holds what a model said and was told, before any redaction.
    """

    web_access = "SELECT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="checkpoints", db_index=False)
    sealed = models.BinaryField(help_text="JSON, encrypted.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job"], name="checkpoint_once")]

    def __str__(self) -> str:
        return f"checkpoint of {self.job_id}"
