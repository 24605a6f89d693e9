"""Stop many jobs at once: those that wait in one statement, those that run by asking their workers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from agents.actor import Actor
from agents.roles import Role
from tasks import notify, transitions
from tasks.models import AgentJob, Cancellation, Child
from tasks.operations.choosing import chosen, one_workspace
from tasks.querysets import JobQuerySet
from tasks.states import OVER, State

TRIES = 3
"""A job may begin to run, or be queued again, between two statements: what was missed is looked at anew."""


@dataclass
class Stopped:
    """What became of the jobs at once: ids of those that had not begun, and of those that run with their attempt."""

    never_started: list[UUID] = field(default_factory=list)
    running: dict[UUID, int] = field(default_factory=dict)

    def among(self, jobs: Iterable[UUID]) -> list[UUID]:
        stopped = {*self.never_started, *self.running}
        return [job for job in jobs if job in stopped]


def cancel_many(
    actor: Actor,
    jobs: JobQuerySet,
    *,
    ids: Sequence[UUID] = (),
    selection: dict[str, Any],
    reason: str = "",
    dry_run: bool = False,
) -> Cancellation:
    """Cancel every open one of `jobs`, and leave a receipt; `selection` is how they were chosen, for its readers.

    With `ids` only those of them, which must all be there. A dry run tells what would be done, and changes nothing.
    Raises NotFound, NotAllowed, and InvalidInput where the jobs are of several workspaces.
    """
    found = chosen(jobs if ids else jobs.open(), ids)
    workspace = one_workspace(actor, found)
    actor.require(Role.OPERATOR, workspace, "cancel jobs")
    receipt = Cancellation(workspace_id=workspace, asked_by=actor.name[:200], reason=reason[:500], selection=selection)
    receipt.already_over = [id for id, (_, state, _) in found.items() if state in OVER]
    left = {id: said for id, said in found.items() if said[1] not in OVER}
    if dry_run:
        running = {id: attempt for id, (_, state, attempt) in left.items() if state == State.RUNNING}
        stopped = Stopped([id for id in left if id not in running], running)
    else:
        stopped = stop_all(list(left), by=actor.name, reason=reason)
        receipt.already_over += left.keys() - set(stopped.never_started) - stopped.running.keys()
    receipt.never_started = stopped.never_started
    receipt.running, receipt.attempts = list(stopped.running), list(stopped.running.values())
    if not dry_run:
        receipt.save(force_insert=True)
    return receipt


def stop_all(jobs: Sequence[UUID], *, by: str, reason: str) -> Stopped:
    """Whatever each of them does now, and then the jobs that they submitted. Those that are over stay as they are. The
    caller has checked permission."""
    stopped = Stopped()
    workers: set[str] = set()
    generation = list(jobs)
    while generation:
        workers |= _stop(generation, stopped, by=by, reason=reason)
        parents = stopped.among(generation)  # they can submit no more
        generation = _others(_open_children(parents), stopped)
    if workers:
        transaction.on_commit(partial(notify.look_at_your_jobs, workers))
    return stopped


def _stop(jobs: Sequence[UUID], stopped: Stopped, *, by: str, reason: str) -> set[str]:
    """Stop these, add what became of them to `stopped`, and return whose workers have to be told."""
    left = list(jobs)
    workers: set[str] = set()
    for _ in range(TRIES):
        stopped.never_started += transitions.cancel_waiting(left, by=by, reason=reason)
        left = _others(left, stopped)
        if not left:
            break
        asked = transitions.ask_to_stop(left, by=by, reason=reason)
        workers |= {each.worker for each in asked}
        run = AgentJob.objects.filter(pk__in=left, state=State.RUNNING, cancel_requested_at__isnull=False)
        stopped.running |= dict(run.values_list("pk", "attempt"))
        left = _others(left, stopped)
        if not left:
            break
    return workers


def _open_children(jobs: Sequence[UUID]) -> list[UUID]:
    children = Child.objects.filter(parent_id__in=jobs).exclude(job__state__in=OVER)
    return list(children.values_list("job_id", flat=True))


def _others(jobs: Sequence[UUID], stopped: Stopped) -> list[UUID]:
    done = {*stopped.never_started, *stopped.running}
    return [job for job in jobs if job not in done]
