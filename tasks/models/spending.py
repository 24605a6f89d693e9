"""What language models have used in a job."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class Spending(TenantModel):
    """All attempts of the job's newest life together, without its children. Written after each answer of a model."""

    web_access = "SELECT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="spendings", db_index=False)
    tokens = models.PositiveBigIntegerField(default=0, help_text="In and out together.")
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0, help_text="US dollars.")

    class Meta:
        verbose_name_plural = "spending"
        constraints = [models.UniqueConstraint(fields=["job"], name="spending_once")]

    def __str__(self) -> str:
        return f"{self.tokens:,} tokens of {self.job_id}"
