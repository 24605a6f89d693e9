"""Jobs that submit jobs, step by step, as workers and the leader do it, without their processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from agents.actor import Actor
from agents.models import Workspace
from tasks.children import settling, submitting
from tasks.execution import checkpoints
from tasks.execution.attempt import Ending
from tasks.execution.writing import write
from tasks.models import AgentJob
from tasks.transitions import Claim
from tests.tasks.agents.conftest import as_worker
from tests.tasks.desk import Desk, complete, row
from tests.tasks.people import MODEL, member, submitted, with_a_model


@pytest.fixture
def workspace(db: None) -> Workspace:
    """One that may have a model do work."""
    return with_a_model()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


class Family:
    """One parent, which runs, and what it submits."""

    def __init__(self, ann: Actor, **spec: Any) -> None:
        self.ann, self.desk = ann, Desk()
        [self.parent] = submitted(ann, {**MODEL, "session": "plan", **spec}).jobs
        self.claim = self.desk.start_one(self.parent)

    def submit(self, *tasks: dict[str, Any], place: int = 0, wait: bool = True) -> list[AgentJob]:
        return submitting.submit_for(self.claim, place, tasks or ({"command": ["true"]},), wait=wait)

    def suspends(self, claim: Claim | None = None) -> None:
        write([Ending(claim or self.claim, suspended="waits for the jobs that it submitted")])

    def goes_on(self) -> Claim:
        self.claim = self.desk.start_one(row(self.parent))
        return self.claim

    def starts(self, job: AgentJob) -> Claim:
        return self.desk.start_one(row(job))

    def ends(self, job: AgentJob, *, spent: int | None = None, result: Any = "done") -> None:
        """The child runs to its end; `spent` tokens are used by its models."""
        claim = self.starts(job)
        if spent is not None:
            uses(claim, spent)
        assert complete(claim, result=result) == 1
        self.settles(job)

    def settles(self, *jobs: AgentJob) -> int:
        return settling.settle([job.id for job in jobs])


def uses(claim: Claim, tokens: int, **more: Any) -> None:
    """A model of this run has used so many tokens."""
    as_worker(checkpoints.keep(claim, {"version": 1}, tokens, **more))


def states(jobs: Sequence[AgentJob]) -> list[str]:
    return [row(job).state for job in jobs]


def ids(jobs: Sequence[AgentJob]) -> list[UUID]:
    return [job.id for job in jobs]


@pytest.fixture
def family(ann: Actor) -> Family:
    return Family(ann)
