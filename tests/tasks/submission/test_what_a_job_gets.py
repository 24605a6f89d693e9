"""What a job has that its spec did not say: priority, place in the queue, limits, requirement class."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from agents import tenancy
from agents.actor import Actor
from agents.models import Project, Workspace
from agents.roles import Role
from tasks.models import AgentJob
from tests.committing import commits
from tests.tasks.people import member, submitted

pytestmark = commits


def in_order(actor: Actor) -> list[str]:
    with tenancy.as_user(actor):
        return list(AgentJob.objects.for_user(actor).order_by("rank", "id").values_list("title", flat=True))


@pytest.mark.requirement("Q1")
@pytest.mark.parametrize(
    ("kind", "task", "priority"),
    [
        ("user", {}, 1),
        ("token", {}, 1),
        ("schedule", {}, 2),
        ("agent", {}, 2),
        ("user", {"type": "spawn-agent"}, 1),
        ("user", {"type": "recover-context"}, 0),
        ("agent", {"type": "recover-context"}, 0),
        ("user", {"type": "terminate-agent"}, 0),
        ("user", {"priority": "background"}, 4),
        ("user", {"priority": 1}, 0),
        ("schedule", {"priority": "P3"}, 3),
    ],
)
def test_its_priority_follows_from_who_submits_and_what(
    workspace: Workspace, kind: str, task: dict[str, Any], priority: int
) -> None:
    [job] = submitted(member(workspace, kind=kind), task).jobs
    assert job.priority == priority


@pytest.mark.requirement("J9")
def test_a_batch_keeps_its_order_and_later_submissions_stand_behind_it(ann: Actor) -> None:
    submitted(ann, *({"title": f"a{n}"} for n in range(30)))
    submitted(ann, *({"title": f"b{n}"} for n in range(3)))
    assert in_order(ann) == [*(f"a{n}" for n in range(30)), "b0", "b1", "b2"]


@pytest.mark.requirement("Q4")
def test_a_level_of_priority_is_worth_one_step_of_aging(ann: Actor) -> None:
    low, high = submitted(ann, {"title": "low", "priority": 4}, {"title": "high", "priority": 1}).jobs
    assert in_order(ann) == ["high", "low"]
    assert low.rank - high.rank == pytest.approx(3 * settings.INTERLOCK.aging_seconds, abs=0.01)


@pytest.mark.requirement("J5")
class TestLimits:
    def limits(self, job: AgentJob) -> tuple[Any, ...]:
        return (job.timeout_ms, job.max_attempts, job.token_budget, job.turn_budget, job.memory_mb, job.cpu)

    def test_the_deployments_where_nobody_says_otherwise(self, ann: Actor) -> None:
        [job] = submitted(ann).jobs
        environment = settings.INTERLOCK
        assert self.limits(job) == (environment.task_timeout_ms, environment.max_task_attempts, 100_000, 50, None, None)
        assert (job.cost_budget, job.result_ttl_seconds) == (None, None)

    def test_the_workspaces_come_before_the_deployments(self, elsewhere: Workspace) -> None:
        ours = {"timeout_ms": 1000, "attempts": 7, "tokens": 10, "turns": 2, "memory_mb": 64, "cpu": 0.5, "cost": 1.5}
        admin = member(elsewhere, role=Role.ADMIN)
        with tenancy.as_user(admin):
            Workspace.objects.for_user(admin).update(default_limits=ours | {"result_ttl": 60})
        [job] = submitted(admin).jobs
        assert self.limits(job) == (1000, 7, 10, 2, 64, 0.5)
        assert (job.cost_budget, job.result_ttl_seconds) == (1.5, 60)

    def test_the_specs_come_before_all(self, elsewhere: Workspace) -> None:
        admin = member(elsewhere, role=Role.ADMIN)
        with tenancy.as_user(admin):
            Workspace.objects.for_user(admin).update(default_limits={"timeout_ms": 1000, "attempts": 7})
        given = {"timeout": "2s", "attempts": 1, "tokens": 5, "turns": 1, "memory_mb": 32, "cpu": 2, "result_ttl": "1h"}
        [job] = submitted(admin, {"limits": given}).jobs
        assert self.limits(job) == (2000, 1, 5, 1, 32, 2.0)
        assert job.result_ttl_seconds == 3600


@pytest.mark.requirement("Q2")
def test_jobs_that_need_the_same_are_of_one_requirement_class(ann: Actor, workspace: Workspace) -> None:
    with tenancy.as_user(ann):
        project = Project.objects.create(workspace=workspace, slug="site", name="Site")
    plain, same, projects, strict = submitted(
        ann, {}, {"title": "same"}, {"project": "site"}, {"isolation": "docker", "limits": {"memory_mb": 512}}
    ).jobs
    assert plain.requires == same.requires == ""
    assert projects.requires == f"project={project.id}"
    assert strict.requires == "isolation=docker memory_mb=512"
