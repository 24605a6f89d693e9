"""“Always for this session”: what a person allowed beyond the one call they were asked about."""

from __future__ import annotations

from django.db import models

from agents.models.base import TenantModel, tenant_key


class SessionGrant(TenantModel):
    """A tool that a session may call without being asked again, until it expires or is revoked.

    It stands in place of one decision: `outcome` is the fingerprint of the rule that asked and of who may decide, so a
    change of either makes it void.
    """

    web_access = "SELECT, INSERT, UPDATE"

    session = tenant_key("agents.Session", related_name="grants")
    tool = models.CharField(max_length=200)
    rule = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=64)
    granted_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.tool} in {self.session_id}"
