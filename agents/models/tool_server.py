"""The MCP servers whose tools a workspace lets its jobs call."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel


class Transport(models.TextChoices):
    STDIO = "stdio", "A program in the job's sandbox"
    HTTP = "http", "An address that is asked (Streamable HTTP)"


class ToolServer(TenantModel):
    """One server. Its tools are `name.tool`, as they were when it was last refreshed."""

    web_access = "SELECT, INSERT, UPDATE, DELETE"

    name = models.SlugField(max_length=40)
    transport = models.CharField(max_length=8, choices=Transport.choices)
    command = models.JSONField(default=list, blank=True, help_text="The program and its arguments (stdio).")
    url = models.CharField(max_length=2000, blank=True, help_text="Where it is (http).")
    env = models.BinaryField(blank=True, default=b"")
    """Sealed JSON: variables of the program."""
    headers = models.BinaryField(blank=True, default=b"")
    """Sealed JSON: headers of each request."""
    enabled = models.BooleanField(default=True)
    call_seconds = models.FloatField(default=60, help_text="How long one call may take.")
    tools = models.JSONField(default=list, blank=True, help_text="What it had when it was last refreshed.")
    skipped = models.JSONField(default=list, blank=True, help_text="What of it cannot be offered, and why.")
    refreshed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="tool_server_name_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="tool_server_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name
