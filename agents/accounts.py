"""People and where they belong: users made, and made members of a workspace."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError
from django.db import transaction

from agents.errors import Conflict, InvalidInput, NotFound
from agents.models import Membership, Workspace
from agents.roles import Role


@transaction.atomic
def create(
    name: str, password: str, *, workspace: Workspace | None = None, role: Role = Role.VIEWER, superuser: bool = False
) -> Any:
    """A user who can sign in, a member of the workspace if one is given.

    Raises Conflict for a name that is taken, InvalidInput for a name or password that cannot be.
    """
    users = get_user_model()._default_manager
    if users.filter(username=name).exists():
        raise Conflict(f"There is a user {name} already; take another name.")
    user = get_user_model()(username=name, is_staff=superuser, is_superuser=superuser)
    user.set_password(password)
    try:
        password_validation.validate_password(password, user)
        user.full_clean()
    except ValidationError as error:
        raise InvalidInput(f"The user {name} cannot be made: {' '.join(error.messages)}") from None
    user.save()
    if workspace is not None:
        Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def find(name: str) -> Any:
    """The user of that name. Raises NotFound."""
    user = get_user_model()._default_manager.filter(username=name).first()
    if user is None:
        raise NotFound(f"There is no user {name}; make one with `interlock user create {name}`.")
    return user
