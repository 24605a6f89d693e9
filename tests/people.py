"""`python -m tests.people WORKSPACE ROLE`: a member of that role with a token, in the database of the environment.

Prints the token. A process of its own, since the test's Django speaks to another database.
"""

from __future__ import annotations

import os
import sys


def token(slug: str, role: str) -> str:
    from django.contrib.auth import get_user_model

    from agents.models import ApiToken, Membership, Workspace

    workspace, _ = Workspace.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    user, _ = get_user_model()._default_manager.get_or_create(username=f"{role}-of-{slug}")
    Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})
    _, text = ApiToken.objects.create(user=user, workspace=workspace, role=role, name="test")
    return str(text)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    sys.stdout.write(token(*sys.argv[1:]))
