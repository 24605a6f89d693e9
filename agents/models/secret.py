"""The keys that a workspace brings for providers of language models."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from agents.models.base import TenantModel


class ProviderKey(TenantModel):
    """One key, sealed (see `agents.sealing`); its text is shown to nobody again. A revoked one stays as a record."""

    web_access = "SELECT, INSERT, UPDATE"

    provider = models.CharField(max_length=32)
    name = models.CharField(max_length=60, help_text="Tasks name it where a provider has several.")
    base_url = models.CharField(max_length=500, blank=True, help_text="Empty: the provider's own.")
    ciphertext = models.BinaryField(editable=False)
    last4 = models.CharField(max_length=4, blank=True, editable=False)
    created_by = models.CharField(max_length=200, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=Q(revoked_at__isnull=True), name="provider_key_name_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider})"
