"""The one door in: every job that REST, the CLI, the pages, the admin or an agent asks for comes through here.

Call it inside `tenancy.as_user(actor)`: the jobs, what they depend on, their events and the idempotency key are one
transaction. All of a submission is accepted, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from agents.actor import Actor
from agents.models import Workspace
from agents.round_trips import commit_with_the_others, one_round_trip
from tasks import admission, backpressure, idempotency, notify, server_tools, signals
from tasks.children.adopting import Parent
from tasks.inserting import insert
from tasks.models import AgentJob, Dependency
from tasks.places import Places, home_of
from tasks.rows import job_row
from tasks.spec.cycles import order
from tasks.spec.model import TaskSpec
from tasks.states import State


@dataclass(frozen=True)
class Submission:
    """The jobs in the order of the specs. `repeated` tells that an earlier submission had made them, `warning` that
    much waits already."""

    jobs: list[AgentJob]
    repeated: bool = False
    warning: str = ""


def submit(
    actor: Actor,
    specs: Sequence[TaskSpec],
    *,
    idempotency_key: str = "",
    parent: Parent | None = None,
    last: bool = False,
) -> Submission:
    """Accept the specs as jobs of one workspace, as children of `parent` where a job submits them.

    `last` says that the caller's transaction ends with this: then the commit needs no round trip of its own.
    Raises an InterlockError with a sentence and changes nothing where something is wrong: a role that does not
    suffice, an unknown workspace, project or dependency, a circle, a closed session, a used idempotency key, more jobs
    than may wait or than may come within a minute.
    """
    workspace, sessions = home_of(actor, specs)
    with transaction.atomic(savepoint=False):
        if idempotency_key:
            earlier = idempotency.reserve(workspace.id, idempotency_key, specs)
            if earlier is not None:
                return Submission(_in_order(workspace, earlier), repeated=True)
        backpressure.admit(actor, workspace, len(specs))
        ordered = order(specs)
        places = Places.find_or_make(actor, workspace, ordered, sessions)
        jobs, required = make(actor, workspace, places, specs, ordered)
        children = parent.adopt(jobs) if parent is not None else []
        asking = [job.id for job in jobs if job.state == State.PENDING_APPROVAL]
        with one_round_trip():
            insert(jobs)
            insert([Dependency(workspace=workspace, job=job, requires_id=other) for job, other in required])
            insert(children)
            if idempotency_key:
                idempotency.fill(workspace.id, idempotency_key, [job.id for job in jobs])
            notify.submitted(jobs)
            if last and not asking:
                commit_with_the_others()
        if asking:
            signals.tell_asked(asking)
    return Submission(jobs, warning=backpressure.warning(workspace))


def make(
    actor: Actor, workspace: Workspace, places: Places, specs: Sequence[TaskSpec], ordered: Sequence[TaskSpec]
) -> tuple[list[AgentJob], list[tuple[AgentJob, UUID]]]:
    """The jobs in the order of the specs, not yet written, and which of them requires which job; `ordered` has what is
    depended on first."""
    admission.refuse_past_deadlines(specs, places.now)
    server_tools.refuse_unknown(workspace, specs)
    admission.refuse_missing_models(workspace, specs)
    asked = [(spec, job_row(actor, workspace, places, spec, place)) for place, spec in enumerate(ordered)]
    required = admission.dependencies(workspace, specs, asked)
    jobs = [job for _, job in asked]
    admission.decide(workspace, jobs, required)
    made = {id(spec): job for spec, job in asked}
    return [made[id(spec)] for spec in specs], required


def _in_order(workspace: Workspace, ids: list[UUID]) -> list[AgentJob]:
    found = AgentJob.objects.in_workspace(workspace.id).in_bulk(ids)
    return [found[id] for id in ids if id in found]
