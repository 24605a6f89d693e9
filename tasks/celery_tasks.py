"""Celery's tasks: the four job types, each a thin entry to one run."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from tasks.execution.requests import JobTask
from tasks.execution.run import perform


@shared_task(name="tasks.execute_task", base=JobTask)
def execute_task(job: str, epoch: int) -> None:
    perform(UUID(job), epoch)


@shared_task(name="tasks.spawn_agent", base=JobTask)
def spawn_agent(job: str, epoch: int) -> None:
    perform(UUID(job), epoch)


@shared_task(name="tasks.recover_context", base=JobTask)
def recover_context(job: str, epoch: int) -> None:
    perform(UUID(job), epoch)


@shared_task(name="tasks.terminate_agent", base=JobTask)
def terminate_agent(job: str, epoch: int) -> None:
    perform(UUID(job), epoch)
