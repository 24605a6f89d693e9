"""The trail of platform admins who looked into every workspace."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class PlatformAccess(models.Model):
    """One use of the all-workspaces context: who, when, where and why. Written in the same transaction."""

    web_access = "SELECT, INSERT"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    path = models.CharField(max_length=500)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "platform accesses"

    def __str__(self) -> str:
        return f"{self.user} {self.path}"
