"""Which workspaces an actor is admin of, for what only admins see and make."""

from __future__ import annotations

from uuid import UUID

from agents.actor import Actor
from agents.errors import InvalidInput, NotAllowed, NotFound
from agents.models import Workspace
from agents.roles import Role


def administered(actor: Actor, what: str) -> dict[UUID, Workspace]:
    """The workspaces that the actor is admin of. Raises NotAllowed, which names `what`, where there are none."""
    ids = [id for id in actor.workspaces if actor.may(Role.ADMIN, id)]
    if not ids:
        raise NotAllowed(f"{what} are for admins of a workspace; {actor.label} is none.")
    return {each.id: each for each in Workspace.objects.for_user(actor).filter(pk__in=ids)}


def chosen(actor: Actor, slug: str | None, what: str) -> Workspace:
    """The workspace of that slug, or the only one that the actor is admin of."""
    workspaces = Workspace.objects.for_user(actor)
    if slug is not None:
        found = workspaces.filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no workspace {slug!r} for {actor.label}.")
        return found
    choices = list(administered(actor, what).values())
    if len(choices) > 1:
        raise InvalidInput("You are admin of several workspaces; name one as `workspace`.")
    return choices[0]
