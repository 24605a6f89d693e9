"""A submission to a place that this process knows already: one statement, which is its transaction.

It does what `tasks.submit` does, for jobs of one session that name nothing else that would have to be looked up.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError, connection

from agents.actor import Actor
from agents.policy.rules import known_under
from agents.roles import Role
from tasks import backpressure, homes, notify, server_tools
from tasks.agents import NOBODYS
from tasks.homes import Home
from tasks.inserting import document, inserted
from tasks.places import Places
from tasks.spec.cycles import order
from tasks.spec.model import TaskSpec
from tasks.states import State
from tasks.submit import Submission, make

HOME_CHANGED = "IL001"  # what the database function raises


def submit_at_once(actor: Actor, specs: Sequence[TaskSpec]) -> Submission | None:
    """The submission, committed; None where it must go step by step, and nothing has happened.

    Not to be called inside a transaction. Raises what `submit` raises.
    """
    home = _home(actor, specs)
    if home is None:
        return None
    actor.require(Role.OPERATOR, home.workspace.id, "submit tasks")
    backpressure.admit(actor, home.workspace, len(specs))
    places = Places(home.now, {home.session.name: home.session}, {}, NOBODYS)
    jobs, _ = make(actor, home.workspace, places, specs, order(specs))
    if any(job.state == State.PENDING_APPROVAL for job in jobs):  # people are told within its transaction
        backpressure.take_back(actor, home.workspace, len(specs))
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tasks_submit_at_once(%s, %s, %s, %s, %s, %s, %s)",
                [
                    actor.name,
                    home.workspace.id,
                    home.workspace_mark,
                    home.session.id,
                    home.session_mark,
                    document(jobs),
                    notify.told(jobs),
                ],
            )
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != HOME_CHANGED:
            raise
        homes.forget(home)
        backpressure.take_back(actor, home.workspace, len(specs))
        return None
    inserted(jobs)
    for job in jobs:
        job._prefetched_objects_cache = {"dependencies": []}  # type: ignore[attr-defined] # Django's, of prefetches
    return Submission(jobs, warning=backpressure.warning(home.workspace))


def _home(actor: Actor, specs: Sequence[TaskSpec]) -> Home | None:
    """Where all of the specs belong, if that is known and nothing else must be asked."""
    if len(actor.workspaces) != 1 or connection.in_atomic_block:
        return None
    names = {spec.session for spec in specs}
    if len(names) != 1 or any(spec.workspace or spec.project or spec.agent or spec.depends_on for spec in specs):
        return None
    if server_tools.are_named(specs):
        return None
    home = homes.find(actor.workspaces[0], names.pop())
    if home is None or known_under(home.workspace.id, home.workspace.rules_revision) is None:
        return None
    return home if backpressure.knows(home.workspace, len(specs)) else None
