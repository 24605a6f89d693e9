"""The jobs that a verb for many is about: found, all there, and of one workspace."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from agents.actor import Actor
from agents.errors import InvalidInput, NotFound
from agents.models import Workspace
from tasks.querysets import JobQuerySet

Found = dict[UUID, tuple[UUID, str, int]]
"""Workspace, state and attempt of each job."""


def chosen(jobs: JobQuerySet, ids: Sequence[UUID]) -> Found:
    """All of `jobs`, or those of `ids`; raises NotFound where one of these is not among them."""
    rows = (jobs.filter(pk__in=ids) if ids else jobs).order_by("pk")
    found: Found = {
        id: (workspace, state, attempt)
        for id, workspace, state, attempt in rows.values_list("pk", "workspace_id", "state", "attempt")
    }
    missing = next((id for id in ids if id not in found), None)
    if missing is not None:
        raise NotFound(f"There is no job {missing} among those that were asked for; nothing was changed.")
    return found


def one_workspace(actor: Actor, found: Found) -> UUID:
    """The one that all of them are of; raises InvalidInput where they are of several."""
    workspaces = {workspace for workspace, _, _ in found.values()} or set(actor.workspaces[:1])
    if len(workspaces) != 1:
        slugs = sorted(Workspace.objects.for_user(actor).filter(pk__in=workspaces).values_list("slug", flat=True))
        raise InvalidInput(f"These jobs are of several workspaces, {', '.join(slugs)}; say which with `workspace`.")
    return workspaces.pop()
