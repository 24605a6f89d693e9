"""Which job waits for which."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, part_of_workspace, tenant_key


class Dependency(TenantModel):
    """`job` may start only when `requires` has completed."""

    web_access = "SELECT, INSERT"

    workspace = part_of_workspace()
    job = tenant_key("tasks.AgentJob", related_name="dependencies", db_index=False)
    requires = tenant_key("tasks.AgentJob", related_name="dependants")

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(fields=["job", "requires"], name="dependency_once"),
            models.CheckConstraint(condition=~models.Q(job=models.F("requires")), name="dependency_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} after {self.requires_id}"
