"""`python -m tests.people token|session WORKSPACE ROLE [staff]`: a member of that role, in the environment's database.

Prints a token for the API or the key of a browser session. A process of its own, since the test's Django speaks to
another database.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def member(slug: str, role: str, staff: bool) -> tuple[Any, Any]:
    from django.contrib.auth import get_user_model

    from agents.models import Membership, Workspace

    workspace, _ = Workspace.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    name = f"{'staff-' if staff else ''}{role}-of-{slug}"
    user, _ = get_user_model()._default_manager.get_or_create(username=name, defaults={"is_staff": staff})
    Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})
    return workspace, user


def token(workspace: Any, user: Any, role: str) -> str:
    from agents.models import ApiToken

    _, text = ApiToken.objects.create(user=user, workspace=workspace, role=role, name="test")
    return str(text)


def session(user: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    what, slug, role, *rest = sys.argv[1:]
    workspace, user = member(slug, role, staff="staff" in rest)
    sys.stdout.write(session(user) if what == "session" else token(workspace, user, role))
