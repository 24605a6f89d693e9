"""The job: one unit of work in the queue. It lives in this row until it is over."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agents.agent_types import AgentType
from agents.models.base import TenantModel, part_of_workspace, tenant_key
from tasks.querysets import JobQuerySet
from tasks.spec.choices import JobType, OnDependencyFailure, RuntimeName
from tasks.states import OVER, State

ENDS = sorted(state.value for state in OVER)
"""The same in a fixed order, for the migrations."""


def words(of: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in of]


class AgentJob(TenantModel):
    """One unit of work. Its `state` is written by `tasks.transitions` only, and guarded by a trigger.

    `rank` orders jobs inside their session (lower first): seconds of `queued_at` plus one aging step for each level
    of priority, unless a person moved the job; `tasks.ordering` alone writes a waiting job's place. `epoch` fences
    every write of a run: it rises with each hand-off and whenever the job leaves `running`.
    """

    web_access = "SELECT, INSERT, UPDATE"

    # What it is
    type = models.CharField(max_length=20, choices=words(JobType), default=JobType.EXECUTE_TASK)
    workspace = part_of_workspace()
    project = tenant_key("agents.Project", null=True, blank=True, related_name="jobs", db_index=False)
    session = tenant_key("agents.Session", related_name="jobs", db_index=False)
    agent = tenant_key("agents.Agent", null=True, blank=True, related_name="jobs", db_index=False)
    agent_type = models.CharField(max_length=16, choices=AgentType.choices, default=AgentType.DEV)
    key = models.CharField(max_length=200, blank=True, help_text="Its name inside the batch it came in.")
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    runtime = models.CharField(max_length=16, choices=words(RuntimeName), blank=True, default="")
    work = models.JSONField(default=dict, help_text="The runtime's part of the spec: command and env, steps, prompt.")
    data = models.JSONField(default=dict, blank=True)
    tool = models.CharField(max_length=200, blank=True)
    arguments = models.JSONField(default=dict, blank=True)
    files = ArrayField(models.CharField(max_length=1000), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    isolation = models.CharField(max_length=16, blank=True)
    requires = models.CharField(
        max_length=200, blank=True, help_text="Its requirement class: what a worker must have, and the project."
    )
    kind = models.CharField(
        max_length=100, blank=True, help_text="What sort of work it is, for measured durations: plan:files.read …"
    )
    joins_runs = models.BooleanField(
        default=False, help_text="Without effects outside: when short, it may share one message with others."
    )
    spec = models.JSONField(default=dict, help_text="The spec as it was accepted, for writing it back.")

    # Who asked, and what was decided
    submitted_by_kind = models.CharField(max_length=16, blank=True)
    submitted_by_id = models.CharField(max_length=64, blank=True)
    submitted_by_label = models.CharField(max_length=200, blank=True)
    policy_verdict = models.CharField(max_length=20, blank=True)
    policy_rule = models.CharField(max_length=64, blank=True)
    redacted_fields = ArrayField(models.CharField(max_length=500), default=list, blank=True)

    # When it may run
    priority = models.PositiveSmallIntegerField(default=1)
    rank = models.FloatField(default=0)
    inherited = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The priority of the most urgent job that depends on it."
    )
    pinned = models.FloatField(
        null=True, blank=True, help_text="Moved by hand ahead of the other sessions of its priority; lower first."
    )
    override = models.FloatField(
        null=True, blank=True, help_text="Put before everything else by a platform admin; lower first."
    )
    on_dependency_failure = models.CharField(
        max_length=8, choices=words(OnDependencyFailure), default=OnDependencyFailure.FAIL
    )
    available_at = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)

    # Its limits
    timeout_ms = models.PositiveIntegerField()
    max_attempts = models.PositiveSmallIntegerField()
    token_budget = models.PositiveIntegerField(null=True, blank=True)
    turn_budget = models.PositiveIntegerField(null=True, blank=True)
    cost_budget = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cpu = models.FloatField(null=True, blank=True)
    memory_mb = models.PositiveIntegerField(null=True, blank=True)
    result_ttl_seconds = models.PositiveIntegerField(null=True, blank=True)

    # Where it stands
    state = models.CharField(max_length=20, choices=words(State))
    version = models.PositiveIntegerField(default=1)
    state_since = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    progress_percent = models.FloatField(null=True, blank=True)
    progress_message = models.CharField(max_length=500, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.CharField(max_length=200, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)

    # Its hand-off, claim and fence
    epoch = models.PositiveIntegerField(default=0)
    handed_to = models.CharField(max_length=64, blank=True)
    handed_until = models.DateTimeField(null=True, blank=True)
    run = models.UUIDField(null=True, blank=True, help_text="The first job of the run that shares one slot.")
    charged_cost = models.FloatField(default=0, help_text="What the fairness clock was charged at the hand-off.")
    charged_level = models.PositiveSmallIntegerField(default=0)
    worker_id = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    give_back = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Why its worker is to hand it back, if it is."
    )
    attempt = models.PositiveIntegerField(default=0, help_text="How often a worker began it.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Attempts that count against max_attempts.")
    interruptions = models.PositiveSmallIntegerField(default=0, help_text="Processes that died while it ran alone.")

    # How it ended
    result = models.JSONField(null=True, blank=True)
    result_purged_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_kind = models.CharField(max_length=20, blank=True)
    error_message = models.TextField(blank=True)
    cpu_seconds = models.FloatField(null=True, blank=True)
    max_rss_mb = models.FloatField(null=True, blank=True)

    objects = JobQuerySet.as_manager()  # type: ignore[misc] # more than what every tenant row has

    class Meta:
        verbose_name = "job"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="job_in_workspace"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="job_state_known"),
            models.CheckConstraint(condition=Q(priority__lte=4), name="job_priority_known"),
            models.CheckConstraint(
                condition=~Q(state=State.RUNNING) | (~Q(worker_id="") & Q(lease_until__isnull=False)),
                name="job_running_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(handed_to="") | Q(state=State.QUEUED), name="job_handed_over_only_while_queued"
            ),
            models.CheckConstraint(
                condition=Q(handed_to="", handed_until__isnull=True)
                | (~Q(handed_to="") & Q(handed_until__isnull=False)),
                name="job_hand_off_whole",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=False) | ~Q(state__in=ENDS),
                name="job_over_has_an_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["session", "requires", "rank", "id"],
                name="job_heads",
                condition=Q(state=State.QUEUED, handed_to=""),
            ),
            models.Index(
                fields=["session", "available_at"],
                name="job_delays",
                condition=Q(state=State.QUEUED, available_at__isnull=False),
            ),
            models.Index(fields=["workspace", "state", "id"], name="job_list_by_state"),
            models.Index(fields=["session", "id"], name="job_list_by_session"),
            models.Index(fields=["session", "state"], name="job_count_by_session"),
            models.Index(fields=["project"], name="job_of_project", condition=Q(project__isnull=False)),
            models.Index(fields=["agent"], name="job_of_agent", condition=Q(agent__isnull=False)),
            models.Index(
                fields=["agent", "type"],
                name="job_runs_for_agent",
                condition=Q(state=State.RUNNING, agent__isnull=False),
            ),
            models.Index(fields=["worker_id"], name="job_on_worker", condition=Q(state=State.RUNNING)),
            models.Index(fields=["handed_until"], name="job_handed", condition=~Q(handed_to="")),
            models.Index(fields=["id"], name="job_blocked", condition=Q(state=State.BLOCKED)),
            models.Index(fields=["id"], name="job_asks", condition=Q(state=State.PENDING_APPROVAL)),
            models.Index(
                fields=["deadline"],
                name="job_deadline",
                condition=Q(state__in=["queued", "blocked"], deadline__isnull=False),
            ),
            models.Index(
                fields=["workspace", "pinned"], name="job_pinned", condition=Q(state=State.QUEUED, pinned__isnull=False)
            ),
            models.Index(
                fields=["override"], name="job_override", condition=Q(state=State.QUEUED, override__isnull=False)
            ),
            models.Index(fields=["completed_at"], name="job_over", condition=Q(state__in=ENDS)),
            models.Index(
                fields=["completed_at"],
                name="job_result_ttl",
                condition=Q(result_ttl_seconds__isnull=False, result_purged_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def priority_label(self) -> str:
        return f"P{self.priority}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def is_cancelling(self) -> bool:
        """Running, and asked to stop."""
        return self.state == State.RUNNING and self.cancel_requested_at is not None

    @property
    def wait_seconds(self) -> float | None:
        """How long it waited in the queue before it first started."""
        if self.queued_at is None or self.started_at is None:
            return None
        return max(0.0, (self.started_at - self.queued_at).total_seconds())
