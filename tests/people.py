"""`python -m tests.people`: makes members of workspaces in the environment's database, as long as its input is open.

For each line `token|session WORKSPACE ROLE [staff]` it prints a token for the API or the key of a browser session, or
the error behind a `!`. A process of its own, since the test's Django speaks to another database; one for all lines,
since its start costs most.
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


def answer(line: str) -> str:
    what, slug, role, *rest = line.split()
    workspace, user = member(slug, role, staff="staff" in rest)
    return session(user) if what == "session" else token(workspace, user, role)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.db import connection

    for line in sys.stdin:
        try:
            said = answer(line)
        except Exception as error:
            said = f"!{type(error).__name__}: {error}".replace("\n", " ")
        connection.close()  # the test may restart its server before it asks again
        print(said, flush=True)


if __name__ == "__main__":
    main()
