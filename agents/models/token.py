"""API tokens: hashed, revocable, expiring, for one workspace and one role."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager

from agents.roles import Role


class ApiToken(AbstractAuthToken):
    """A bearer token. Only its digest is stored; the token itself is shown once, when it is made."""

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()

    name = models.CharField(max_length=100)
    workspace = models.ForeignKey("agents.Workspace", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.OPERATOR)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractAuthToken.Meta):
        abstract = False
        verbose_name = "API token"
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"
