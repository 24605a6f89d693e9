"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from agents.models import ApiToken, Workspace
from agents.roles import Role

SERVICE_USER = "interlock-service"


def create(
    workspace: Workspace, role: Role, name: str, *, user: Any = None, expires_in: timedelta | None = None
) -> tuple[ApiToken, str]:
    """A token for one workspace and one role, and its text, which is kept nowhere.

    Without a user it belongs to a service account that nobody can sign in as. Without `expires_in` it does not
    expire by itself.
    """
    owner = user or _service_user()
    token, text = ApiToken.objects.create(owner, expiry=expires_in, workspace=workspace, role=role.value, name=name)
    return token, text


def revoke(token: ApiToken) -> None:
    """It is refused from now on; the record stays."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def _service_user() -> Any:
    users = get_user_model()._default_manager
    user, made = users.get_or_create(username=SERVICE_USER)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
