"""What is foreseen of the queue, from what was measured."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agents.models.base import TenantModel


class WorkKind(TenantModel):
    """How long work of one kind took lately. Written by the estimator only."""

    web_access = "SELECT"

    kind = models.CharField(max_length=100)
    finished = models.BigIntegerField(default=0, help_text="All that ever ended.")
    samples = ArrayField(models.FloatField(), default=list, help_text="Seconds of the last of them.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["workspace", "kind"], name="work_kind_once")]

    def __str__(self) -> str:
        return self.kind


class Forecast(TenantModel):
    """When each queued job of a workspace is expected to start: seconds after `made_at`, in the order of `jobs`.

    One row a workspace, replaced by the estimator every second or two; worth nothing after a crash, so not logged.
    """

    web_access = "SELECT"

    made_at = models.DateTimeField()
    jobs = ArrayField(models.UUIDField(), default=list)
    p50 = ArrayField(models.FloatField(), default=list)
    p90 = ArrayField(models.FloatField(), default=list)
    finished = ArrayField(models.BigIntegerField(), default=list, help_text="How many of its kind had ended.")

    class Meta:
        ordering = ["-made_at"]
        constraints = [models.UniqueConstraint(fields=["workspace"], name="forecast_once")]

    def __str__(self) -> str:
        return f"{len(self.jobs)} jobs at {self.made_at:%H:%M:%S}"


class Coverage(TenantModel):
    """How true the forecasts of one hour were: of the jobs that started, how many did so before what was foreseen of
    them first."""

    web_access = "SELECT"

    hour = models.DateTimeField()
    foreseen = models.BigIntegerField(default=0)
    before_p50 = models.BigIntegerField(default=0)
    before_p90 = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "coverage"
        ordering = ["-hour"]
        constraints = [models.UniqueConstraint(fields=["workspace", "hour"], name="coverage_once")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}: {self.before_p90} of {self.foreseen}"
