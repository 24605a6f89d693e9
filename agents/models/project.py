"""A body of work inside a workspace, often with a repository."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel


class Project(TenantModel):
    """What jobs work on. Its cap counts jobs of all its sessions together."""

    web_access = "SELECT, INSERT, UPDATE"

    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=200)
    repository = models.CharField(max_length=1000, blank=True, help_text="URL or path of its git repository, if any.")
    max_running = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many of its jobs may run at once. Empty: no limit."
    )
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="project_slug_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="project_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name or self.slug
