"""Celery's tasks: the four job types, each a thin entry to one run. A message holds job ids and epochs, no more."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from tasks.execution.requests import JobTask
from tasks.execution.run import perform


@shared_task(name="tasks.execute_task", base=JobTask)
def execute_task(members: list[tuple[str, int]]) -> None:
    perform(_run(members))


@shared_task(name="tasks.spawn_agent", base=JobTask)
def spawn_agent(members: list[tuple[str, int]]) -> None:
    perform(_run(members))


@shared_task(name="tasks.recover_context", base=JobTask)
def recover_context(members: list[tuple[str, int]]) -> None:
    perform(_run(members))


@shared_task(name="tasks.terminate_agent", base=JobTask)
def terminate_agent(members: list[tuple[str, int]]) -> None:
    perform(_run(members))


def _run(members: list[tuple[str, int]]) -> list[tuple[UUID, int]]:
    return [(UUID(job), epoch) for job, epoch in members]
