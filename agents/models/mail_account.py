"""The mail accounts that the jobs of a workspace read and send with."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel
from agents.tools.email.account import Kind, Tls


class MailAccount(TenantModel):
    """One account. Which fields matter is a question of its kind; the secrets are sealed and never shown."""

    web_access = "SELECT, INSERT, UPDATE, DELETE"

    name = models.SlugField(max_length=40)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    address = models.CharField(max_length=254, help_text="What its mail comes from.")
    user = models.CharField(max_length=254, blank=True, help_text="Who signs in (imap).")
    imap_host = models.CharField(max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(null=True, blank=True)
    imap_tls = models.CharField(max_length=8, blank=True, choices=[(tls.value, tls.value) for tls in Tls])
    smtp_host = models.CharField(max_length=253, blank=True)
    smtp_port = models.PositiveIntegerField(null=True, blank=True)
    smtp_tls = models.CharField(max_length=8, blank=True, choices=[(tls.value, tls.value) for tls in Tls])
    api_base = models.CharField(max_length=500, blank=True, help_text="Where the API is (gmail, graph).")
    token_url = models.CharField(max_length=500, blank=True, help_text="Where the refresh token is exchanged.")
    client_id = models.CharField(max_length=300, blank=True)
    secret = models.BinaryField()
    """Sealed: a password, or a refresh token."""
    client_secret = models.BinaryField(blank=True, default=b"")
    """Sealed."""

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="mail_account_name_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="mail_account_in_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"
