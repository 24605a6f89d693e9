"""Celery's tasks: the four job types, each a thin entry to one run. A message holds job ids, epochs and a ticket."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from celery import shared_task

from tasks import purging, retention
from tasks.execution.requests import JobTask
from tasks.execution.run import perform
from tasks.transitions import Ticket

log = logging.getLogger(__name__)

Members = list[tuple[str, int]]


@shared_task(name="tasks.execute_task", base=JobTask)
def execute_task(members: Members, ticket: dict[str, Any]) -> None:
    perform(*_hand_off(members, ticket))


@shared_task(name="tasks.spawn_agent", base=JobTask)
def spawn_agent(members: Members, ticket: dict[str, Any]) -> None:
    perform(*_hand_off(members, ticket))


@shared_task(name="tasks.recover_context", base=JobTask)
def recover_context(members: Members, ticket: dict[str, Any]) -> None:
    perform(*_hand_off(members, ticket))


@shared_task(name="tasks.terminate_agent", base=JobTask)
def terminate_agent(members: Members, ticket: dict[str, Any]) -> None:
    perform(*_hand_off(members, ticket))


@shared_task(name="tasks.clean_up", acks_late=True, ignore_result=False)
def clean_up() -> dict[str, int]:
    """Housekeeping, each night: delete what is over long enough. Its result stands in the admin."""
    cleaned = {each.workspace: each.count for each in retention.clean()}
    log.info("Retention deleted %s finished jobs", sum(cleaned.values()), extra={"cleaned": cleaned})
    return cleaned | {"events": retention.clean_events(), "samples": retention.clean_samples()}


@shared_task(name="tasks.purge_results", acks_late=True, ignore_result=True)
def purge_results() -> None:
    """Housekeeping, each minute: delete results whose own time is over."""
    if count := purging.purge_results():
        log.info("The results of %s jobs were deleted, their time was over", count)


def _hand_off(members: Members, ticket: dict[str, Any]) -> tuple[list[tuple[UUID, int]], Ticket]:
    return [(UUID(job), epoch) for job, epoch in members], Ticket(**ticket | {"session": UUID(ticket["session"])})
