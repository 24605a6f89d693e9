"""Celery's tasks: the four job types, each a thin entry to one run. A message holds job ids and epochs, no more."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task

from tasks import retention
from tasks.execution.requests import JobTask
from tasks.execution.run import perform

log = logging.getLogger(__name__)


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


@shared_task(name="tasks.clean_up", acks_late=True, ignore_result=False)
def clean_up() -> dict[str, int]:
    """Housekeeping, each night: delete what is over long enough. Its result stands in the admin."""
    cleaned = {each.workspace: each.count for each in retention.clean()}
    log.info("Retention deleted %s finished jobs", sum(cleaned.values()), extra={"cleaned": cleaned})
    return cleaned | {"events": retention.clean_events(), "samples": retention.clean_samples()}


def _run(members: list[tuple[str, int]]) -> list[tuple[UUID, int]]:
    return [(UUID(job), epoch) for job, epoch in members]
