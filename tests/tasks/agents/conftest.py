"""Agents made, used and ended step by step, as workers do it, without their processes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from django.db import connections

from agents.actor import Actor
from agents.models import Agent, Workspace
from tasks import lifecycle
from tasks.execution.attempt import Ending
from tasks.execution.ledger import in_database_async
from tasks.execution.writing import write
from tasks.models import AgentJob
from tasks.transitions import Claim
from tests.tasks.desk import Desk
from tests.tasks.people import member, submitted, with_a_model

T = TypeVar("T")


@pytest.fixture
def workspace(db: None) -> Workspace:
    """One that may have a model do work."""
    return with_a_model()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def as_worker(doing: Coroutine[Any, Any, T]) -> T:
    """What a worker's child does in its loop, without leaving the connection of its thread behind."""

    async def scenario() -> T:
        try:
            return await doing
        finally:
            await in_database_async(connections.close_all)

    return asyncio.run(scenario())


class Staff:
    """`performs` submits one job about an agent and has it done."""

    def __init__(self, ann: Actor, desk: Desk) -> None:
        self.ann, self.desk = ann, desk

    def submits(self, **task: Any) -> AgentJob:
        [job] = submitted(self.ann, task).jobs
        return job

    def starts(self, **task: Any) -> Claim:
        return self.desk.start_one(self.submits(**task))

    def performs(self, **task: Any) -> dict[str, Any]:
        claim = self.starts(**task)
        result = lifecycle.perform(claim)
        write([Ending(claim, result=result)])
        return result

    def spawns(self, name: str = "reviewer", **task: Any) -> Agent:
        data = {"name": name} | task.pop("data", {})
        return Agent.objects.get(pk=self.performs(type="spawn-agent", data=data, **task)["agent"])


@pytest.fixture
def staff(ann: Actor, desk: Desk) -> Staff:
    return Staff(ann, desk)
