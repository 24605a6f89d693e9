"""Submissions that may come twice."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agents.models.base import TenantModel


class IdempotencyKey(TenantModel):
    """One submission under one key: the digest of what was asked, and the jobs it made."""

    web_access = "SELECT, INSERT, UPDATE"

    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    jobs = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
