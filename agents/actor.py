"""Who acts: a person, a token, an agent or the platform itself, and what they may do in which workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from agents.errors import NotAllowed, NotFound
from agents.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from agents.models import ApiToken


@dataclass(frozen=True)
class Actor:
    """One acting party. `roles` maps the ids of the workspaces it may see to its role there."""

    kind: str
    id: str
    label: str
    roles: Mapping[UUID, Role] = field(default_factory=dict)
    platform_admin: bool = False

    @property
    def name(self) -> str:
        """How events name the actor, such as `user:ann` or `worker:worker-1`."""
        return f"{self.kind}:{self.label}"

    @property
    def workspaces(self) -> list[UUID]:
        return list(self.roles)

    def as_admin_of(self, workspaces: Iterable[UUID]) -> Actor:
        """A platform admin as one who may do everything in these workspaces, for the verbs."""
        return replace(self, roles=dict.fromkeys(workspaces, Role.ADMIN))

    def may(self, needed: Role, workspace_id: UUID) -> bool:
        role = self.roles.get(workspace_id)
        return role is not None and role.covers(needed)

    def require(self, needed: Role, workspace_id: UUID, what: str) -> None:
        """Raise NotAllowed, naming the missing role, unless the actor may do `what` in that workspace."""
        role = self.roles.get(workspace_id)
        if role is None:
            raise NotFound(f"There is no such workspace for {self.label}.")
        if not role.covers(needed):
            raise NotAllowed(f"To {what} takes the role {needed.value}; {self.label} is {role.value} here.")


def of_user(user: AbstractBaseUser) -> Actor:
    """The actor of a signed-in person, with the roles of all memberships."""
    from agents.models import Membership

    roles = {m.workspace_id: Role(m.role) for m in Membership.objects.filter(user_id=user.pk)}
    admin = bool(getattr(user, "is_superuser", False) and user.is_active)
    return Actor("user", str(user.pk), user.get_username(), roles, platform_admin=admin)


def of_token(token: ApiToken) -> Actor:
    """The actor of an API token: one workspace, one role."""
    return Actor("token", token.token_key, token.name, {token.workspace_id: Role(token.role)})


SYSTEM = Actor("platform", "platform", "interlock")
