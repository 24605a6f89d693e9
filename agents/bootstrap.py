"""What a first start puts into an empty database, so that there is something to work with."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from agents import tokens
from agents.models import ApiToken, Membership, Workspace
from agents.roles import Role

WORKSPACE = "default"
TOKEN_NAME = "interlock up"  # noqa: S105 - its name, not the token


@transaction.atomic
def ensure_demo() -> str:
    """The workspace `default`, every superuser a member of it, and a fresh admin token, whose text is returned.

    The token of an earlier start is revoked: only its digest is known, so it could not be handed out again.
    """
    workspace, _ = Workspace.objects.get_or_create(slug=WORKSPACE, defaults={"name": "Default"})
    for admin in get_user_model()._default_manager.filter(is_superuser=True):
        Membership.objects.get_or_create(workspace=workspace, user=admin, defaults={"role": Role.ADMIN})
    for old in ApiToken.objects.filter(workspace=workspace, name=TOKEN_NAME, revoked_at=None):
        tokens.revoke(old)
    _, text = tokens.create(workspace, Role.ADMIN, TOKEN_NAME)
    return text
